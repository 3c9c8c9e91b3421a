// DeleteTopics, versions 0 to 5.

/// Deletes topics.
public struct DeleteTopicsRequest: WireRequest {
    /// The answer.
    public typealias Response = DeleteTopicsResponse

    /// The number of this kind of request.
    public static let key = APIKey.deleteTopics
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...5
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 4

    /// What is to go.
    public var names: [String] = []
    /// How long the client will wait.
    public var timeoutMilliseconds: Int32 = 0

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.array(&names)
        try coder.integer(&timeoutMilliseconds)
        try coder.tags()
    }
}

/// The outcomes of deleting topics.
public struct DeleteTopicsResponse: WireElement {
    /// A topic's outcome.
    public struct Topic: WireElement {
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
            if coder.version >= 5 { try coder.nullableString(&errorMessage) }
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
        if coder.version >= 1 { try coder.integer(&throttleMilliseconds) }
        try coder.array(&topics)
        try coder.tags()
    }
}
