// DeleteGroups, versions 0 to 2.

/// Deletes groups without members.
public struct DeleteGroupsRequest: WireRequest {
    /// The answer.
    public typealias Response = DeleteGroupsResponse

    /// The number of this kind of request.
    public static let key = APIKey.deleteGroups
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...2
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 2

    /// What is to go.
    public var groups: [String] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.array(&groups)
        try coder.tags()
    }
}

/// The outcomes of deleting groups.
public struct DeleteGroupsResponse: WireElement {
    /// A group's outcome.
    public struct Result: WireElement {
        /// Its name.
        public var groupID: String = ""
        /// Why not.
        public var error: ErrorCode = .none

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&groupID)
            try coder.error(&error)
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
