public import Events

/// One of the asking account's contacts.
public struct StoredContact: Hashable, Sendable {
    /// Who.
    public var account: AccountID
    /// What the account is called, if it has said so.
    public var name: String?
    /// Since when.
    public var since: Timestamp
}
