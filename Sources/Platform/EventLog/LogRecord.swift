public import Events

/// A record as it was read from the log.
public struct LogRecord: Sendable {
    /// Where it stands.
    public let topicPartition: TopicPartition
    /// Its place in the partition.
    public let offset: Offset
    /// The broker's or the producer's time stamp.
    public let timestamp: Timestamp
    /// The key; `nil` if it has none.
    public let key: [UInt8]?
    /// The value; `nil` is a tombstone, which an empty value is not.
    public let value: [UInt8]?

    /// A record of its parts.
    public init(
        topicPartition: TopicPartition,
        offset: Offset,
        timestamp: Timestamp,
        key: [UInt8]?,
        value: [UInt8]?
    ) {
        self.topicPartition = topicPartition
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
    }

    /// The origin of what is derived from this record.
    public func origin(index: UInt32 = 0) -> Origin {
        Origin(
            topicNumber: topicPartition.topic.number,
            partition: topicPartition.partition,
            offset: offset,
            index: index
        )
    }
}

/// A record to be appended to the log.
public struct OutgoingRecord: Sendable {
    /// The topic.
    public let topic: Topic
    /// The partition; `nil`: the one that murmur2 of the key names.
    public let partition: Partition?
    /// The key.
    public let key: [UInt8]
    /// The value; `nil` is a tombstone.
    public let value: [UInt8]?

    /// A record of its parts.
    public init(topic: Topic, partition: Partition? = nil, key: [UInt8], value: [UInt8]?) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
    }
}

/// Where the log put a record.
public struct RecordPosition: Hashable, Sendable {
    /// The partition.
    public let topicPartition: TopicPartition
    /// The offset.
    public let offset: Offset

    /// A position of its parts.
    public init(topicPartition: TopicPartition, offset: Offset) {
        self.topicPartition = topicPartition
        self.offset = offset
    }
}

/// Where to start reading a partition.
public enum StartPosition: Hashable, Sendable {
    /// The oldest record kept.
    case beginning
    /// After the newest record there is now.
    case end
    /// At this offset; if it is no longer kept, at the oldest record.
    case offset(Offset)
}
