public import Events

/// A page of a list of accounts: contacts, those who wait to be let in, those who are banned.
public struct AccountPage: Sendable, Equatable {
    /// One of them.
    public struct Entry: Sendable, Hashable {
        /// Who.
        public var account: AccountID
        /// What the account is called, if it has said so.
        public var name: String?

        /// An account with its name.
        public init(_ account: AccountID, name: String? = nil) {
            self.account = account
            self.name = name
        }
    }

    /// The accounts.
    public var entries: [Entry]
    /// Gets the next page; `nil`: there is none.
    public var nextCursor: String?

    /// A page of its parts.
    public init(entries: [Entry], nextCursor: String? = nil) {
        self.entries = entries
        self.nextCursor = nextCursor
    }
}

extension AccountPage {
    /// Reads the page that comes next, whose list has this name; an entry of another shape is not in the list.
    init(
        reading reader: inout JSONReader,
        list name: StaticString
    ) throws(JSONReader.Malformed) {
        self.init(entries: [])
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == name {
                entries = try reader.elements { (reader) throws(JSONReader.Malformed) in
                    try reader.tolerantly(Self.entry)
                }
            } else if key == "next_cursor" {
                nextCursor = try reader.string()
            } else {
                try reader.skipValue()
            }
        }
    }

    private static func entry(
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> Entry? {
        var account: AccountID?
        var name: String?
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "account_id" {
                account = try reader.identifier()
            } else if key == "name" {
                name = try reader.string()
            } else {
                try reader.skipValue()
            }
        }
        return account.map { Entry($0, name: name) }
    }
}
