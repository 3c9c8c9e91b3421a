import Events
import MartletClient

/// One line of a conversation: a message, something that happened, or something that could not be done.
struct ChatLine: Equatable {
    /// What it shows.
    enum Body: Equatable {
        case message(MessageContent)
        case event(ConversationEvent)
        /// What was typed, and why it was not done.
        case complaint(String)
    }

    /// The message's id, or the submission's that asked for what happened.
    let id: SubmissionID
    let isMine: Bool
    let sender: AccountID
    var body: Body
    var time: Timestamp
    var seq: UInt64?
    var isAccepted = false
    /// Why it failed.
    var failure: String?
    var replyTo: SubmissionID?
    var isEdited = false
    var isStarred = false
    var expiresAt: Timestamp?
    var tally = MessageTally()
    /// What happened to the message up to this seq is in here.
    var stateSeq: UInt64 = 0

    /// Whether it is a message: those are counted by `/numbers`.
    var isMessage: Bool {
        if case .message = body { true } else { false }
    }

    /// What the message says; `nil`: it is none.
    var content: MessageContent? {
        if case .message(let content) = body { content } else { nil }
    }

    /// A message's text, or in words what it is.
    var text: String { content.map { ContentText.line($0) } ?? "" }
}
