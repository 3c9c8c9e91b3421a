// CreateTopics, versions 0 to 6.
// Known departures: one replica, whatever is asked for.

/// Makes topics.
public struct CreateTopicsRequest: WireRequest {
    /// The answer.
    public typealias Response = CreateTopicsResponse

    /// The number of this kind of request.
    public static let key = APIKey.createTopics
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...6
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 5

    /// Where a partition is to be.
    public struct Assignment: WireElement {
        /// The partition.
        public var partition: Int32 = 0
        /// The brokers.
        public var brokers: [Int32] = []

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&partition)
            try coder.array(&brokers)
            try coder.tags()
        }
    }

    /// A setting.
    public struct Config: WireElement {
        /// Its name.
        public var name: String = ""
        /// Its value.
        public var value: String?

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&name)
            try coder.nullableString(&value)
            try coder.tags()
        }
    }

    /// A topic to be.
    public struct Topic: WireElement {
        /// Its name.
        public var name: String = ""
        /// How many partitions; −1: the default.
        public var partitionCount: Int32 = -1
        /// How many replicas; −1: the default.
        public var replicationFactor: Int16 = -1
        /// Where the partitions are to be.
        public var assignments: [Assignment] = []
        /// Its settings.
        public var configs: [Config] = []

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&name)
            try coder.integer(&partitionCount)
            try coder.integer(&replicationFactor)
            try coder.array(&assignments)
            try coder.array(&configs)
            try coder.tags()
        }
    }

    /// What is to be made.
    public var topics: [Topic] = []
    /// How long the client will wait.
    public var timeoutMilliseconds: Int32 = 0
    /// Whether to check only.
    public var validatesOnly: Bool = false

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.array(&topics)
        try coder.integer(&timeoutMilliseconds)
        if coder.version >= 1 { try coder.bool(&validatesOnly) }
        try coder.tags()
    }
}

/// The outcomes of making topics.
public struct CreateTopicsResponse: WireElement {
    /// A setting.
    public struct Config: WireElement {
        /// Its name.
        public var name: String = ""
        /// Its value.
        public var value: String?
        /// Whether it can not be changed.
        public var isReadOnly: Bool = false
        /// Where it comes from.
        public var source: Int8 = 5
        /// Whether it is secret.
        public var isSensitive: Bool = false

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&name)
            try coder.nullableString(&value)
            try coder.bool(&isReadOnly)
            try coder.integer(&source)
            try coder.bool(&isSensitive)
            try coder.tags()
        }
    }

    /// A topic's outcome.
    public struct Topic: WireElement {
        /// Its name.
        public var name: String = ""
        /// Why not.
        public var error: ErrorCode = .none
        /// Why not, in words.
        public var errorMessage: String?
        /// How many partitions.
        public var partitionCount: Int32 = -1
        /// How many replicas.
        public var replicationFactor: Int16 = -1
        /// Its settings.
        public var configs: [Config]?

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&name)
            try coder.error(&error)
            if coder.version >= 1 { try coder.nullableString(&errorMessage) }
            if coder.version >= 5 { try coder.integer(&partitionCount) }
            if coder.version >= 5 { try coder.integer(&replicationFactor) }
            if coder.version >= 5 { try coder.nullableArray(&configs) }
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
        if coder.version >= 2 { try coder.integer(&throttleMilliseconds) }
        try coder.array(&topics)
        try coder.tags()
    }
}
