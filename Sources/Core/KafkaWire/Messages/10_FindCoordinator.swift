// FindCoordinator, versions 0 to 4.
// Known departures: groups only, no transactions.

/// Asks which broker keeps a group.
public struct FindCoordinatorRequest: WireRequest {
    /// The answer.
    public typealias Response = FindCoordinatorResponse

    /// The number of this kind of request.
    public static let key = APIKey.findCoordinator
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...4
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 3

    /// The group.
    public var coordinatorKey: String = ""
    /// 0: a group.
    public var keyType: Int8 = 0
    /// The groups.
    public var coordinatorKeys: [String] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version <= 3 { try coder.string(&coordinatorKey) }
        if coder.version >= 1 { try coder.integer(&keyType) }
        if coder.version >= 4 { try coder.array(&coordinatorKeys) }
        try coder.tags()
    }
}

/// Which broker keeps a group.
public struct FindCoordinatorResponse: WireElement {
    /// A group's broker.
    public struct Coordinator: WireElement {
        /// The group.
        public var groupID: String = ""
        /// The broker.
        public var nodeID: Int32 = 0
        /// Its address.
        public var host: String = ""
        /// Its port.
        public var port: Int32 = 0
        /// Why not.
        public var error: ErrorCode = .none
        /// Why not, in words.
        public var errorMessage: String?

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&groupID)
            try coder.integer(&nodeID)
            try coder.string(&host)
            try coder.integer(&port)
            try coder.error(&error)
            try coder.nullableString(&errorMessage)
            try coder.tags()
        }
    }

    /// How long the client is to wait: never, here.
    public var throttleMilliseconds: Int32 = 0
    /// Why not.
    public var error: ErrorCode = .none
    /// Why not, in words.
    public var errorMessage: String?
    /// The broker.
    public var nodeID: Int32 = 0
    /// Its address.
    public var host: String = ""
    /// Its port.
    public var port: Int32 = 0
    /// The brokers.
    public var coordinators: [Coordinator] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version >= 1 { try coder.integer(&throttleMilliseconds) }
        if coder.version <= 3 { try coder.error(&error) }
        if (1...3).contains(coder.version) { try coder.nullableString(&errorMessage) }
        if coder.version <= 3 { try coder.integer(&nodeID) }
        if coder.version <= 3 { try coder.string(&host) }
        if coder.version <= 3 { try coder.integer(&port) }
        if coder.version >= 4 { try coder.array(&coordinators) }
        try coder.tags()
    }
}
