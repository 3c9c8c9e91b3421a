public import Conversations
public import Events

/// A link to join by that was not revoked.
public struct StoredInvite: Equatable, Sendable {
    /// What is in the link.
    public var token: InviteToken
    /// Its terms, and how often it was used.
    public var terms: Invite
    /// Who made it.
    public var creator: AccountID
    /// When.
    public var createdTime: Timestamp
}
