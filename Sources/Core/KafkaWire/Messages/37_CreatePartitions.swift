// CreatePartitions, versions 0 to 3.

/// Adds partitions.
public struct CreatePartitionsRequest: WireRequest {
    /// The answer.
    public typealias Response = CreatePartitionsResponse

    /// The number of this kind of request.
    public static let key = APIKey.createPartitions
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...3
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 2

    /// Where a new partition is to be.
    public struct Assignment: WireElement {
        /// The brokers.
        public var brokers: [Int32] = []

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.array(&brokers)
            try coder.tags()
        }
    }

    /// A topic that is to grow.
    public struct Topic: WireElement {
        /// Its name.
        public var name: String = ""
        /// How many partitions in all.
        public var count: Int32 = 0
        /// Where the new ones are to be.
        public var assignments: [Assignment]?

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&name)
            try coder.integer(&count)
            try coder.nullableArray(&assignments)
            try coder.tags()
        }
    }

    /// What is to grow.
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
        try coder.bool(&validatesOnly)
        try coder.tags()
    }
}

/// The outcomes of adding partitions.
public struct CreatePartitionsResponse: WireElement {
    /// A topic's outcome.
    public struct Result: WireElement {
        /// Its name.
        public var name: String = ""
        /// Why not.
        public var error: ErrorCode = .none
        /// Why not, in words.
        public var errorMessage: String?

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&name)
            try coder.error(&error)
            try coder.nullableString(&errorMessage)
            try coder.tags()
        }
    }

    /// How long the client is to wait: never, here.
    public var throttleMilliseconds: Int32 = 0
    /// The outcomes.
    public var results: [Result] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.integer(&throttleMilliseconds)
        try coder.array(&results)
        try coder.tags()
    }
}
