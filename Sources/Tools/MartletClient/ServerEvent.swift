/// What happened, as event frames and history pages tell it.
public enum ServerEvent: Sendable, Equatable {
    /// A message was posted.
    case message(MessageEvent)
    /// How far one's own messages came.
    case ticks(TicksEvent)
    /// A message of one's own, or something else that was asked for, was refused after it had been accepted.
    case rejected(RejectedEvent)
    /// Something else: what happened in a conversation; without that: of a kind that this client does not know, or junk.
    case unknown(kind: String, ConversationEvent? = nil)

    /// What happened in a conversation besides a message.
    public var conversationEvent: ConversationEvent? {
        if case .unknown(_, let event) = self { event } else { nil }
    }
}
