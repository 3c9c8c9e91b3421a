// LeaveGroup, versions 0 to 4.

/// Leaves a group.
public struct LeaveGroupRequest: WireRequest {
    /// The answer.
    public typealias Response = LeaveGroupResponse

    /// The number of this kind of request.
    public static let key = APIKey.leaveGroup
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...4
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 4

    /// A member that leaves.
    public struct Member: WireElement {
        /// Its id.
        public var memberID: String = ""
        /// The static member.
        public var instanceID: String?

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&memberID)
            try coder.nullableString(&instanceID)
            try coder.tags()
        }
    }

    /// The group.
    public var groupID: String = ""
    /// The member.
    public var memberID: String = ""
    /// The members.
    public var members: [Member] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.string(&groupID)
        if coder.version <= 2 { try coder.string(&memberID) }
        if coder.version >= 3 { try coder.array(&members) }
        try coder.tags()
    }
}

/// The outcome.
public struct LeaveGroupResponse: WireElement {
    /// A member's outcome.
    public struct Member: WireElement {
        /// Its id.
        public var memberID: String = ""
        /// The static member.
        public var instanceID: String?
        /// Why not.
        public var error: ErrorCode = .none

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&memberID)
            try coder.nullableString(&instanceID)
            try coder.error(&error)
            try coder.tags()
        }
    }

    /// How long the client is to wait: never, here.
    public var throttleMilliseconds: Int32 = 0
    /// Why not.
    public var error: ErrorCode = .none
    /// The outcomes.
    public var members: [Member] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version >= 1 { try coder.integer(&throttleMilliseconds) }
        try coder.error(&error)
        if coder.version >= 3 { try coder.array(&members) }
        try coder.tags()
    }
}
