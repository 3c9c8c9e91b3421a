// JoinGroup, versions 0 to 7.

public import NIOCore

/// Joins a group.
public struct JoinGroupRequest: WireRequest {
    /// The answer.
    public typealias Response = JoinGroupResponse

    /// The number of this kind of request.
    public static let key = APIKey.joinGroup
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...7
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 6

    /// An assignor.
    public struct GroupProtocol: WireElement, Equatable {
        /// Its name.
        public var name: String = ""
        /// What it wants to know of the member.
        public var metadata: ByteBuffer = ByteBuffer()

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&name)
            try coder.bytes(&metadata)
            try coder.tags()
        }
    }

    /// The group.
    public var groupID: String = ""
    /// How long without a sign of life.
    public var sessionTimeoutMilliseconds: Int32 = 0
    /// How long a rebalance may take.
    public var rebalanceTimeoutMilliseconds: Int32 = -1
    /// The member; empty at first.
    public var memberID: String = ""
    /// The static member.
    public var instanceID: String?
    /// `consumer`.
    public var protocolType: String = ""
    /// The assignors, the best first.
    public var protocols: [GroupProtocol] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.string(&groupID)
        try coder.integer(&sessionTimeoutMilliseconds)
        if coder.version >= 1 { try coder.integer(&rebalanceTimeoutMilliseconds) }
        try coder.string(&memberID)
        if coder.version >= 5 { try coder.nullableString(&instanceID) }
        try coder.string(&protocolType)
        try coder.array(&protocols)
        try coder.tags()
    }
}

/// A generation of a group.
public struct JoinGroupResponse: WireElement {
    /// A member.
    public struct Member: WireElement {
        /// Its id.
        public var memberID: String = ""
        /// The static member.
        public var instanceID: String?
        /// What the assignor wants to know of it.
        public var metadata: ByteBuffer = ByteBuffer()

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&memberID)
            if coder.version >= 5 { try coder.nullableString(&instanceID) }
            try coder.bytes(&metadata)
            try coder.tags()
        }
    }

    /// How long the client is to wait: never, here.
    public var throttleMilliseconds: Int32 = 0
    /// Why not.
    public var error: ErrorCode = .none
    /// The new generation.
    public var generation: Int32 = -1
    /// `consumer`.
    public var protocolType: String?
    /// The assignor.
    public var protocolName: JoinGroupProtocolName = JoinGroupProtocolName()
    /// The member that assigns.
    public var leader: String = ""
    /// The member that asked.
    public var memberID: String = ""
    /// For the leader: all members.
    public var members: [Member] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version >= 2 { try coder.integer(&throttleMilliseconds) }
        try coder.error(&error)
        try coder.integer(&generation)
        if coder.version >= 7 { try coder.nullableString(&protocolType) }
        try protocolName.code(&coder)
        try coder.string(&leader)
        try coder.string(&memberID)
        try coder.array(&members)
        try coder.tags()
    }
}
