public import Events

/// The account has read a conversation up to a place, on whichever of its devices.
public struct ReadEvent: Sendable, Hashable {
    /// The conversation.
    public var conversationID: ConversationID
    /// Everything up to here is read.
    public var seq: UInt64

    /// A mark of its parts.
    public init(conversationID: ConversationID, seq: UInt64) {
        self.conversationID = conversationID
        self.seq = seq
    }
}
