import EventLog
import Events
import Logging

/// Where `accounts` comes from: the log, or a fake.
protocol AccountSource: Sendable {
    /// Starts reading all partitions from their beginnings; says where each ends at this moment.
    ///
    /// Blocks for a few seconds at most.
    func open() throws -> (reader: any AccountReader, ends: [TopicPartition: Offset])
}

/// Reads on; used by one thread at a time.
protocol AccountReader {
    /// The next records; waits a moment for the first.
    func next() throws -> [LogRecord]
    /// Where partitions ended, as far as their ends were reached since the last call.
    func takeEnds() -> [TopicPartition: Offset]
    func close()
}

extension LogReader: AccountReader {
    func next() throws -> [LogRecord] { try poll(timeout: .milliseconds(300)) }
}

/// `accounts` in the log.
struct LoggedAccounts: AccountSource {
    /// The topic was not made yet.
    struct NoTopic: Error, CustomStringConvertible {
        let description = "there is no topic accounts yet"
    }

    private static let answerTimeout: Duration = .seconds(2)

    let log: EventLogConfiguration
    let logger: Logger

    func open() throws -> (reader: any AccountReader, ends: [TopicPartition: Offset]) {
        let admin = try LogAdmin(log, logger: logger)
        defer { admin.close() }
        let counts = try admin.topics(timeout: Self.answerTimeout)
        guard let count = counts[Topic.accounts.name], count > 0 else { throw NoTopic() }
        var ends: [TopicPartition: Offset] = [:]
        for number in 0..<count {
            let partition = TopicPartition(.accounts, Partition(Int32(number)))
            ends[partition] =
                try admin.watermarks(of: partition, timeout: Self.answerTimeout).high
        }
        let reader = try LogReader(
            log,
            start: ends.mapValues { _ in .beginning },
            logger: logger
        )
        return (reader, ends)
    }
}
