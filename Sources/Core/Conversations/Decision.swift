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
    /// The id is that of a message, of another account.
    public static let usedID = RejectionReason(
        code: "invalid_id",
        detail: "a message of this conversation has this id"
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
    /// There is no such conversation.
    public static let conversationNotFound = RejectionReason(
        code: "conversation_not_found",
        detail: "there is no such conversation"
    )
    /// A group or channel under this id was made before.
    public static let alreadyExists = RejectionReason(
        code: "already_exists",
        detail: "a conversation has this id already"
    )
    /// Only members may.
    public static let notAMember = RejectionReason(
        code: "not_a_member",
        detail: "only members may do that"
    )
    /// The role is too low, or the other's too high.
    public static let notAllowed = RejectionReason(
        code: "not_allowed",
        detail: "the role in this conversation does not allow that"
    )
    /// The sender has blocked the other account.
    public static let blocked = RejectionReason(
        code: "blocked",
        detail: "the other account is blocked; unblock it first"
    )
    /// The account may not come in.
    public static let banned = RejectionReason(
        code: "banned",
        detail: "the account is banned from this conversation"
    )
    /// There is no such message, or it is gone.
    public static let messageNotFound = RejectionReason(
        code: "message_not_found",
        detail: "there is no such message here, or it is gone"
    )
    /// The message is too old for that.
    public static let tooLate = RejectionReason(
        code: "too_late",
        detail: "a message can be edited for 15 minutes and taken back for 2 days"
    )
    /// Accounts that can't be meant.
    public static let invalidMembers = RejectionReason(
        code: "invalid_members",
        detail: "1 to 256 accounts that are not members; in a channel one at a time"
    )
    /// As many members as there can be.
    public static let full = RejectionReason(
        code: "conversation_full",
        detail: "the conversation has as many members as it can have"
    )
    /// A name, description or picture beyond the limits.
    public static let invalidProfile = RejectionReason(
        code: "invalid_profile",
        detail: "a name has 1 to 100 characters, a description at most 1,024"
    )
    /// Settings that the conversation can't have.
    public static let invalidSettings = RejectionReason(
        code: "invalid_settings",
        detail: "the conversation can't have these settings"
    )
    /// An invite that is of no use.
    public static let invalidInvite = RejectionReason(
        code: "invalid_invite",
        detail: "the invite is unknown, used up, revoked or has expired"
    )
    /// A bound was reached.
    public static let tooMany = RejectionReason(
        code: "too_many",
        detail: "there are as many of these as there can be"
    )
    /// It is so already.
    public static let noChange = RejectionReason(
        code: "no_change",
        detail: "nothing would change"
    )
    /// A reaction or a vote that the message does not take.
    public static let invalidReaction = RejectionReason(
        code: "invalid_reaction",
        detail: "a reaction is one emoji, a vote names options of the poll"
    )
}
