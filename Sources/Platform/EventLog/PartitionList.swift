import CRdKafka
import Events

/// Owns a list of partitions with offsets, as librdkafka passes them.
final class PartitionList {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    /// A list of partitions with the offsets of `offset`; `nil` when memory is out.
    init?(_ partitions: some Collection<TopicPartition>, offset: (TopicPartition) -> Int64) {
        guard let pointer = rd_kafka_topic_partition_list_new(Int32(partitions.count)) else {
            return nil
        }
        self.pointer = pointer
        for partition in partitions {
            let element = rd_kafka_topic_partition_list_add(
                pointer,
                partition.topic.name,
                partition.partition.number
            )
            element?.pointee.offset = offset(partition)
        }
    }

    deinit {
        rd_kafka_topic_partition_list_destroy(pointer)
    }

    /// The elements of a list; those of topics that are none of ours are left out.
    static func elements(
        of list: UnsafePointer<rd_kafka_topic_partition_list_t>
    ) -> [(partition: TopicPartition, offset: Int64, error: rd_kafka_resp_err_t)] {
        (0..<Int(list.pointee.cnt)).compactMap { index in
            let element = list.pointee.elems[index]
            guard let name = element.topic, let topic = Topic(name: String(cString: name)) else {
                return nil
            }
            return (
                TopicPartition(topic, Partition(element.partition)), element.offset, element.err
            )
        }
    }

    /// The elements of this list.
    var elements: [(partition: TopicPartition, offset: Int64, error: rd_kafka_resp_err_t)] {
        Self.elements(of: pointer)
    }
}

extension StartPosition {
    /// The offset by which librdkafka knows it.
    var libraryOffset: Int64 {
        switch self {
        case .beginning: Int64(RD_KAFKA_OFFSET_BEGINNING)
        case .end: Int64(RD_KAFKA_OFFSET_END)
        case .offset(let offset): max(offset.number, 0)
        }
    }
}
