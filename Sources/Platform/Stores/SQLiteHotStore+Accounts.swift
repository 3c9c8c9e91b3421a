public import Accounts
public import Events

extension SQLiteHotStore {
    /// Lets the viewer ask, unless its device was removed from its account; every other call does so itself.
    public func admit(_ viewer: Viewer) throws { try reader.admit(viewer) }

    /// The messages that an account has starred and may still see, the last starred first.
    public func starred(
        for viewer: Viewer,
        before cursor: StarCursor?,
        limit: Int
    ) throws -> StorePage<PageEvent, StarCursor> {
        try reader.starred(for: viewer, before: cursor, limit: limit)
    }

    /// What an account lets others know.
    public func privacy(of viewer: Viewer) throws -> Privacy { try reader.privacy(of: viewer) }

    /// A page of an account's contacts, by account.
    public func contacts(
        of viewer: Viewer,
        after account: AccountID?,
        limit: Int
    ) throws -> StorePage<StoredContact, AccountID> {
        try reader.contacts(of: viewer, after: account, limit: limit)
    }

    /// An account's devices that were not removed, the newest first.
    public func devices(of viewer: Viewer) throws -> [StoredDevice] {
        try reader.devices(of: viewer)
    }

    /// A page of those who wait to be let in, by account; for those who decide about them.
    public func joinRequests(
        to conversation: ConversationID,
        for viewer: Viewer,
        after account: AccountID?,
        limit: Int
    ) throws -> StoreAnswer<StorePage<StoredJoinRequest, AccountID>> {
        try reader.joinRequests(to: conversation, for: viewer, after: account, limit: limit)
    }

    /// A page of those who may not come in, by account; for those who decide about them.
    public func bans(
        from conversation: ConversationID,
        for viewer: Viewer,
        after account: AccountID?,
        limit: Int
    ) throws -> StoreAnswer<StorePage<StoredBan, AccountID>> {
        try reader.bans(from: conversation, for: viewer, after: account, limit: limit)
    }
}
