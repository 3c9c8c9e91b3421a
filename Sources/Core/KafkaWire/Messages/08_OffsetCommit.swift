// OffsetCommit, versions 2 to 8.
// Known departures: the retention time of versions 2 to 4 is ignored; committed offsets are kept until their group or topic is deleted.

/// Commits a group's offsets.
public struct OffsetCommitRequest: WireRequest {
    /// The answer.
    public typealias Response = OffsetCommitResponse

    /// The number of this kind of request.
    public static let key = APIKey.offsetCommit
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 2...8
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 8

    /// A partition's offset.
    public struct Partition: WireElement {
        /// The partition.
        public var index: Int32 = 0
        /// The next offset to read.
        public var offset: Int64 = 0
        /// Its epoch.
        public var leaderEpoch: Int32 = -1
        /// The client's note.
        public var metadata: String?

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&index)
            try coder.integer(&offset)
            if coder.version >= 6 { try coder.integer(&leaderEpoch) }
            try coder.nullableString(&metadata)
            try coder.tags()
        }
    }

    /// A topic's offsets.
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

    /// The group.
    public var groupID: String = ""
    /// The generation; −1 outside a group.
    public var generation: Int32 = -1
    /// The member.
    public var memberID: String = ""
    /// The static member.
    public var instanceID: String?
    /// Ignored.
    public var retentionMilliseconds: Int64 = -1
    /// The offsets.
    public var topics: [Topic] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.string(&groupID)
        try coder.integer(&generation)
        try coder.string(&memberID)
        if coder.version >= 7 { try coder.nullableString(&instanceID) }
        if coder.version <= 4 { try coder.integer(&retentionMilliseconds) }
        try coder.array(&topics)
        try coder.tags()
    }
}

/// The outcomes of a commit.
public struct OffsetCommitResponse: WireElement {
    /// A partition's outcome.
    public struct Partition: WireElement {
        /// The partition.
        public var index: Int32 = 0
        /// Why not.
        public var error: ErrorCode = .none

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&index)
            try coder.error(&error)
            try coder.tags()
        }
    }

    /// A topic's outcomes.
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
    /// The outcomes.
    public var topics: [Topic] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version >= 3 { try coder.integer(&throttleMilliseconds) }
        try coder.array(&topics)
        try coder.tags()
    }
}
