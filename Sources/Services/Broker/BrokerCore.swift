import KafkaWire
import Logging
import Metrics
import NIOCore
import NIOPosix
import SegmentLog

/// The broker's state and its requests' handlers; everything happens on one event loop.
final class BrokerCore: @unchecked Sendable {
    // Unchecked: all that changes is only touched on `loop`; the rest is immutable.

    /// The one broker's number.
    static let nodeID: Int32 = 1
    /// The one epoch there is.
    static let leaderEpoch: Int32 = 0

    let loop: any EventLoop
    let pool: NIOThreadPool
    /// Where topics are made and deleted, one after the other.
    let administration = NIOThreadPool(numberOfThreads: 1)
    let store: LogStore
    let configuration: BrokerConfiguration
    let logger: Logger
    let now: @Sendable () -> Int64
    let meters = BrokerMeters()
    let coordinator: GroupCoordinator

    private var connections: [ObjectIdentifier: Connection] = [:]
    private var unflushed: [Connection] = []
    private var isFlushScheduled = false
    private var housekeeping: RepeatedTask?
    private var isHousekeeping = false
    private var fetches: [ObjectIdentifier: [FetchOperation]] = [:]

    /// Opens the data folder.
    ///
    /// Blocks.
    init(
        loop: any EventLoop,
        pool: NIOThreadPool,
        dataDirectory: String,
        files: any FileSystem,
        configuration: BrokerConfiguration,
        logger: Logger,
        now: @escaping @Sendable () -> Int64,
        onFatal: @escaping @Sendable (SegmentLogError) -> Void
    ) throws(SegmentLogError) {
        self.loop = loop
        self.pool = pool
        self.configuration = configuration
        self.logger = logger
        self.now = now
        let relay = CommitRelay(loop: loop)
        store = try LogStore(
            directory: dataDirectory,
            files: files,
            configuration: configuration.store,
            logger: logger,
            onCommit: { relay.pass($0) },
            onFatal: onFatal
        )
        let offsets: OffsetStore
        do throws(SegmentLogError) {
            offsets = try OffsetStore(store: store, now: now, logger: logger)
        } catch {
            store.close()
            throw error
        }
        coordinator = GroupCoordinator(
            loop: loop,
            offsets: offsets,
            configuration: configuration,
            logger: logger,
            meters: meters
        )
        administration.start()
        relay.connect(self)
    }

    // MARK: Connections

    /// Takes note of a connection; `false` if there are too many.
    func add(_ connection: Connection) -> Bool {
        guard connections.count < configuration.connectionsMax else {
            logger.warning("too many connections")
            return false
        }
        connections[ObjectIdentifier(connection)] = connection
        meters.connections.record(connections.count)
        return true
    }

    /// Forgets a connection.
    func remove(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = nil
        meters.connections.record(connections.count)
    }

    /// Flushes a connection at the end of this turn of the loop, once for all answers of the turn.
    func flushLater(_ connection: Connection) {
        unflushed.append(connection)
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        loop.execute { self.flushAll() }
    }

    private func flushAll() {
        isFlushScheduled = false
        let connections = unflushed
        unflushed = []
        for connection in connections { connection.flush() }
    }

    // MARK: Commits

    /// A group commit happened: answers the producers and wakes the consumers.
    func didCommit(_ commit: Commit) {
        for append in commit.appends { append.ticket.waiter?.appendDidFinish(append) }
        for log in commit.partitions {
            guard let waiting = fetches.removeValue(forKey: ObjectIdentifier(log)) else {
                continue
            }
            for fetch in waiting where !fetch.isDone { fetch.wake(by: log) }
        }
        if isFlushScheduled { flushAll() }
    }

    /// Wakes a fetch when a partition has new records.
    func register(_ fetch: FetchOperation, for log: PartitionLog) {
        var waiting = fetches.removeValue(forKey: ObjectIdentifier(log)) ?? []
        if waiting.count >= 16 { waiting.removeAll { $0.isDone } }
        waiting.append(fetch)
        fetches[ObjectIdentifier(log)] = waiting
    }

    // MARK: Life cycle

    /// Applies retention now and then.
    func startHousekeeping() {
        let interval = configuration.housekeepingInterval
        housekeeping = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            self.housekeep()
        }
    }

    private func housekeep() {
        guard !isHousekeeping else { return }
        isHousekeeping = true
        let time = now()
        let store = store
        pool.runIfActive(eventLoop: loop) { store.housekeep(now: time) }
            .whenComplete { _ in self.isHousekeeping = false }
        coordinator.compact()
    }

    /// Ends all connections and closes the store.
    func close() async throws {
        try await loop.submit {
            self.housekeeping?.cancel()
            for connection in self.connections.values { connection.close() }
            self.coordinator.close()
        }.get()
        try await administration.shutdownGracefully()
        let store = store
        try await pool.runIfActive { store.close() }
    }
}
