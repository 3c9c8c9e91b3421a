public import Events

/// A message to be posted.
///
/// The id is the idempotency key: whoever does not know whether a message arrived posts it again with the same id.
public struct OutgoingMessage: Sendable, Equatable {
    /// To whom.
    public enum Recipient: Sendable, Hashable {
        /// An account.
        case account(AccountID)
        /// A phone number or an e-mail address.
        case address(String)
        /// A group or a channel.
        case conversation(ConversationID)

        /// The JSON key and value that name the recipient.
        var field: (key: StaticString, value: String) {
            switch self {
            case .account(let account): ("recipient", account.description)
            case .address(let address): ("recipient", address)
            case .conversation(let conversation): ("recipient_group", conversation.description)
            }
        }
    }

    /// What it says.
    public enum Content: Sendable, Hashable {
        /// A text of 1 to 4,096 characters.
        case text(String)
        /// A poll.
        case poll(Poll)
    }

    /// Chosen by this device: a UUIDv7.
    public var id: SubmissionID
    /// To whom.
    public var recipient: Recipient
    /// What it says.
    public var content: Content
    /// The message that it answers.
    public var replyTo: SubmissionID?
    /// What this device's clock says.
    public var clientTimestamp: Timestamp?

    /// The text; of a poll, its question.
    public var text: String {
        switch content {
        case .text(let text): text
        case .poll(let poll): poll.question
        }
    }

    /// How much it says, in bytes of UTF-8.
    public var contentBytes: Int {
        switch content {
        case .text(let text): text.utf8.count
        case .poll(let poll):
            poll.options.reduce(poll.question.utf8.count) { $0 + $1.utf8.count }
        }
    }

    /// A message of its parts.
    public init(
        id: SubmissionID,
        to recipient: Recipient,
        content: Content,
        replyTo: SubmissionID? = nil,
        clientTimestamp: Timestamp? = nil
    ) {
        self.id = id
        self.recipient = recipient
        self.content = content
        self.replyTo = replyTo
        self.clientTimestamp = clientTimestamp
    }

    /// A text.
    public init(
        id: SubmissionID,
        to recipient: Recipient,
        text: String,
        clientTimestamp: Timestamp? = nil
    ) {
        self.init(
            id: id,
            to: recipient,
            content: .text(text),
            clientTimestamp: clientTimestamp
        )
    }
}
