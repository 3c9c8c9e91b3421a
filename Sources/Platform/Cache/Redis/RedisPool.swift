import Flow

/// Decides what the workers of a Redis cache do: who connects when, who serves what, and when nobody is asked at all.
///
/// The circuit breaker: a failure makes everybody's connection void and opens it. While it is open, jobs are refused. When the back-off is
/// over one worker tries to connect; the others follow only if it succeeds. So a job never waits for a Redis that is known to be away.
struct RedisPool<Job: Sendable>: Sendable {
    /// What becomes of a job that was handed in.
    enum Submission: Equatable, Sendable {
        case refused(CacheMeters.Trouble)
        /// It is in the queue; that worker sleeps and must be woken.
        case taken(wake: Int?)
    }

    /// What a worker does next.
    enum Step: Sendable {
        case serve(Job)
        /// Tell whoever waits that it took too long.
        case abandon(Job)
        /// Make a new connection.
        case connect
        /// Sleep until woken, at most so long.
        case wait(Duration?)
        case end
    }

    /// What is worth telling an operator.
    enum Change: Equatable, Sendable {
        case connected
        case away(RedisFailure)
    }

    /// What the shell does after it has let go of the lock.
    struct Effects: Sendable {
        var wake: [Int] = []
        var abandoned: [Job] = []
        var change: Change?
    }

    private enum Breaker {
        case closed
        case open(until: ContinuousClock.Instant)
        case probing
    }

    /// A worker's connection, with the generation it belongs to: those of earlier generations are void.
    private enum Link {
        case down
        case connecting(generation: Int, isProbe: Bool)
        case up(generation: Int)
    }

    private struct Worker {
        var link = Link.down
        var isAsleep = false
        /// When it may try again although the others are connected.
        var retry: ContinuousClock.Instant?
    }

    private var workers: [Worker]
    private var queue: BoundedQueue<(job: Job, due: ContinuousClock.Instant)>
    private var backOff: BackOff
    private var breaker: Breaker
    private var generation = 0
    private var isClosing = false
    private var told: Change?

    /// Workers that have yet to connect.
    init(_ options: RedisCache.Options, at now: ContinuousClock.Instant) {
        workers = Array(repeating: Worker(), count: options.connections)
        queue = BoundedQueue(countMax: options.queueCountMax, bytesMax: options.queueBytesMax)
        backOff = BackOff(base: options.backOffMin, cap: options.backOffMax)
        breaker = .open(until: now)
    }

    /// Whether somebody is connected.
    var isAvailable: Bool { !isClosing && workers.indices.contains { isUp($0) } }

    /// Hands in a job that is of no use after `due`.
    mutating func submit(
        _ job: Job,
        bytes: Int,
        due: ContinuousClock.Instant
    ) -> Submission {
        guard isAvailable else { return .refused(.away) }
        guard queue.append((job, due), bytes: bytes) else { return .refused(.full) }
        let sleeper = workers.indices.first { workers[$0].isAsleep && isUp($0) }
        if let sleeper { workers[sleeper].isAsleep = false }
        return .taken(wake: sleeper)
    }

    /// What a worker that has nothing to do does.
    mutating func next(for worker: Int, at now: ContinuousClock.Instant) -> Step {
        workers[worker].isAsleep = false
        guard !isClosing else { return .end }
        guard isUp(worker) else { return nextUnconnected(worker, now) }
        guard let (job, due) = queue.popFirst() else {
            workers[worker].isAsleep = true
            return .wait(nil)
        }
        return due > now ? .serve(job) : .abandon(job)
    }

    /// A worker has connected.
    mutating func connected(_ worker: Int) -> Effects {
        guard case .connecting(generation, let isProbe) = workers[worker].link else {
            workers[worker].link = .down
            return Effects()
        }
        workers[worker].link = .up(generation: generation)
        var effects = Effects()
        if isProbe {
            breaker = .closed
            effects.wake = workers.indices.filter { $0 != worker }
        }
        if told != .connected {
            told = .connected
            effects.change = .connected
        }
        return effects
    }

    /// A worker has got an answer.
    mutating func worked(_ worker: Int) {
        if isUp(worker) { backOff.reset() }
    }

    /// A worker could not connect, or its connection failed.
    mutating func failed(
        _ worker: Int,
        _ failure: RedisFailure,
        at now: ContinuousClock.Instant,
        using random: inout some RandomNumberGenerator
    ) -> Effects {
        let link = workers[worker].link
        workers[worker].link = .down
        switch link {
        case .connecting(generation, false) where isAvailable:
            // Others are connected: this one is one too many for the server.
            workers[worker].retry = now + backOff.cap
            return Effects()
        case .connecting(generation, _), .up(generation): break
        default: return Effects()
        }
        generation += 1
        breaker = .open(until: now + backOff.next(using: &random))
        return Effects(abandoned: takeQueue(), change: change(to: failure))
    }

    /// Ends the workers and refuses jobs from now on.
    mutating func close() -> Effects {
        isClosing = true
        return Effects(wake: Array(workers.indices), abandoned: takeQueue())
    }

    private func isUp(_ worker: Int) -> Bool {
        if case .up(generation) = workers[worker].link { true } else { false }
    }

    private mutating func nextUnconnected(
        _ worker: Int,
        _ now: ContinuousClock.Instant
    ) -> Step {
        switch breaker {
        case .closed:
            if let retry = workers[worker].retry, retry > now {
                return .wait(now.duration(to: retry))
            }
            workers[worker].link = .connecting(generation: generation, isProbe: false)
        case .open(let end):
            guard end <= now else { return .wait(now.duration(to: end)) }
            breaker = .probing
            workers[worker].link = .connecting(generation: generation, isProbe: true)
        case .probing: return .wait(nil)
        }
        workers[worker].retry = nil
        return .connect
    }

    private mutating func takeQueue() -> [Job] {
        var jobs: [Job] = []
        while let (job, _) = queue.popFirst() { jobs.append(job) }
        return jobs
    }

    /// Whether an operator hears of a failure: of the first, and of a refusal that is new.
    private mutating func change(to failure: RedisFailure) -> Change? {
        if case .away(let last) = told, last == failure || !failure.isRefusal { return nil }
        told = .away(failure)
        return told
    }
}
