/// Events of a conversation, and whether there are more in that direction.
public struct EventPage: Equatable, Sendable {
    /// The events, in the order asked for.
    public var events: [PageEvent]
    /// Whether there are more after the last of them.
    public var hasMore: Bool
    /// How far what the asking account sent in the conversation has come; `nil` in a channel, and for who has left.
    public var ticks: ConversationTicks?
    /// What should be among them and can't be read, the lowest first.
    public var missing: [MissingEvents] = []
}
