// ListGroups, versions 0 to 4.

/// Asks for all groups.
public struct ListGroupsRequest: WireRequest {
    /// The answer.
    public typealias Response = ListGroupsResponse

    /// The number of this kind of request.
    public static let key = APIKey.listGroups
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...4
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 3

    /// Only groups in these states; empty: all.
    public var states: [String] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version >= 4 { try coder.array(&states) }
        try coder.tags()
    }
}

/// All groups.
public struct ListGroupsResponse: WireElement {
    /// A group.
    public struct Group: WireElement {
        /// Its name.
        public var groupID: String = ""
        /// `consumer`.
        public var protocolType: String = ""
        /// Its state.
        public var state: String = ""

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&groupID)
            try coder.string(&protocolType)
            if coder.version >= 4 { try coder.string(&state) }
            try coder.tags()
        }
    }

    /// How long the client is to wait: never, here.
    public var throttleMilliseconds: Int32 = 0
    /// Why not.
    public var error: ErrorCode = .none
    /// The groups.
    public var groups: [Group] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version >= 1 { try coder.integer(&throttleMilliseconds) }
        try coder.error(&error)
        try coder.array(&groups)
        try coder.tags()
    }
}
