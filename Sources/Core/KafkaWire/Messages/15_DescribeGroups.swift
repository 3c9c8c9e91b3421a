// DescribeGroups, versions 0 to 5.

public import NIOCore

/// Asks for groups' members.
public struct DescribeGroupsRequest: WireRequest {
    /// The answer.
    public typealias Response = DescribeGroupsResponse

    /// The number of this kind of request.
    public static let key = APIKey.describeGroups
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...5
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 5

    /// The groups.
    public var groups: [String] = []
    /// Whether authorised operations are wanted.
    public var includesOperations: Bool = false

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.array(&groups)
        if coder.version >= 3 { try coder.bool(&includesOperations) }
        try coder.tags()
    }
}

/// Groups and their members.
public struct DescribeGroupsResponse: WireElement {
    /// A member.
    public struct Member: WireElement {
        /// Its id.
        public var memberID: String = ""
        /// The static member.
        public var instanceID: String?
        /// The client's name.
        public var clientID: String = ""
        /// Its address.
        public var clientHost: String = ""
        /// What the assignor knows of it.
        public var metadata: ByteBuffer = ByteBuffer()
        /// What it has.
        public var assignment: ByteBuffer = ByteBuffer()

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&memberID)
            if coder.version >= 4 { try coder.nullableString(&instanceID) }
            try coder.string(&clientID)
            try coder.string(&clientHost)
            try coder.bytes(&metadata)
            try coder.bytes(&assignment)
            try coder.tags()
        }
    }

    /// A group.
    public struct Group: WireElement {
        /// Why not.
        public var error: ErrorCode = .none
        /// Its name.
        public var groupID: String = ""
        /// Its state.
        public var state: String = ""
        /// `consumer`.
        public var protocolType: String = ""
        /// The assignor.
        public var protocolName: String = ""
        /// Its members.
        public var members: [Member] = []
        /// Not told.
        public var operations: Int32 = Int32.min

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.error(&error)
            try coder.string(&groupID)
            try coder.string(&state)
            try coder.string(&protocolType)
            try coder.string(&protocolName)
            try coder.array(&members)
            if coder.version >= 3 { try coder.integer(&operations) }
            try coder.tags()
        }
    }

    /// How long the client is to wait: never, here.
    public var throttleMilliseconds: Int32 = 0
    /// The groups.
    public var groups: [Group] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version >= 1 { try coder.integer(&throttleMilliseconds) }
        try coder.array(&groups)
        try coder.tags()
    }
}
