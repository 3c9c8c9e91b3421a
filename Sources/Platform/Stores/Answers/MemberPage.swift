public import Conversations
public import Events

/// Members of a conversation: those of a higher role first, those of one role by account.
public struct MemberPage: Equatable, Sendable {
    /// One of them.
    public struct Member: Hashable, Sendable {
        /// Who.
        public var account: AccountID
        /// What the account is called, if it has said so.
        public var name: String?
        /// What it is; `nil` in a direct conversation.
        public var role: Role?
        /// When it came, the last time.
        public var joinedTime: Timestamp
    }

    /// The members.
    public var members: [Member]
    /// Where the list goes on; `nil`: there is no more.
    public var next: MemberCursor?
}
