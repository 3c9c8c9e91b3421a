public import Events

/// A place in the list of an account's starred messages.
public struct StarCursor: Hashable, Sendable, CustomStringConvertible {
    /// When the message was starred.
    public let starredTime: Timestamp
    /// Its conversation.
    public let conversation: ConversationID
    /// The message.
    public let message: SubmissionID

    /// A cursor of its parts.
    public init(starredTime: Timestamp, conversation: ConversationID, message: SubmissionID) {
        self.starredTime = starredTime
        self.conversation = conversation
        self.message = message
    }

    /// Reads what `description` shows; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, text.utf8.count <= 96, let time = Int64(parts[0]),
            let conversation = ConversationID(parts[1]), let message = SubmissionID(parts[2])
        else { return nil }
        self.init(
            starredTime: Timestamp(milliseconds: time),
            conversation: conversation,
            message: message
        )
    }

    /// An opaque text for clients.
    public var description: String { "\(starredTime.milliseconds).\(conversation).\(message)" }
}
