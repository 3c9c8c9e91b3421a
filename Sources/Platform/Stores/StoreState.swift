public import Events

/// Where a fold stands: enough to go on with it.
public struct StoreState: Sendable, Equatable {
    /// The next offset to read, per partition that was read.
    public var positions: [TopicPartition: Offset]
    /// What was had of each origin partition, per input partition.
    public var filters: [TopicPartition: OriginFilter]

    /// A state of its parts; by default the beginning.
    public init(
        positions: [TopicPartition: Offset] = [:],
        filters: [TopicPartition: OriginFilter] = [:]
    ) {
        self.positions = positions
        self.filters = filters
    }
}
