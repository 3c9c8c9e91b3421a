public import Conversations
public import Events

/// A place in the list of a conversation's members.
public struct MemberCursor: Hashable, Sendable, CustomStringConvertible {
    /// The role of the member before.
    public let role: Role
    /// The member before.
    public let account: AccountID

    /// A cursor of its parts.
    public init(role: Role, account: AccountID) {
        self.role = role
        self.account = account
    }

    /// Reads what `description` shows; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= 64, let role = Role(name: parts[0]),
            let account = AccountID(parts[1])
        else { return nil }
        self.init(role: role, account: account)
    }

    /// An opaque text for clients.
    public var description: String { "\(role.name).\(account)" }
}
