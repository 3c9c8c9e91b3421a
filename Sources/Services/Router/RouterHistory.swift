import EventLog
import Events
import Logging

/// What the router asks of the log when it has no checkpoint; the seam that tests stand in for.
protocol RouterHistory {
    /// The partition counts of `submissions`, `timeline` and `inbox`. May block.
    func partitionCounts() throws -> RouterPartitionCounts
    /// The first submission that is still kept. May block.
    func oldestSubmission(in partition: Partition) throws -> Offset
    /// Reads a partition of `timeline` from its beginning to the end that it has now. Blocks.
    func readTimeline(_ partition: Partition, _ body: ([LogRecord]) throws -> Void) throws
}

/// How many partitions the router's topics have.
struct RouterPartitionCounts {
    let submissions: Int
    let timeline: Int
    let inbox: Int
}

/// The log itself.
struct LogRouterHistory: RouterHistory {
    let log: EventLogConfiguration
    let producer: EventProducer
    let logger: Logger

    func partitionCounts() throws -> RouterPartitionCounts {
        RouterPartitionCounts(
            submissions: try producer.partitionCount(of: .submissions),
            timeline: try producer.partitionCount(of: .timeline),
            inbox: try producer.partitionCount(of: .inbox)
        )
    }

    func oldestSubmission(in partition: Partition) throws -> Offset {
        let admin = try LogAdmin(log, logger: logger)
        defer { admin.close() }
        return try admin.watermarks(of: TopicPartition(.submissions, partition)).low
    }

    func readTimeline(_ partition: Partition, _ body: ([LogRecord]) throws -> Void) throws {
        try LogReader.readToEnd(
            log,
            start: [TopicPartition(.timeline, partition): .beginning],
            logger: logger,
            body: body
        )
    }
}
