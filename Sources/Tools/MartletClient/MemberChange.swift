public import Events

/// An account that an event made a member, gave another role, or after which it is no member any more.
public struct MemberChange: Sendable, Hashable {
    /// Who.
    public var account: AccountID
    /// What it is from then on; `nil`: no member.
    public var role: MemberRole?

    /// A change of its parts.
    public init(_ account: AccountID, _ role: MemberRole?) {
        self.account = account
        self.role = role
    }
}
