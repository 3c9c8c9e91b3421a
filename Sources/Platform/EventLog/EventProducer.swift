import Dispatch
public import Events
public import Logging

/// Appends records to the log: idempotent, gapless, bounded in bytes and in count.
///
/// "Appended" means that the delivery report has come: every in-sync replica has the record (`acks=all`; on the embedded
/// broker: after `fdatasync`). Records of one partition are appended in the order in which they were sent. Every
/// record sent resolves exactly once, on every way out.
public final class EventProducer: Sendable {
    /// Bounds and timing.
    public struct Options: Sendable {
        /// How long to wait for more records before a request is sent.
        ///
        /// Default 1 ms.
        public var linger: Duration = .milliseconds(1)
        /// Records waiting or in flight at most.
        ///
        /// Default 100,000.
        public var queueRecordsMax: Int = 100_000
        /// Bytes waiting or in flight at most.
        ///
        /// Default 64 MiB.
        public var queueBytesMax: Int = 64 * 1024 * 1024
        /// Gives a record up after this long; `nil` (the default): never, so that the producer is gapless
        /// (rule 4 of the design).
        ///
        /// Only the gateway, whose records do not depend on one another, sets it.
        public var messageTimeout: Duration?

        /// The defaults.
        public init() {}
    }

    private let core: ProducerCore

    /// Connects in the background; returns at once.
    ///
    /// - Throws: `EventLogError.Code.invalidConfiguration`.
    public init(
        _ configuration: EventLogConfiguration,
        options: Options = Options(),
        logger: Logger
    ) throws(EventLogError) {
        core = try ProducerCore(configuration, options: options, logger: logger)
        core.start()
    }

    /// Sends a record and calls back when its fate is known.
    ///
    /// Never blocks. `onReport` runs exactly once: on the producer's thread after the report, or on the calling
    /// thread before this returns if the record was refused (`queueFull`, `closed`, `recordTooLarge`). It must not block.
    public func send(
        _ record: OutgoingRecord,
        onReport: @escaping @Sendable (Result<RecordPosition, EventLogError>) -> Void
    ) {
        core.send(record, onReport: onReport)
    }

    /// Appends a record; returns after its delivery report.
    ///
    /// Cancellation does not take a record back: the call still waits for the report.
    public func append(_ record: OutgoingRecord) async throws(EventLogError) -> RecordPosition {
        let core = core
        let result: Result<RecordPosition, EventLogError> = await withCheckedContinuation {
            continuation in
            core.send(record) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Appends records, blocking the calling thread until all their delivery reports have come.
    ///
    /// For consumer threads; never call it from a task or an event loop. While the log is away it waits (with
    /// `messageTimeout == nil`), including for room in the queue, until `close()`. Once a record is refused, those
    /// after it are not sent.
    ///
    /// - Throws: the first failure, after every report has come.
    public func appendAndWait(_ records: [OutgoingRecord]) throws(EventLogError) {
        try beginAppending(records).wait()
    }

    /// Begins to append records, blocking the calling thread only while there is no room for them.
    ///
    /// For consumer threads; never call it from a task or an event loop. Records of several calls reach a partition in the
    /// order of the calls. Once a record is refused, those after it are not sent.
    ///
    /// - Throws: why a record was refused, after the report of every record before it has come.
    public func beginAppending(
        _ records: [OutgoingRecord]
    ) throws(EventLogError)
        -> AppendInFlight
    {
        try core.begin(records)
    }

    /// Whether a broker connection is up, as far as is known.
    public var isReachable: Bool { core.isReachable }

    /// The partition count of a topic, asked of the broker once and cached; blocks up to 5 s the first time.
    ///
    /// - Throws: `unknownTopic` if there is no such topic, `unavailable` if no broker answers in time.
    public func partitionCount(of topic: Topic) throws(EventLogError) -> Int {
        try core.partitionCount(of: topic, timeout: .seconds(5))
    }

    /// Waits up to `timeout` for what was sent, then fails what is left with `closed`; idempotent.
    ///
    /// Blocks; never call it from `onReport`. A record that fails with `closed` may be in the log all the same.
    public func close(timeout: Duration = .seconds(5)) {
        core.close(timeout: timeout)
    }

    /// Ends the producer as librdkafka does when it can't keep its promises; for tests.
    func failFatally() {
        core.failFatally()
    }

    deinit {
        // The last reference may be dropped on the producer's own thread, which `close` waits for.
        let core = core
        if !core.isClosed {
            DispatchQueue.global().async { core.close(timeout: .zero) }
        }
    }
}
