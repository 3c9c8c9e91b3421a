import CRdKafka
import Events

/// Copies records out of the library's memory.
struct RecordCopier {
    private var topics: [OpaquePointer: Topic] = [:]

    /// Forgets which topic an address stands for: after a rebalance the library may use it for another.
    mutating func forgetTopics() {
        topics.removeAll(keepingCapacity: true)
    }

    /// The record; `nil` if it is none (an error in a record's place) or of a topic that is none of ours.
    mutating func copy(_ message: UnsafePointer<rd_kafka_message_t>) -> LogRecord? {
        guard message.pointee.err.isSuccess, let handle = message.pointee.rkt,
            let topic = topic(of: handle)
        else { return nil }
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let milliseconds = rd_kafka_message_timestamp(message, &type)
        return LogRecord(
            topicPartition: TopicPartition(topic, Partition(message.pointee.partition)),
            offset: Offset(message.pointee.offset),
            timestamp: Timestamp(milliseconds: max(milliseconds, 0)),
            key: Self.bytes(message.pointee.key, message.pointee.key_len),
            value: Self.bytes(message.pointee.payload, message.pointee.len)
        )
    }

    private mutating func topic(of handle: OpaquePointer) -> Topic? {
        if let topic = topics[handle] { return topic }
        guard let name = rd_kafka_topic_name(handle),
            let topic = Topic(name: String(cString: name))
        else { return nil }
        topics[handle] = topic
        return topic
    }

    private static func bytes(_ start: UnsafeMutableRawPointer?, _ count: Int) -> [UInt8]? {
        start.map { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
    }
}
