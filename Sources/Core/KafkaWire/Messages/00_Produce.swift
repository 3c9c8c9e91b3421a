// Produce, versions 0 to 9.
// Known departures: versions 0 to 2 are offered because librdkafka compresses only for a broker that offers them
// (KAFKA-18659), but only record batches of version 2 are taken. No transactions.

public import NIOCore

/// Appends record batches.
public struct ProduceRequest: WireRequest {
    /// The answer.
    public typealias Response = ProduceResponse

    /// The number of this kind of request.
    public static let key = APIKey.produce
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...9
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 9

    /// One partition's batch.
    public struct Partition: WireElement {
        /// The partition.
        public var index: Int32 = 0
        /// One record batch.
        public var records: ByteBuffer?

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&index)
            try coder.nullableBytes(&records)
            try coder.tags()
        }
    }

    /// A topic's batches.
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

    /// The transaction; must be null.
    public var transactionalID: String?
    /// 0: no answer; 1 and −1: answer when durable.
    public var acks: Int16 = 0
    /// How long the client will wait.
    public var timeoutMilliseconds: Int32 = 0
    /// What is to be appended.
    public var topics: [Topic] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version >= 3 { try coder.nullableString(&transactionalID) }
        try coder.integer(&acks)
        try coder.integer(&timeoutMilliseconds)
        try coder.array(&topics)
        try coder.tags()
    }
}

/// Where the batches went, or why not.
public struct ProduceResponse: WireElement {
    /// A record that was refused.
    public struct RecordError: WireElement {
        /// Which record.
        public var index: Int32 = 0
        /// Why.
        public var message: String?

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&index)
            try coder.nullableString(&message)
            try coder.tags()
        }
    }

    /// One partition's outcome.
    public struct Partition: WireElement {
        /// The partition.
        public var index: Int32 = 0
        /// Why not.
        public var error: ErrorCode = .none
        /// The first record's offset.
        public var baseOffset: Int64 = -1
        /// The broker's time, if it sets it: never.
        public var logAppendTime: Int64 = -1
        /// The first offset kept.
        public var logStartOffset: Int64 = -1
        /// Records that were refused.
        public var recordErrors: [RecordError] = []
        /// Why not, in words.
        public var errorMessage: String?

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&index)
            try coder.error(&error)
            try coder.integer(&baseOffset)
            if coder.version >= 2 { try coder.integer(&logAppendTime) }
            if coder.version >= 5 { try coder.integer(&logStartOffset) }
            if coder.version >= 8 { try coder.array(&recordErrors) }
            if coder.version >= 8 { try coder.nullableString(&errorMessage) }
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

    /// The outcomes.
    public var topics: [Topic] = []
    /// How long the client is to wait: never, here.
    public var throttleMilliseconds: Int32 = 0

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.array(&topics)
        if coder.version >= 1 { try coder.integer(&throttleMilliseconds) }
        try coder.tags()
    }
}
