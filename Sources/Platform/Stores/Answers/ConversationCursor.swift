public import Events

/// A place in the list of an account's conversations.
public struct ConversationCursor: Hashable, Sendable, CustomStringConvertible {
    /// When the conversation was last spoken in, as far as the account knows.
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
