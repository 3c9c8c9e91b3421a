public import EventLog
import Events
import GRDB
public import Logging
public import ServiceLifecycle
import Synchronization

/// Runs a projection: batch → state and outputs → delivery reports → checkpoint (rules 2 to 4 and 9 of the
/// design).
///
/// One SQLite file holds the state and the positions; both change in one transaction, after every output of the
/// batch is durable. It runs on the consumer's thread, so a slow disk or an absent broker is back-pressure
/// and nothing else.
public final class ProjectionRunner: Service {
    /// Bounds and timing.
    public struct Options: Sendable {
        /// Records in a batch at most.
        ///
        /// Default 2,000.
        public var batchRecordsMax: Int = 2000
        /// Batches whose outputs may be under way at once.
        ///
        /// Default 1: the outputs of a batch are waited for before the next is taken. A checkpoint waits for all of them.
        public var batchesInFlightMax: Int = 1
        /// How long an idle consumer waits before `batchApplied` is called without a batch.
        ///
        /// Default 100 ms.
        public var pollInterval: Duration = .milliseconds(100)
        /// How long after a batch's first record to let more come.
        ///
        /// Default 0.
        public var batchLinger: Duration = .zero
        /// How long the broker lets records gather before it answers; see `GroupConsumer.Options`.
        ///
        /// Default 0.
        public var fetchPatience: Duration = .zero
        /// Bytes read ahead, about, and how many are read a second at most; see `GroupConsumer.Options`.
        ///
        /// Default 16 MiB.
        public var readAheadBytesMax: Int = 16 * 1024 * 1024
        /// The least time between two checkpoints.
        ///
        /// Default 0: after every batch. A projection whose outputs
        /// readers recognise as repetitions may be lazy; on revocation and at the end a checkpoint is
        /// always written.
        public var checkpointInterval: Duration = .zero
        /// Whether to refuse topics with different partition counts.
        ///
        /// Default yes: range assignment gives
        /// one instance the same partition of all topics only if the counts agree.
        public var requiresEqualPartitionCounts: Bool = true

        /// The defaults.
        public init() {}
    }

    private let consumer: GroupConsumer
    private let handler: ProjectionHandler

    /// Makes a runner of a projection over the database at `path`; opens nothing before `run`.
    ///
    /// Without a path the positions are kept for this run alone: for a projection that stores state and positions elsewhere, together, and says in
    /// `open` where to start.
    public init(
        _ projection: any Projection & Sendable,
        path: String?,
        log: EventLogConfiguration,
        producer: EventProducer,
        options: Options = Options(),
        logger: Logger,
        onReady: @escaping @Sendable (Bool) -> Void = { _ in }
    ) {
        var group = GroupConsumer.Options(group: projection.name, topics: projection.topics)
        group.batchRecordsMax = options.batchRecordsMax
        group.pollInterval = options.pollInterval
        group.batchLinger = options.batchLinger
        group.fetchPatience = options.fetchPatience
        group.readAheadBytesMax = options.readAheadBytesMax
        consumer = GroupConsumer(log, options: group, logger: logger)
        handler = ProjectionHandler(
            projection,
            path: path,
            log: log,
            producer: producer,
            options: options,
            logger: logger,
            onReady: onReady
        )
    }

    /// Runs until a graceful shutdown, cancellation or an error.
    ///
    /// - Throws: `ProjectionError`, `EventLogError`, or what the projection threw. What is in memory is
    ///   forgotten then; the next run starts from the checkpoint.
    public func run() async throws {
        try await withGracefulShutdownHandler {
            try await consumer.run(handler)
        } onGracefulShutdown: { [consumer] in
            consumer.stop()
        }
        handler.finish()
        if let error = handler.failure { throw error }
    }
}

/// Joins the consumer's thread to an engine, which it makes on that thread at the first assignment.
///
/// `@unchecked Sendable`: after `init` every member but `failureState` is touched only by the consumer's one
/// thread, and by `finish` when that thread has ended.
final class ProjectionHandler: GroupConsumerHandler, @unchecked Sendable {
    private let projection: any Projection & Sendable
    private let path: String?
    private let log: EventLogConfiguration
    private let producer: EventProducer
    private let options: ProjectionRunner.Options
    private let logger: Logger
    private let onReady: @Sendable (Bool) -> Void
    private let failureState = Mutex<(any Error)?>(nil)

    private var engine: ProjectionEngine?
    private var admin: LogAdmin?
    private var isAssigned = false
    private var isReachable = true

    init(
        _ projection: any Projection & Sendable,
        path: String?,
        log: EventLogConfiguration,
        producer: EventProducer,
        options: ProjectionRunner.Options,
        logger: Logger,
        onReady: @escaping @Sendable (Bool) -> Void
    ) {
        self.projection = projection
        self.path = path
        self.log = log
        self.producer = producer
        self.options = options
        self.logger = logger
        self.onReady = onReady
    }

    /// What a revocation could not throw.
    var failure: (any Error)? { failureState.withLock { $0 } }

    func assigned(_ partitions: [TopicPartition]) throws -> [TopicPartition: StartPosition] {
        let starts = try startedEngine().assigned(partitions)
        isAssigned = true
        onReady(isReachable)
        return starts
    }

    func revoked(_ partitions: [TopicPartition], lost: Bool) {
        do {
            try engine?.revoked(partitions, lost: lost)
        } catch {
            logger.error("the last checkpoint failed: \(error)")
            failureState.withLock { $0 = $0 ?? error }
        }
    }

    func process(_ batch: [LogRecord]) throws -> [TopicPartition: Offset] {
        if let failure { throw failure }
        return try engine?.process(batch) ?? [:]
    }

    func reachabilityChanged(_ isReachable: Bool) {
        self.isReachable = isReachable
        if isAssigned { onReady(isReachable) }
    }

    /// The consumer's thread has ended.
    func finish() {
        onReady(false)
        admin?.close()
        admin = nil
    }

    private func startedEngine() throws -> ProjectionEngine {
        if let engine { return engine }
        if options.requiresEqualPartitionCounts { try checkPartitionCounts() }
        let admin = try LogAdmin(log, logger: logger)
        self.admin = admin
        let engine = ProjectionEngine(
            projection,
            store: try store(),
            output: producer,
            input: BrokerInputLog(admin: admin),
            checkpointInterval: options.checkpointInterval,
            batchesInFlightMax: options.batchesInFlightMax,
            logger: logger
        )
        self.engine = engine
        return engine
    }

    private func store() throws -> ProjectionStore {
        guard let path else { return try ProjectionStore.inMemory() }
        return try ProjectionStore(path: path, migrations: projection.migrations)
    }

    private func checkPartitionCounts() throws {
        var counts: [(Topic, Int)] = []
        for topic in projection.topics {
            counts.append((topic, try producer.partitionCount(of: topic)))
        }
        guard Set(counts.map(\.1)).count > 1 else { return }
        let list = counts.map { "\($0.0): \($0.1)" }.joined(separator: ", ")
        throw ProjectionError(
            .partitionCounts,
            "\(projection.name) needs topics of one partition count (\(list))"
        )
    }
}
