/// An error code of the Kafka protocol.
public struct ErrorCode: RawRepresentable, Hashable, Sendable {
    /// The number on the wire.
    public let rawValue: Int16

    /// A code by its number.
    public init(rawValue: Int16) {
        self.rawValue = rawValue
    }

    /// UNKNOWN_SERVER_ERROR.
    public static let unknownServerError = ErrorCode(rawValue: -1)
    /// NONE.
    public static let none = ErrorCode(rawValue: 0)
    /// OFFSET_OUT_OF_RANGE.
    public static let offsetOutOfRange = ErrorCode(rawValue: 1)
    /// CORRUPT_MESSAGE.
    public static let corruptMessage = ErrorCode(rawValue: 2)
    /// UNKNOWN_TOPIC_OR_PARTITION.
    public static let unknownTopicOrPartition = ErrorCode(rawValue: 3)
    /// COORDINATOR_NOT_AVAILABLE.
    public static let coordinatorNotAvailable = ErrorCode(rawValue: 15)
    /// MESSAGE_TOO_LARGE.
    public static let messageTooLarge = ErrorCode(rawValue: 10)
    /// OFFSET_METADATA_TOO_LARGE.
    public static let offsetMetadataTooLarge = ErrorCode(rawValue: 12)
    /// INVALID_TOPIC_EXCEPTION.
    public static let invalidTopic = ErrorCode(rawValue: 17)
    /// INVALID_REQUIRED_ACKS.
    public static let invalidRequiredAcks = ErrorCode(rawValue: 21)
    /// ILLEGAL_GENERATION.
    public static let illegalGeneration = ErrorCode(rawValue: 22)
    /// INCONSISTENT_GROUP_PROTOCOL.
    public static let inconsistentGroupProtocol = ErrorCode(rawValue: 23)
    /// INVALID_GROUP_ID.
    public static let invalidGroupID = ErrorCode(rawValue: 24)
    /// UNKNOWN_MEMBER_ID.
    public static let unknownMemberID = ErrorCode(rawValue: 25)
    /// INVALID_SESSION_TIMEOUT.
    public static let invalidSessionTimeout = ErrorCode(rawValue: 26)
    /// REBALANCE_IN_PROGRESS.
    public static let rebalanceInProgress = ErrorCode(rawValue: 27)
    /// UNSUPPORTED_VERSION.
    public static let unsupportedVersion = ErrorCode(rawValue: 35)
    /// TOPIC_ALREADY_EXISTS.
    public static let topicAlreadyExists = ErrorCode(rawValue: 36)
    /// INVALID_PARTITIONS.
    public static let invalidPartitions = ErrorCode(rawValue: 37)
    /// INVALID_REPLICATION_FACTOR.
    public static let invalidReplicationFactor = ErrorCode(rawValue: 38)
    /// INVALID_REPLICA_ASSIGNMENT.
    public static let invalidReplicaAssignment = ErrorCode(rawValue: 39)
    /// INVALID_CONFIG.
    public static let invalidConfig = ErrorCode(rawValue: 40)
    /// INVALID_REQUEST.
    public static let invalidRequest = ErrorCode(rawValue: 42)
    /// UNSUPPORTED_FOR_MESSAGE_FORMAT.
    public static let unsupportedForMessageFormat = ErrorCode(rawValue: 43)
    /// OUT_OF_ORDER_SEQUENCE_NUMBER.
    public static let outOfOrderSequenceNumber = ErrorCode(rawValue: 45)
    /// DUPLICATE_SEQUENCE_NUMBER.
    public static let duplicateSequenceNumber = ErrorCode(rawValue: 46)
    /// INVALID_PRODUCER_EPOCH.
    public static let invalidProducerEpoch = ErrorCode(rawValue: 47)
    /// TRANSACTIONAL_ID_AUTHORIZATION_FAILED; here: transactions are not served.
    public static let transactionalIDAuthorizationFailed = ErrorCode(rawValue: 53)
    /// KAFKA_STORAGE_ERROR.
    public static let kafkaStorageError = ErrorCode(rawValue: 56)
    /// UNKNOWN_PRODUCER_ID.
    public static let unknownProducerID = ErrorCode(rawValue: 59)
    /// NON_EMPTY_GROUP.
    public static let nonEmptyGroup = ErrorCode(rawValue: 68)
    /// GROUP_ID_NOT_FOUND.
    public static let groupIDNotFound = ErrorCode(rawValue: 69)
    /// FETCH_SESSION_ID_NOT_FOUND.
    public static let fetchSessionIDNotFound = ErrorCode(rawValue: 70)
    /// FENCED_LEADER_EPOCH.
    public static let fencedLeaderEpoch = ErrorCode(rawValue: 74)
    /// UNKNOWN_LEADER_EPOCH.
    public static let unknownLeaderEpoch = ErrorCode(rawValue: 75)
    /// MEMBER_ID_REQUIRED.
    public static let memberIDRequired = ErrorCode(rawValue: 79)
    /// GROUP_MAX_SIZE_REACHED.
    public static let groupMaxSizeReached = ErrorCode(rawValue: 81)
    /// FENCED_INSTANCE_ID.
    public static let fencedInstanceID = ErrorCode(rawValue: 82)
    /// INVALID_RECORD.
    public static let invalidRecord = ErrorCode(rawValue: 87)
}
