public import Events

/// A message, or whatever else was asked for, that the router refused.
public struct RejectedEvent: Sendable, Equatable {
    /// The message, or the submission that asked for something else.
    public var messageID: SubmissionID
    /// Where it was meant to go.
    public var conversationID: ConversationID?
    /// Why, in a stable word.
    public var code: String
    /// Why, in words for a person.
    public var detail: String

    /// A rejection of its parts.
    public init(
        messageID: SubmissionID,
        conversationID: ConversationID?,
        code: String,
        detail: String
    ) {
        self.messageID = messageID
        self.conversationID = conversationID
        self.code = code
        self.detail = detail
    }
}
