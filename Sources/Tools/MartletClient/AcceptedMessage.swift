public import Events

/// The log has a message.
public struct AcceptedMessage: Sendable, Equatable {
    /// The message's id: the one that it was submitted with.
    public let messageID: SubmissionID
    /// The conversation it went to.
    public let conversationID: ConversationID
    /// When the server took it.
    public let serverTimestamp: Timestamp

    /// An answer of its parts.
    public init(
        messageID: SubmissionID,
        conversationID: ConversationID,
        serverTimestamp: Timestamp
    ) {
        self.messageID = messageID
        self.conversationID = conversationID
        self.serverTimestamp = serverTimestamp
    }
}
