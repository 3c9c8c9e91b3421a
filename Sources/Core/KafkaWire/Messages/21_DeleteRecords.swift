// DeleteRecords, versions 0 to 2.

/// Deletes the oldest records.
public struct DeleteRecordsRequest: WireRequest {
    /// The answer.
    public typealias Response = DeleteRecordsResponse

    /// The number of this kind of request.
    public static let key = APIKey.deleteRecords
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...2
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 2

    /// What is to go of a partition.
    public struct Partition: WireElement {
        /// The partition.
        public var index: Int32 = 0
        /// The first offset to keep; −1: the end.
        public var offset: Int64 = 0

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&index)
            try coder.integer(&offset)
            try coder.tags()
        }
    }

    /// What is to go of a topic.
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

    /// What is to go.
    public var topics: [Topic] = []
    /// How long the client will wait.
    public var timeoutMilliseconds: Int32 = 0

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.array(&topics)
        try coder.integer(&timeoutMilliseconds)
        try coder.tags()
    }
}

/// The outcomes of deleting records.
public struct DeleteRecordsResponse: WireElement {
    /// A partition's outcome.
    public struct Partition: WireElement {
        /// The partition.
        public var index: Int32 = 0
        /// The first offset kept.
        public var lowWatermark: Int64 = -1
        /// Why not.
        public var error: ErrorCode = .none

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&index)
            try coder.integer(&lowWatermark)
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
        try coder.integer(&throttleMilliseconds)
        try coder.array(&topics)
        try coder.tags()
    }
}
