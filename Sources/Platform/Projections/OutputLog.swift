public import EventLog
public import Events

/// Where an engine puts its outputs; the seam that tests stand in for.
public protocol OutputLog {
    /// Appends records in order and returns when all of them are durable.
    ///
    /// Blocks, for as long as the log is away. Throws if any of them may not be in the log.
    func append(_ records: [OutgoingRecord]) throws

    /// Begins to append records, in order, after those of earlier calls.
    ///
    /// Blocks while there is no room for them, for as long as the log is away. Throws if any of them will not be in the log.
    func begin(_ records: [OutgoingRecord]) throws -> any OutputsInFlight
}

/// Records that are on their way to the log.
public protocol OutputsInFlight {
    /// Returns when all of them are durable; called once.
    ///
    /// Blocks, for as long as the log is away. Throws if any of them may not be in the log.
    func wait() throws
}

extension OutputLog {
    /// Appends them, by default.
    public func begin(_ records: [OutgoingRecord]) throws -> any OutputsInFlight {
        try append(records)
        return DurableOutputs()
    }
}

/// Records that are in the log already.
private struct DurableOutputs: OutputsInFlight {
    func wait() {}
}

extension EventProducer: OutputLog {
    /// Appends records, blocking the calling thread until all their delivery reports have come.
    public func append(_ records: [OutgoingRecord]) throws {
        try appendAndWait(records)
    }

    /// Begins to append records, blocking the calling thread while there is no room for them.
    public func begin(_ records: [OutgoingRecord]) throws -> any OutputsInFlight {
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
