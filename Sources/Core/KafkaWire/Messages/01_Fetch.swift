// Fetch, versions 4 to 12.
// Known departures: fetch sessions are declined (session id 0), so every request names its partitions;
// there are no transactions, so both isolation levels read the same.

public import NIOCore

/// Reads record batches.
public struct FetchRequest: WireRequest {
    /// The answer.
    public typealias Response = FetchResponse

    /// The number of this kind of request.
    public static let key = APIKey.fetch
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 4...12
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 12

    /// What is wanted of a partition.
    public struct Partition: WireElement {
        /// The partition.
        public var index: Int32 = 0
        /// The epoch that the client knows.
        public var currentLeaderEpoch: Int32 = -1
        /// From where.
        public var fetchOffset: Int64 = 0
        /// The epoch of what the client has.
        public var lastFetchedEpoch: Int32 = -1
        /// Meaningful for replicas only.
        public var logStartOffset: Int64 = -1
        /// The most of this partition.
        public var maxBytes: Int32 = 1_048_576

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&index)
            if coder.version >= 9 { try coder.integer(&currentLeaderEpoch) }
            try coder.integer(&fetchOffset)
            if coder.version >= 12 { try coder.integer(&lastFetchedEpoch) }
            if coder.version >= 5 { try coder.integer(&logStartOffset) }
            try coder.integer(&maxBytes)
            try coder.tags()
        }
    }

    /// What is wanted of a topic.
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

    /// What a session is to drop of a topic.
    public struct Forgotten: WireElement {
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

    /// −1: a consumer.
    public var replicaID: Int32 = -1
    /// How long to wait for the least.
    public var maxWaitMilliseconds: Int32 = 0
    /// The least worth an answer.
    public var minBytes: Int32 = 0
    /// The most in one answer.
    public var maxBytes: Int32 = Int32.max
    /// Makes no difference here.
    public var isolationLevel: Int8 = 0
    /// The fetch session.
    public var sessionID: Int32 = 0
    /// Its epoch.
    public var sessionEpoch: Int32 = -1
    /// What is wanted.
    public var topics: [Topic] = []
    /// What a session is to drop.
    public var forgotten: [Forgotten] = []
    /// Where the client is.
    public var rackID: String = ""

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.integer(&replicaID)
        try coder.integer(&maxWaitMilliseconds)
        try coder.integer(&minBytes)
        try coder.integer(&maxBytes)
        try coder.integer(&isolationLevel)
        if coder.version >= 7 { try coder.integer(&sessionID) }
        if coder.version >= 7 { try coder.integer(&sessionEpoch) }
        try coder.array(&topics)
        if coder.version >= 7 { try coder.array(&forgotten) }
        if coder.version >= 11 { try coder.string(&rackID) }
        try coder.tags()
    }
}

/// Record batches.
public struct FetchResponse: WireElement {
    /// A transaction that was aborted.
    public struct AbortedTransaction: WireElement {
        /// Its producer.
        public var producerID: Int64 = 0
        /// Where it began.
        public var firstOffset: Int64 = 0

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&producerID)
            try coder.integer(&firstOffset)
            try coder.tags()
        }
    }

    /// What was found in a partition.
    public struct Partition: WireElement {
        /// The partition.
        public var index: Int32 = 0
        /// Why not.
        public var error: ErrorCode = .none
        /// The end of what is durable.
        public var highWatermark: Int64 = -1
        /// The same.
        public var lastStableOffset: Int64 = -1
        /// The first offset kept.
        public var logStartOffset: Int64 = -1
        /// None.
        public var abortedTransactions: [AbortedTransaction]?
        /// None.
        public var preferredReadReplica: Int32 = -1
        /// Record batches; the first may begin before the offset asked for.
        public var records: ByteBuffer?

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&index)
            try coder.error(&error)
            try coder.integer(&highWatermark)
            try coder.integer(&lastStableOffset)
            if coder.version >= 5 { try coder.integer(&logStartOffset) }
            try coder.nullableArray(&abortedTransactions)
            if coder.version >= 11 { try coder.integer(&preferredReadReplica) }
            try coder.nullableBytes(&records)
            try coder.tags()
        }
    }

    /// What was found in a topic.
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
    /// Why the whole request failed.
    public var error: ErrorCode = .none
    /// 0: no session.
    public var sessionID: Int32 = 0
    /// What was found.
    public var topics: [Topic] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.integer(&throttleMilliseconds)
        if coder.version >= 7 { try coder.error(&error) }
        if coder.version >= 7 { try coder.integer(&sessionID) }
        try coder.array(&topics)
        try coder.tags()
    }
}
