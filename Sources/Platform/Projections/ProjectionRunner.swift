public import EventLog
public import Logging
public import ServiceLifecycle

/// Runs a projection: batch → state and outputs → delivery reports → checkpoint (rules 2 to 4 and 9 of the design).
///
/// One SQLite file holds the state and the positions; both change in one transaction, after every output of the batch is
/// durable. It runs on the consumer's thread, so a slow disk or an absent broker is back-pressure and nothing else.
public final class ProjectionRunner: Service {
    /// Bounds and timing.
    public struct Options: Sendable {
        /// Records in a batch at most. Default 2,000. Also the bound on what may be put out but not yet checkpointed.
        public var batchRecordsMax: Int = 2000
        /// How long an idle consumer waits before `batchApplied` is called without a batch. Default 100 ms.
        public var pollInterval: Duration = .milliseconds(100)
        /// How long after a batch's first record to let more come. Default 0.
        public var batchLinger: Duration = .zero
        /// The least time between two checkpoints. Default 0: after every batch. A projection whose outputs readers
        /// recognise as repetitions may be lazy; on revocation and at the end a checkpoint is always written.
        public var checkpointInterval: Duration = .zero

        /// The defaults.
        public init() {}
    }

    /// Makes a runner of a projection over the database at `path`; opens nothing before `run`.
    public init(
        _ projection: any Projection & Sendable, path: String, log: EventLogConfiguration,
        producer: EventProducer, options: Options = Options(), logger: Logger,
        onReady: @escaping @Sendable (Bool) -> Void = { _ in }
    ) {
        fatalError("Projections")
    }

    /// Runs until a graceful shutdown, cancellation or an error.
    public func run() async throws {
        fatalError("Projections")
    }
}
