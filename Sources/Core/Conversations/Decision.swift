/// What comes of a submission.
public enum Decision: Equatable, Sendable {
    /// It is accepted as these events, in order.
    case accept([TimelineEvent])
    /// It was accepted before: nothing happens.
    case duplicate
    /// It is refused; the sender hears of it.
    case reject(RejectionReason)
}

/// Why a submission was refused: a stable code and words for people.
public struct RejectionReason: Equatable, Sendable {
    /// A stable word that clients act on.
    public let code: String
    /// An explanation; never a message's text.
    public let detail: String

    /// A reason of its parts.
    public init(code: String, detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The id's time is longer ago than submissions are kept.
    public static let tooOld = RejectionReason(
        code: "too_old",
        detail: "the id is older than 14 days; send it again under a new one"
    )
    /// The id's time lies in the future.
    public static let clockAhead = RejectionReason(
        code: "clock_ahead",
        detail: "the id's time is more than 24 hours ahead"
    )
    /// The id is not a UUIDv7.
    public static let invalidID = RejectionReason(
        code: "invalid_id",
        detail: "an id is a UUIDv7"
    )
    /// The conversation is not the one between sender and recipient.
    public static let invalidConversation = RejectionReason(
        code: "invalid_conversation",
        detail: "the conversation is not that of sender and recipient"
    )
    /// Sender and recipient are one account.
    public static let invalidRecipient = RejectionReason(
        code: "invalid_recipient",
        detail: "a direct message goes to another account"
    )
    /// The text is empty or not UTF-8.
    public static let invalidMessage = RejectionReason(
        code: "invalid_message",
        detail: "a message's text is 1 to 4,096 characters of UTF-8"
    )
    /// The text is longer than the limits allow.
    public static let messageTooLong = RejectionReason(
        code: "message_too_long",
        detail: "a message's text is 1 to 4,096 characters of UTF-8"
    )
    /// A request, or a kind of conversation, that this version does not know.
    public static let unsupported = RejectionReason(
        code: "unsupported",
        detail: "this version can't do that"
    )
}
