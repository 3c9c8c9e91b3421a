// ListOffsets, versions 1 to 7.

/// Asks for offsets by time.
public struct ListOffsetsRequest: WireRequest {
    /// The answer.
    public typealias Response = ListOffsetsResponse

    /// The number of this kind of request.
    public static let key = APIKey.listOffsets
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 1...7
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 6

    /// What is asked of a partition.
    public struct Partition: WireElement {
        /// The partition.
        public var index: Int32 = 0
        /// The epoch that the client knows.
        public var currentLeaderEpoch: Int32 = -1
        /// Milliseconds since 1970; −1: the end, −2: the beginning, −3: the highest timestamp.
        public var timestamp: Int64 = 0

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&index)
            if coder.version >= 4 { try coder.integer(&currentLeaderEpoch) }
            try coder.integer(&timestamp)
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
    /// Makes no difference here.
    public var isolationLevel: Int8 = 0
    /// What is asked.
    public var topics: [Topic] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.integer(&replicaID)
        if coder.version >= 2 { try coder.integer(&isolationLevel) }
        try coder.array(&topics)
        try coder.tags()
    }
}

/// Offsets by time.
public struct ListOffsetsResponse: WireElement {
    /// A partition's answer.
    public struct Partition: WireElement {
        /// The partition.
        public var index: Int32 = 0
        /// Why not.
        public var error: ErrorCode = .none
        /// The timestamp found.
        public var timestamp: Int64 = -1
        /// The offset found.
        public var offset: Int64 = -1
        /// Its epoch.
        public var leaderEpoch: Int32 = -1

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&index)
            try coder.error(&error)
            try coder.integer(&timestamp)
            try coder.integer(&offset)
            if coder.version >= 4 { try coder.integer(&leaderEpoch) }
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
        if coder.version >= 2 { try coder.integer(&throttleMilliseconds) }
        try coder.array(&topics)
        try coder.tags()
    }
}
