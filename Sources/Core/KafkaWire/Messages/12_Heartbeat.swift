// Heartbeat, versions 0 to 4.

/// A member's sign of life.
public struct HeartbeatRequest: WireRequest {
    /// The answer.
    public typealias Response = HeartbeatResponse

    /// The number of this kind of request.
    public static let key = APIKey.heartbeat
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...4
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 4

    /// The group.
    public var groupID: String = ""
    /// The generation.
    public var generation: Int32 = 0
    /// The member.
    public var memberID: String = ""
    /// The static member.
    public var instanceID: String?

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.string(&groupID)
        try coder.integer(&generation)
        try coder.string(&memberID)
        if coder.version >= 3 { try coder.nullableString(&instanceID) }
        try coder.tags()
    }
}

/// The group's answer.
public struct HeartbeatResponse: WireElement {
    /// How long the client is to wait: never, here.
    public var throttleMilliseconds: Int32 = 0
    /// What the member must know.
    public var error: ErrorCode = .none

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version >= 1 { try coder.integer(&throttleMilliseconds) }
        try coder.error(&error)
        try coder.tags()
    }
}
