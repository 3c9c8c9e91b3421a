// ApiVersions, versions 0 to 3.

/// Asks what the broker speaks.
public struct ApiVersionsRequest: WireRequest {
    /// The answer.
    public typealias Response = ApiVersionsResponse

    /// The number of this kind of request.
    public static let key = APIKey.apiVersions
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...3
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 3

    /// The client library.
    public var softwareName: String = ""
    /// Its version.
    public var softwareVersion: String = ""

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version >= 3 { try coder.string(&softwareName) }
        if coder.version >= 3 { try coder.string(&softwareVersion) }
        try coder.tags()
    }
}

/// What the broker speaks.
public struct ApiVersionsResponse: WireElement {
    /// A kind of request.
    public struct Key: WireElement {
        /// Its number.
        public var key: Int16 = 0
        /// The first version served.
        public var minVersion: Int16 = 0
        /// The last version served.
        public var maxVersion: Int16 = 0

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&key)
            try coder.integer(&minVersion)
            try coder.integer(&maxVersion)
            try coder.tags()
        }
    }

    /// Why not.
    public var error: ErrorCode = .none
    /// What is served.
    public var keys: [Key] = []
    /// How long the client is to wait: never, here.
    public var throttleMilliseconds: Int32 = 0

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.error(&error)
        try coder.array(&keys)
        if coder.version >= 1 { try coder.integer(&throttleMilliseconds) }
        try coder.tags()
    }
}
