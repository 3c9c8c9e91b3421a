// OffsetFetch, versions 1 to 7.

/// Asks for a group's offsets.
public struct OffsetFetchRequest: WireRequest {
    /// The answer.
    public typealias Response = OffsetFetchResponse

    /// The number of this kind of request.
    public static let key = APIKey.offsetFetch
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 1...7
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 6

    /// What is asked of a topic.
    public struct Topic: WireElement {
        /// The topic.
        public var name: String = ""
        /// Its partitions.
        public var partitions: [Int32] = []

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
    /// What is asked; null for everything (from version 2).
    public var topics: [Topic]?
    /// Makes no difference here.
    public var requiresStable: Bool = false

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.string(&groupID)
        try coder.nullableArray(&topics)
        if coder.version >= 7 { try coder.bool(&requiresStable) }
        try coder.tags()
    }
}

/// A group's offsets.
public struct OffsetFetchResponse: WireElement {
    /// A partition's offset.
    public struct Partition: WireElement {
        /// The partition.
        public var index: Int32 = 0
        /// The next offset to read; −1: none.
        public var offset: Int64 = -1
        /// Its epoch.
        public var leaderEpoch: Int32 = -1
        /// The client's note.
        public var metadata: String?
        /// Why not.
        public var error: ErrorCode = .none

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&index)
            try coder.integer(&offset)
            if coder.version >= 5 { try coder.integer(&leaderEpoch) }
            try coder.nullableString(&metadata)
            try coder.error(&error)
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

    /// How long the client is to wait: never, here.
    public var throttleMilliseconds: Int32 = 0
    /// The offsets.
    public var topics: [Topic] = []
    /// Why not.
    public var error: ErrorCode = .none

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version >= 3 { try coder.integer(&throttleMilliseconds) }
        try coder.array(&topics)
        if coder.version >= 2 { try coder.error(&error) }
        try coder.tags()
    }
}
