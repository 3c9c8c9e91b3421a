import Dispatch
import Foundation
import Logging
import Synchronization

/// The threads of a Redis cache, and the pool that tells them what to do.
///
/// Each thread owns one connection and sleeps on a bell of its own. They keep this object until `close()`; it never keeps the `RedisCache`.
final class RedisWorkers: Sendable {
    private let address: RedisAddress
    private let options: RedisCache.Options
    private let logger: Logger
    private let meters: CacheMeters
    private let pool: Mutex<RedisPool<RedisJob>>
    private let bells: [DispatchSemaphore]

    init(
        _ address: RedisAddress,
        _ options: RedisCache.Options,
        logger: Logger,
        meters: CacheMeters
    ) {
        self.address = address
        self.options = options
        self.logger = logger
        self.meters = meters
        pool = Mutex(RedisPool(options, at: .now))
        bells = (0..<options.connections).map { _ in DispatchSemaphore(value: 0) }
    }

    /// Starts the threads.
    func start() {
        for worker in bells.indices {
            let thread = Thread { self.work(worker) }
            thread.name = "cache-\(worker)"
            thread.stackSize = 512 * 1024
            thread.start()
        }
    }

    var isAvailable: Bool { pool.withLock { $0.isAvailable } }

    /// Asks; whoever waits is answered within about twice the command's time-out, and at once while the server is known to be away.
    func submit(_ job: RedisJob) {
        let due = ContinuousClock.now + options.commandTimeout
        let submission = pool.withLock { $0.submit(job, bytes: job.bytes, due: due) }
        switch submission {
        case .refused(let trouble): giveUp(job, trouble)
        case .taken(let worker): if let worker { bells[worker].signal() }
        }
    }

    /// Answers everybody who waits and lets the threads end when they have done what they are doing.
    func close() {
        perform(pool.withLock { $0.close() })
    }

    // MARK: The threads

    private func work(_ worker: Int) {
        Self.blockBrokenPipe()
        var connection: RedisConnection?
        while true {
            switch pool.withLock({ $0.next(for: worker, at: .now) }) {
            case .serve(let job): serve(job, worker, &connection)
            case .abandon(let job): giveUp(job, .late)
            case .connect: connect(worker, &connection)
            case .wait(let limit): sleep(worker, limit)
            case .end: return
            }
        }
    }

    private func sleep(_ worker: Int, _ limit: Duration?) {
        guard let limit else { return bells[worker].wait() }
        let nanoseconds = max(1, Int(limit / .nanoseconds(1)))
        _ = bells[worker].wait(timeout: .now() + .nanoseconds(nanoseconds))
    }

    private func connect(_ worker: Int, _ connection: inout RedisConnection?) {
        connection = nil
        do throws(RedisFailure) {
            connection = try RedisConnection(address, options)
            perform(pool.withLock { $0.connected(worker) })
        } catch {
            fail(worker, error)
        }
    }

    private func serve(_ job: RedisJob, _ worker: Int, _ connection: inout RedisConnection?) {
        do throws(RedisFailure) {
            let value = try Self.ask(usable(&connection), job)
            pool.withLock { $0.worked(worker) }
            if case .get = job.command { meters.answered(value) }
            job.waiter.resume(returning: value)
        } catch {
            if error.isRefusal, let connection {
                // The connection is good: the server is full, say, or may only be read.
                pool.withLock { $0.worked(worker) }
                tellRefusal(error, connection)
            } else {
                connection = nil
                fail(worker, error)
            }
            giveUp(job, error.trouble)
        }
    }

    /// The connection, made anew if the server has closed it: it was idle for long, or the server was restarted, which is no failure yet.
    private func usable(
        _ connection: inout RedisConnection?
    ) throws(RedisFailure) -> RedisConnection {
        if let connection, !connection.isSpoilt { return connection }
        connection = nil
        let new = try RedisConnection(address, options)
        connection = new
        return new
    }

    private static func ask(
        _ connection: RedisConnection,
        _ job: RedisJob
    ) throws(RedisFailure) -> [UInt8]? {
        switch job.command {
        case .get:
            let sealed = try connection.get(job.key)
            return sealed.flatMap { RedisEnvelope.open($0, under: job.key) }
        case .set(let sealed, let lifetime):
            try connection.set(job.key, sealed, for: lifetime)
            return nil
        }
    }

    /// Tells of the first refusal on a connection.
    private func tellRefusal(_ failure: RedisFailure, _ connection: RedisConnection) {
        guard !connection.hasRefused else { return }
        connection.hasRefused = true
        logger.warning(
            "the cache refuses",
            metadata: ["url": "\(address)", "reason": "\(failure)"]
        )
    }

    private func fail(_ worker: Int, _ failure: RedisFailure) {
        var random = SystemRandomNumberGenerator()
        perform(pool.withLock { $0.failed(worker, failure, at: .now, using: &random) })
    }

    private func perform(_ effects: RedisPool<RedisJob>.Effects) {
        // First of all, so that nobody who is woken can have something to tell before.
        switch effects.change {
        case .connected: logger.info("the cache is there", metadata: ["url": "\(address)"])
        case .away(let failure):
            logger.warning(
                "the cache is away: going on without",
                metadata: ["url": "\(address)", "reason": "\(failure)"]
            )
        case nil: break
        }
        for worker in effects.wake { bells[worker].signal() }
        for job in effects.abandoned { giveUp(job, .away) }
    }

    private func giveUp(_ job: RedisJob, _ trouble: CacheMeters.Trouble) {
        meters.failed(trouble)
        job.waiter.resume(returning: nil)
    }

    /// hiredis writes to sockets as to files: where the other end is closed the thread would get a SIGPIPE, which ends the process.
    private static func blockBrokenPipe() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
