// SyncGroup, versions 0 to 5.

public import NIOCore

/// Gives and asks for the assignment.
public struct SyncGroupRequest: WireRequest {
    /// The answer.
    public typealias Response = SyncGroupResponse

    /// The number of this kind of request.
    public static let key = APIKey.syncGroup
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...5
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 4

    /// A member's assignment.
    public struct Assignment: WireElement {
        /// The member.
        public var memberID: String = ""
        /// What it gets.
        public var assignment: ByteBuffer = ByteBuffer()

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&memberID)
            try coder.bytes(&assignment)
            try coder.tags()
        }
    }

    /// The group.
    public var groupID: String = ""
    /// The generation.
    public var generation: Int32 = 0
    /// The member.
    public var memberID: String = ""
    /// The static member.
    public var instanceID: String?
    /// `consumer`.
    public var protocolType: String?
    /// The assignor.
    public var protocolName: String?
    /// From the leader: who gets what.
    public var assignments: [Assignment] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.string(&groupID)
        try coder.integer(&generation)
        try coder.string(&memberID)
        if coder.version >= 3 { try coder.nullableString(&instanceID) }
        if coder.version >= 5 { try coder.nullableString(&protocolType) }
        if coder.version >= 5 { try coder.nullableString(&protocolName) }
        try coder.array(&assignments)
        try coder.tags()
    }
}

/// A member's assignment.
public struct SyncGroupResponse: WireElement {
    /// How long the client is to wait: never, here.
    public var throttleMilliseconds: Int32 = 0
    /// Why not.
    public var error: ErrorCode = .none
    /// `consumer`.
    public var protocolType: String?
    /// The assignor.
    public var protocolName: String?
    /// What the member gets.
    public var assignment: ByteBuffer = ByteBuffer()

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version >= 1 { try coder.integer(&throttleMilliseconds) }
        try coder.error(&error)
        if coder.version >= 5 { try coder.nullableString(&protocolType) }
        if coder.version >= 5 { try coder.nullableString(&protocolName) }
        try coder.bytes(&assignment)
        try coder.tags()
    }
}
