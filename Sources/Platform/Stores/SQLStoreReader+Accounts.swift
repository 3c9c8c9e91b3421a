public import Accounts
public import Events

extension SQLStoreReader {
    /// Reads for somebody, unless the device that asks was removed from its account.
    func read<Value>(for viewer: Viewer, _ body: (StoreConnection) throws -> Value) throws -> Value
    {
        try read { database in
            try AccountQueries(database: database, viewer: viewer).admit()
            return try body(database)
        }
    }

    /// Lets the viewer ask, unless its device was removed from its account; every other call does so itself.
    public func admit(_ viewer: Viewer) throws {
        try read(for: viewer) { _ in }
    }

    /// The messages that an account has starred and may still see, the last starred first.
    public func starred(
        for viewer: Viewer,
        before cursor: StarCursor?,
        limit: Int
    ) throws -> StarPage {
        try read(for: viewer) {
            try StarQueries(database: $0, viewer: viewer).page(before: cursor, limit: limit)
        }
    }

    /// What is known of the account itself; `nil`: it was not heard of yet.
    public func profile(of viewer: Viewer) throws -> StoredProfile? {
        try read(for: viewer) { try AccountQueries(database: $0, viewer: viewer).profile() }
    }

    /// What an account lets others know.
    public func privacy(of viewer: Viewer) throws -> Privacy {
        try read(for: viewer) { try AccountQueries(database: $0, viewer: viewer).privacy() }
    }

    /// A page of an account's contacts, by account.
    public func contacts(
        of viewer: Viewer,
        after account: AccountID?,
        limit: Int
    ) throws -> StorePage<StoredContact, AccountID> {
        try read(for: viewer) {
            try AccountQueries(database: $0, viewer: viewer)
                .contacts(after: account, limit: limit)
        }
    }

    /// An account's devices that were not removed, the newest first.
    public func devices(of viewer: Viewer) throws -> [StoredDevice] {
        try read(for: viewer) { try AccountQueries(database: $0, viewer: viewer).devices() }
    }

    /// A page of those who wait to be let in, by account; for those who decide about them.
    public func joinRequests(
        to conversation: ConversationID,
        for viewer: Viewer,
        after account: AccountID?,
        limit: Int
    ) throws -> StoreAnswer<StorePage<StoredJoinRequest, AccountID>> {
        try read(for: viewer) {
            try AdmissionQueries(database: $0, viewer: viewer)
                .requests(to: conversation, after: account, limit: limit)
        }
    }

    /// A page of those who may not come in, by account; for those who decide about them.
    public func bans(
        from conversation: ConversationID,
        for viewer: Viewer,
        after account: AccountID?,
        limit: Int
    ) throws -> StoreAnswer<StorePage<StoredBan, AccountID>> {
        try read(for: viewer) {
            try AdmissionQueries(database: $0, viewer: viewer)
                .bans(from: conversation, after: account, limit: limit)
        }
    }
}
