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

    /// Chosen by this device: a UUIDv7.
    public var id: SubmissionID
    /// To whom.
    public var recipient: Recipient
    /// The text, 1 to 4,096 characters.
    public var text: String
    /// What this device's clock says.
    public var clientTimestamp: Timestamp?

    /// A message of its parts.
    public init(
        id: SubmissionID,
        to recipient: Recipient,
        text: String,
        clientTimestamp: Timestamp? = nil
    ) {
        self.id = id
        self.recipient = recipient
        self.text = text
        self.clientTimestamp = clientTimestamp
    }
}
