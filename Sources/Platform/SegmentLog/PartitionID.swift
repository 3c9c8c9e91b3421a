/// Which partition, in the journal and in files: a topic's number is never used again, unlike its name.
public struct PartitionID: Hashable, Sendable {
    /// The topic's number.
    public let topic: UInt32
    /// The partition.
    public let partition: Int32

    /// An id of its parts.
    public init(topic: UInt32, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }
}
