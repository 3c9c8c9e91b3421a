public import Events

/// Who asks, and when: what an account is shown depends on both.
public struct Viewer: Hashable, Sendable {
    /// The account.
    public let account: AccountID
    /// The moment of asking: what has disappeared by then is not shown.
    public let now: Timestamp

    /// An account that asks at this moment.
    public init(_ account: AccountID, at now: Timestamp) {
        self.account = account
        self.now = now
    }
}
