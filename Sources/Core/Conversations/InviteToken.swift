public import Events

/// What is in a link to join by: the conversation and the secret of the invite, so that it says by itself where it leads.
public struct InviteToken: Hashable, Sendable, CustomStringConvertible {
    /// Where it leads.
    public let conversation: ConversationID
    /// What lets one in.
    public let secret: InviteSecret

    /// A token of its parts.
    public init(_ conversation: ConversationID, _ secret: InviteSecret) {
        self.conversation = conversation
        self.secret = secret
    }

    /// Reads the 52 characters that `description` shows; `nil` if they are not that.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 52,
            let conversation = ConversationID(text.prefix(26)),
            let secret = InviteSecret(text.suffix(26))
        else { return nil }
        self.init(conversation, secret)
    }

    /// The two identifiers, one after the other.
    public var description: String { "\(conversation)\(secret)" }
}
