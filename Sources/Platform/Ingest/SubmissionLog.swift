public import EventLog

/// The end of the log that `Ingest` needs; the producer, or a fake.
public protocol SubmissionLog: Sendable {
    /// Whether a broker connection is up, as far as is known.
    var isReachable: Bool { get }

    /// Sends a record and calls back exactly once when its fate is known; never blocks.
    func send(
        _ record: OutgoingRecord,
        onReport: @escaping @Sendable (Result<RecordPosition, EventLogError>) -> Void
    )
}

extension EventProducer: SubmissionLog {}
