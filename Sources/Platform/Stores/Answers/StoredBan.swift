public import Events

/// Somebody who may not come into a conversation.
public struct StoredBan: Hashable, Sendable {
    /// Who.
    public var account: AccountID
    /// What the account is called, if it has said so.
    public var name: String?
    /// Who said so.
    public var bannedBy: AccountID
    /// When.
    public var bannedTime: Timestamp
}
