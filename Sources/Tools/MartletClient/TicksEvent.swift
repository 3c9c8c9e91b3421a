public import Events

/// All of one's own messages up to these places have been delivered to, or read by, everyone.
public struct TicksEvent: Sendable, Equatable {
    /// The conversation.
    public var conversationID: ConversationID
    /// Two ticks up to here.
    public var deliveredSeq: UInt64
    /// Blue ticks up to here.
    public var readSeq: UInt64

    /// Ticks of their parts.
    public init(conversationID: ConversationID, deliveredSeq: UInt64, readSeq: UInt64) {
        self.conversationID = conversationID
        self.deliveredSeq = deliveredSeq
        self.readSeq = readSeq
    }
}
