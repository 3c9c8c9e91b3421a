/// The name of the assignor in a JoinGroup answer: may be null from version 7 on, and is empty instead before.
public struct JoinGroupProtocolName: WireElement {
    /// The name.
    public var name: String?

    /// No name.
    public init() {}

    /// A name.
    public init(_ name: String?) {
        self.name = name
    }

    /// Reads or writes the name.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version >= 7 {
            try coder.nullableString(&name)
        } else {
            var plain = name ?? ""
            try coder.string(&plain)
            name = plain
        }
    }
}
