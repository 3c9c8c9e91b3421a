public import EventLog
public import Events

/// Where an engine puts its outputs; the seam that tests stand in for.
public protocol OutputLog {
    /// Begins to append records, in order, after those of earlier calls.
    ///
    /// Blocks while there is no room for them, for as long as the log is away. Throws if any of them may not be in the log.
    ///
    /// - Returns: what to wait for; `nil`: they are durable already.
    func begin(_ records: [OutgoingRecord]) throws -> (any OutputsInFlight)?
}

/// Records that are on their way to the log.
public protocol OutputsInFlight {
    /// Returns when all of them are durable; called once.
    ///
    /// Blocks, for as long as the log is away. Throws if any of them may not be in the log.
    func wait() throws
}

extension EventProducer: OutputLog {
    /// Begins to append records, blocking the calling thread while there is no room for them.
    public func begin(_ records: [OutgoingRecord]) throws -> (any OutputsInFlight)? {
        try beginAppending(records)
    }
}

extension AppendInFlight: OutputsInFlight {}

/// What an engine asks of its input besides records.
public protocol InputLog {
    /// The first offset kept and the offset after the last. Blocks.
    func watermarks(of partition: TopicPartition) throws -> LogAdmin.Watermarks
}

/// Asks the broker, patiently: an answer that does not come is asked for again.
struct BrokerInputLog: InputLog {
    /// How often a question is put before its failure counts.
    static let attemptsMax = 6

    let admin: LogAdmin

    func watermarks(of partition: TopicPartition) throws -> LogAdmin.Watermarks {
        for _ in 1..<Self.attemptsMax {
            let answer = Result { () throws(EventLogError) in try admin.watermarks(of: partition) }
            if case .failure(let error) = answer, error.isRetriable { continue }
            return try answer.get()
        }
        return try admin.watermarks(of: partition)
    }
}
