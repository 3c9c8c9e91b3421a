/// The number of a kind of request.
public struct APIKey: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number on the wire.
    public let rawValue: Int16

    /// A key by its number.
    public init(rawValue: Int16) {
        self.rawValue = rawValue
    }

    /// Produce.
    public static let produce = APIKey(rawValue: 0)
    /// Fetch.
    public static let fetch = APIKey(rawValue: 1)
    /// ListOffsets.
    public static let listOffsets = APIKey(rawValue: 2)
    /// Metadata.
    public static let metadata = APIKey(rawValue: 3)
    /// OffsetCommit.
    public static let offsetCommit = APIKey(rawValue: 8)
    /// OffsetFetch.
    public static let offsetFetch = APIKey(rawValue: 9)
    /// FindCoordinator.
    public static let findCoordinator = APIKey(rawValue: 10)
    /// JoinGroup.
    public static let joinGroup = APIKey(rawValue: 11)
    /// Heartbeat.
    public static let heartbeat = APIKey(rawValue: 12)
    /// LeaveGroup.
    public static let leaveGroup = APIKey(rawValue: 13)
    /// SyncGroup.
    public static let syncGroup = APIKey(rawValue: 14)
    /// DescribeGroups.
    public static let describeGroups = APIKey(rawValue: 15)
    /// ListGroups.
    public static let listGroups = APIKey(rawValue: 16)
    /// ApiVersions.
    public static let apiVersions = APIKey(rawValue: 18)
    /// CreateTopics.
    public static let createTopics = APIKey(rawValue: 19)
    /// DeleteTopics.
    public static let deleteTopics = APIKey(rawValue: 20)
    /// DeleteRecords.
    public static let deleteRecords = APIKey(rawValue: 21)
    /// InitProducerId.
    public static let initProducerID = APIKey(rawValue: 22)
    /// OffsetForLeaderEpoch.
    public static let offsetForLeaderEpoch = APIKey(rawValue: 23)
    /// DescribeConfigs.
    public static let describeConfigs = APIKey(rawValue: 32)
    /// CreatePartitions.
    public static let createPartitions = APIKey(rawValue: 37)
    /// DeleteGroups.
    public static let deleteGroups = APIKey(rawValue: 42)

    /// The number in words.
    public var description: String { "api_\(rawValue)" }
}
