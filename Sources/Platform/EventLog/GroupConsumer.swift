public import Events
public import Logging
import Synchronization

/// What a member of a consumer group does; all calls come on the consumer's one thread.
public protocol GroupConsumerHandler: AnyObject {
    /// Partitions were assigned: says where to start each.
    ///
    /// Called inside the rebalance callback, so nothing of these partitions is read before it returns. May block (to load state).
    /// A partition missing from the answer starts at the beginning. Throwing stops the consumer with that error.
    func assigned(_ partitions: [TopicPartition]) throws -> [TopicPartition: StartPosition]

    /// Partitions were taken away: `lost` if they may already be somebody else's.
    func revoked(_ partitions: [TopicPartition], lost: Bool)

    /// Records came, in order per partition; or none did for the poll interval (an empty batch).
    ///
    /// While it runs nothing else is delivered: that is the back-pressure. Returns the offsets to commit
    /// to the group for lag tools (the next offset to read, per partition). Throwing stops the consumer.
    func process(_ batch: [LogRecord]) throws -> [TopicPartition: Offset]

    /// A broker that was away is back, or has gone; for health.
    func reachabilityChanged(_ isReachable: Bool)
}

/// A member of a consumer group, on a thread of its own.
public final class GroupConsumer: Sendable {
    /// Group, bounds and timing.
    public struct Options: Sendable {
        /// The consumer group.
        public var group: String
        /// The topics, co-partitioned by range assignment.
        public var topics: [Topic]
        /// Records in a batch at most.
        ///
        /// Default 2,000.
        public var batchRecordsMax: Int = 2000
        /// Bytes in a batch at most, but for its last record.
        ///
        /// Default 4 MiB.
        public var batchBytesMax: Int = 4 * 1024 * 1024
        /// How long to wait for the first record before an empty batch.
        ///
        /// Default 100 ms.
        public var pollInterval: Duration = .milliseconds(100)
        /// After the first record of a batch, how long to let more come before processing.
        ///
        /// Default 0.
        public var batchLinger: Duration = .zero
        /// How long the broker lets records gather before it answers a fetch that it could answer at once.
        ///
        /// Default 0: a record is answered with when it comes. Whoever is in no hurry costs the broker and
        /// itself one exchange where it would be many.
        public var fetchPatience: Duration = .zero
        /// Bytes read ahead, about.
        ///
        /// Default 16 MiB. When it has so many, librdkafka 2.0 asks for no more within a second: nobody reads faster than this a second.
        public var readAheadBytesMax: Int = 16 * 1024 * 1024
        /// When the group takes a silent member's partitions away.
        ///
        /// Default 10 s.
        public var sessionTimeout: Duration = .seconds(10)

        /// Options for a group over topics.
        public init(group: String, topics: [Topic]) {
            self.group = group
            self.topics = topics
        }
    }

    private let configuration: EventLogConfiguration
    private let options: Options
    private let logger: Logger
    private let stopSignal = StopSignal()

    /// Makes the consumer; nothing runs before `run`.
    public init(_ configuration: EventLogConfiguration, options: Options, logger: Logger) {
        self.configuration = configuration
        self.options = options
        self.logger = logger
    }

    /// Joins the group and serves `handler` on a new thread until `stop`, or an error.
    ///
    /// Returns when the handler has been told of the final revocation and the member has left the group.
    /// Cancelling the task is `stop()`. May be called once.
    ///
    /// - Throws: what the handler threw, or `EventLogError` of code `fatal` or `invalidConfiguration`.
    ///   An unreachable broker is not an error: the consumer waits for it.
    public func run(_ handler: any GroupConsumerHandler & Sendable) async throws {
        let configuration = configuration
        let options = options
        let logger = logger
        let signal = stopSignal
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                _ = BackgroundThread("log-\(options.group)") {
                    continuation.resume(
                        with: Result {
                            try GroupConsumerLoop.run(
                                configuration,
                                options: options,
                                logger: logger,
                                signal: signal,
                                handler: handler
                            )
                        }
                    )
                }
            }
        } onCancel: {
            signal.stop()
        }
    }

    /// Asks the consumer to stop after the batch in hand; returns at once; idempotent.
    public func stop() {
        stopSignal.stop()
    }
}

/// Tells a consumer's thread to stop, and wakes it if it waits.
final class StopSignal: Sendable {
    private struct State {
        var isStopped = false
        var queue: EventQueue?
    }

    private let state = Mutex(State())

    /// Whether to stop.
    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Stops, and wakes who waits at the queue.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            // Under the lock, so that the queue can't be closed meanwhile; it does not block.
            state.queue?.wake()
        }
    }

    /// The queue to wake; `nil` before it is closed.
    func watch(_ queue: EventQueue?) {
        state.withLock { $0.queue = queue }
    }
}
