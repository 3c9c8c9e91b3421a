public import Events

/// Who has a message.
public struct MessageReceipts: Hashable, Sendable {
    /// One member's.
    public struct Member: Hashable, Sendable {
        /// The member.
        public var account: AccountID
        /// When it reached a device of the account; `nil`: not yet.
        public var deliveredTime: Timestamp?
        /// When the person saw it; `nil`: not yet, or the author is not told.
        public var readTime: Timestamp?
    }

    /// What is told of them.
    public enum Extent: Hashable, Sendable {
        /// A page of those who could see it, but the sender, by account; and where the list goes on.
        case members([Member], next: AccountID?)
        /// In a channel: how many of those who follow it since before the message have read it; `nil`: the author is not told, or has left.
        case readCount(Int64?)
    }

    /// The message.
    public var messageID: SubmissionID
    /// Its conversation.
    public var conversation: ConversationID
    /// Its place there.
    public var seq: Int64
    /// Who sent it.
    public var sender: AccountID
    /// Who has it.
    public var extent: Extent

    /// The members on the page; none in a channel.
    public var members: [Member] {
        if case .members(let members, _) = extent { members } else { [] }
    }
}
