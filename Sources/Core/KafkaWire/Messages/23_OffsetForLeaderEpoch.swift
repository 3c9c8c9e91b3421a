// OffsetForLeaderEpoch, versions 2 to 4.
// Known departures: there is one epoch, 0.

/// Asks where an epoch ended.
public struct OffsetForLeaderEpochRequest: WireRequest {
    /// The answer.
    public typealias Response = OffsetForLeaderEpochResponse

    /// The number of this kind of request.
    public static let key = APIKey.offsetForLeaderEpoch
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 2...4
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 4

    /// What is asked of a partition.
    public struct Partition: WireElement {
        /// The partition.
        public var index: Int32 = 0
        /// The epoch that the client knows.
        public var currentLeaderEpoch: Int32 = -1
        /// The epoch in question.
        public var leaderEpoch: Int32 = 0

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&index)
            try coder.integer(&currentLeaderEpoch)
            try coder.integer(&leaderEpoch)
            try coder.tags()
        }
    }

    /// What is asked of a topic.
    public struct Topic: WireElement {
        /// The topic.
        public var name: String = ""
        /// Its partitions.
        public var partitions: [Partition] = []

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&name)
            try coder.array(&partitions)
            try coder.tags()
        }
    }

    /// −1: a consumer.
    public var replicaID: Int32 = -1
    /// What is asked.
    public var topics: [Topic] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version >= 3 { try coder.integer(&replicaID) }
        try coder.array(&topics)
        try coder.tags()
    }
}

/// Where an epoch ended.
public struct OffsetForLeaderEpochResponse: WireElement {
    /// A partition's answer.
    public struct Partition: WireElement {
        /// Why not.
        public var error: ErrorCode = .none
        /// The partition.
        public var index: Int32 = 0
        /// The epoch.
        public var leaderEpoch: Int32 = -1
        /// Where it ended.
        public var endOffset: Int64 = -1

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.error(&error)
            try coder.integer(&index)
            try coder.integer(&leaderEpoch)
            try coder.integer(&endOffset)
            try coder.tags()
        }
    }

    /// A topic's answers.
    public struct Topic: WireElement {
        /// The topic.
        public var name: String = ""
        /// Its partitions.
        public var partitions: [Partition] = []

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&name)
            try coder.array(&partitions)
            try coder.tags()
        }
    }

    /// How long the client is to wait: never, here.
    public var throttleMilliseconds: Int32 = 0
    /// The answers.
    public var topics: [Topic] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.integer(&throttleMilliseconds)
        try coder.array(&topics)
        try coder.tags()
    }
}
