public import Events

/// The log has it.
public struct Accepted: Sendable, Equatable {
    /// The submission's id, which is the message's if it posts one.
    public let messageID: SubmissionID
    /// The conversation it went to.
    public let conversationID: ConversationID
    /// When it was taken.
    public let serverTimestamp: Timestamp

    /// An acceptance of its parts.
    public init(messageID: SubmissionID, conversationID: ConversationID, serverTimestamp: Timestamp)
    {
        self.messageID = messageID
        self.conversationID = conversationID
        self.serverTimestamp = serverTimestamp
    }
}
