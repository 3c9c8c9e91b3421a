/// What happened, as event frames and history pages tell it.
public enum ServerEvent: Sendable, Equatable {
    /// A message was posted.
    case message(MessageEvent)
    /// How far one's own messages came.
    case ticks(TicksEvent)
    /// A message of one's own, or something else that was asked for, was refused after it had been accepted.
    case rejected(RejectedEvent)
    /// Something else happened in a conversation.
    case conversation(ConversationEvent)
    /// The account has read a conversation up to a place.
    case read(ReadEvent)
    /// The account has changed something for itself.
    case personal(PersonalEvent)
    /// Of a kind that this client does not know, or without what its kind must have.
    case unknown(kind: String)
}
