public import Events
public import Logging

/// Reads partitions that it is given, outside any group: for following, replaying, searching.
///
/// Blocks: use it from a thread of its own (`LogReader.onThread`), never from an event loop. One thread at a time.
public final class LogReader {
    /// Starts reading these partitions at these places.
    public init(
        _ configuration: EventLogConfiguration, start: [TopicPartition: StartPosition],
        logger: Logger
    ) throws(EventLogError) {
        fatalError("EventLog")
    }

    /// The next records, in order per partition; empty if none came in time.
    ///
    /// Waits up to `timeout` for the first, then takes what is there.
    public func poll(maxRecords: Int = 2000, timeout: Duration = .milliseconds(100))
        throws(EventLogError) -> [LogRecord]
    {
        fatalError("EventLog")
    }

    /// Stops reading; idempotent.
    public func close() {
        fatalError("EventLog")
    }

    /// Reads everything from `start` up to the ends that the partitions have now, calling `body` with each batch.
    ///
    /// Blocks the calling thread. An aborted or empty partition ends at its high watermark, whatever is missing in between.
    public static func readToEnd(
        _ configuration: EventLogConfiguration, start: [TopicPartition: StartPosition],
        logger: Logger, body: ([LogRecord]) throws -> Void
    ) throws {
        fatalError("EventLog")
    }
}
