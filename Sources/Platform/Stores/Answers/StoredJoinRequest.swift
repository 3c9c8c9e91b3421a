public import Events

/// Somebody who waits to be let into a conversation.
public struct StoredJoinRequest: Hashable, Sendable {
    /// Who.
    public var account: AccountID
    /// What the account is called, if it has said so.
    public var name: String?
    /// Since when.
    public var requestedTime: Timestamp
}
