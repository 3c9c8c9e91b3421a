public import Events

/// A place in the list of an account's conversations.
public struct ConversationCursor: Hashable, Sendable, CustomStringConvertible {
    /// When the conversation was last spoken in.
    public let lastServerTime: Timestamp
    /// The conversation.
    public let conversation: ConversationID

    /// A cursor of its parts.
    public init(lastServerTime: Timestamp, conversation: ConversationID) {
        self.lastServerTime = lastServerTime
        self.conversation = conversation
    }

    /// Reads what `description` shows; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= 64, let time = Int64(parts[0]),
            let conversation = ConversationID(parts[1])
        else { return nil }
        self.init(lastServerTime: Timestamp(milliseconds: time), conversation: conversation)
    }

    /// An opaque text for clients.
    public var description: String { "\(lastServerTime.milliseconds).\(conversation)" }
}

/// A conversation as one of its members sees it in the list.
public struct ConversationSummary: Hashable, Sendable {
    /// The conversation.
    public var conversation: ConversationID
    /// Its kind.
    public var kind: PBConversationKind
    /// The name of the other account, if it is direct and the account has one.
    public var name: String?
    /// Who is in it; the two of a direct one.
    public var members: [AccountID]
    /// The seq of its last event.
    public var lastSeq: Int64
    /// How many messages it has had.
    public var messageCount: Int64
    /// How many of them came after what the account has read or sent itself.
    public var unreadCount: Int64
    /// Up to where the account has read.
    public var readSeq: Int64
    /// How far what the account sent has come.
    public var ticks: ConversationTicks
    /// When it was last spoken in.
    public var lastServerTime: Timestamp
    /// The last event that the account may see.
    public var lastEvent: StoredEvent?

    /// Where the list goes on after it.
    public var cursor: ConversationCursor {
        ConversationCursor(lastServerTime: lastServerTime, conversation: conversation)
    }
}

/// How far what an account sent in a conversation has come: what turns its ticks.
public struct ConversationTicks: Hashable, Sendable {
    /// Everything that the account sent up to here has reached every other member.
    public var deliveredSeq: Int64
    /// Everything that the account sent up to here was read by every other member.
    public var readSeq: Int64
}

/// Which events of a conversation are asked for.
public struct PageRequest: Hashable, Sendable {
    /// From where, in which direction.
    public enum Start: Hashable, Sendable {
        /// The newest, newest first.
        case newest
        /// Those before a seq, newest first.
        case before(Int64)
        /// Those after a seq, oldest first.
        case after(Int64)
    }

    /// From where, in which direction.
    public var start: Start
    /// How many at most.
    public var limit: Int

    /// A request of its parts; the limit is brought into 1 … `Limits.historyPageEventsMax`.
    public init(_ start: Start, limit: Int = Limits.historyPageEvents) {
        self.start = start
        self.limit = min(max(limit, 1), Limits.historyPageEventsMax)
    }
}

/// Events of a conversation, and whether there are more in that direction.
public struct EventPage: Hashable, Sendable {
    /// The events, in the order asked for.
    public var events: [StoredEvent]
    /// Whether there are more after the last of them.
    public var hasMore: Bool
    /// How far what the asking account sent in the conversation has come.
    public var ticks: ConversationTicks
}

/// Who has a message.
public struct MessageReceipts: Hashable, Sendable {
    /// One member's.
    public struct Member: Hashable, Sendable {
        /// The member.
        public var account: AccountID
        /// When it reached a device of the account; `nil`: not yet.
        public var deliveredTime: Timestamp?
        /// When the person saw it; `nil`: not yet.
        public var readTime: Timestamp?
    }

    /// The message.
    public var messageID: SubmissionID
    /// Its conversation.
    public var conversation: ConversationID
    /// Its place there.
    public var seq: Int64
    /// Who sent it.
    public var sender: AccountID
    /// Everybody but the sender, by account.
    public var members: [Member]
}
