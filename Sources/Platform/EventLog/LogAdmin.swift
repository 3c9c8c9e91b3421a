public import Events
public import Logging

/// Makes and inspects topics. Every call blocks up to its timeout: use it from a thread of its own.
public final class LogAdmin: Sendable {
    /// How a topic is to be.
    public struct TopicDefinition: Hashable, Sendable {
        /// The topic's name.
        public var name: String
        /// How many partitions.
        public var partitions: Int
        /// How many replicas.
        public var replicas: Int
        /// Kafka topic configuration: `retention.ms`, `cleanup.policy`, `min.insync.replicas`, …
        public var configuration: [String: String]

        /// A definition of its parts.
        public init(
            name: String, partitions: Int, replicas: Int = 1, configuration: [String: String] = [:]
        ) {
            self.name = name
            self.partitions = partitions
            self.replicas = replicas
            self.configuration = configuration
        }
    }

    /// The first offset kept and the offset after the last, of a partition.
    public struct Watermarks: Hashable, Sendable {
        /// The oldest offset kept.
        public let low: Offset
        /// The offset that the next record will get.
        public let high: Offset

        /// Watermarks of their parts.
        public init(low: Offset, high: Offset) {
            self.low = low
            self.high = high
        }
    }

    /// Connects in the background.
    public init(_ configuration: EventLogConfiguration, logger: Logger) throws(EventLogError) {
        fatalError("EventLog")
    }

    /// The names of all topics with their partition counts.
    public func topics(timeout: Duration = .seconds(5)) throws(EventLogError) -> [String: Int] {
        fatalError("EventLog")
    }

    /// A topic's configuration as the broker has it.
    public func configuration(of name: String, timeout: Duration = .seconds(5))
        throws(EventLogError) -> [String: String]
    {
        fatalError("EventLog")
    }

    /// Makes topics; one that exists already is left alone.
    ///
    /// - Returns: the names of those that were made now.
    public func create(_ topics: [TopicDefinition], timeout: Duration = .seconds(10))
        throws(EventLogError) -> [String]
    {
        fatalError("EventLog")
    }

    /// The watermarks of a partition.
    public func watermarks(of partition: TopicPartition, timeout: Duration = .seconds(5))
        throws(EventLogError) -> Watermarks
    {
        fatalError("EventLog")
    }

    /// Per partition the first offset whose time stamp is not before `time`; the end if there is none.
    public func offsets(
        of partitions: [TopicPartition], at time: Timestamp, timeout: Duration = .seconds(5)
    ) throws(EventLogError) -> [TopicPartition: Offset] {
        fatalError("EventLog")
    }

    /// The offsets that a group has committed.
    public func committed(
        group: String, partitions: [TopicPartition], timeout: Duration = .seconds(5)
    ) throws(EventLogError) -> [TopicPartition: Offset] {
        fatalError("EventLog")
    }

    /// Lets go of the connection; idempotent.
    public func close() {
        fatalError("EventLog")
    }
}
