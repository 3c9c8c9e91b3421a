public import Conversations
public import Events

/// A conversation as one of those who are or were in it sees it in the list.
public struct ConversationSummary: Equatable, Sendable {
    /// The conversation.
    public var conversation: ConversationID
    /// Its kind; `nil`: one of a later version.
    public var kind: ConversationKind?
    /// What it is called: of a direct one the other account's name, if it has one; for who has left, as it was then.
    public var name: String?
    /// A media id; for who has left, as it was then.
    public var picture: String?
    /// What the account is in it; `nil` in a direct one, and for who has left.
    public var role: Role?
    /// How many members it has; `nil` for who has left.
    public var memberCount: Int64?
    /// The two of a direct one; nobody otherwise.
    public var members: [AccountID]
    /// The seq of the last event that the account may see.
    public var lastSeq: Int64
    /// How many messages it had had by then.
    public var messageCount: Int64
    /// How many of those that the account may see came after what it has read or sent itself.
    public var unreadCount: Int64
    /// Up to where the account has read.
    public var readSeq: Int64
    /// How far what the account sent has come; `nil` in a channel, and for who has left.
    public var ticks: ConversationTicks?
    /// When it was last spoken in, as far as the account knows.
    public var lastServerTime: Timestamp
    /// The last event that the account may see.
    public var lastEvent: PageEvent?
    /// No notifications before then; 0: not muted.
    public var mutedUntil: Timestamp
    /// Whether the account has put it away.
    public var isArchived: Bool

    /// Where the list goes on after it.
    public var cursor: ConversationCursor {
        ConversationCursor(lastServerTime: lastServerTime, conversation: conversation)
    }
}
