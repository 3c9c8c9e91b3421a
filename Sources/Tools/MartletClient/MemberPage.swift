public import Events

/// A page of a conversation's members.
public struct MemberPage: Sendable, Equatable {
    /// One of them.
    public struct Member: Sendable, Hashable {
        /// Who.
        public var account: AccountID
        /// What the account is called, if it has said so.
        public var name: String?
        /// What it is; `nil` in a direct conversation.
        public var role: MemberRole?

        /// A member of its parts.
        public init(_ account: AccountID, name: String? = nil, role: MemberRole? = nil) {
            self.account = account
            self.name = name
            self.role = role
        }
    }

    /// The members.
    public var members: [Member]
    /// Gets the next page; `nil`: there is none.
    public var nextCursor: String?

    /// A page of its parts.
    public init(members: [Member], nextCursor: String? = nil) {
        self.members = members
        self.nextCursor = nextCursor
    }
}

extension MemberPage {
    init(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        self.init(members: [])
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "members" {
                members = try reader.elements(Self.member)
            } else if key == "next_cursor" {
                nextCursor = try reader.string()
            } else {
                try reader.skipValue()
            }
        }
    }

    private static func member(
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> Member? {
        var account: AccountID?
        var name: String?
        var role: MemberRole?
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "account_id" {
                account = try reader.identifier()
            } else if key == "name" {
                name = try reader.string()
            } else if key == "role" {
                role = try reader.role()
            } else {
                try reader.skipValue()
            }
        }
        return account.map { Member($0, name: name, role: role) }
    }
}
