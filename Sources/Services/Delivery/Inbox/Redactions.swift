import Conversations
import Events

/// Which messages say something else by now, or nothing any more: their earlier text is in no frame from then on.
struct Redactions: Sendable {
    /// An edit or a deletion.
    struct Change: Hashable, Sendable {
        let conversation: ConversationID
        /// The message that it is about.
        let messageSeq: UInt64
        /// Its own seq.
        let seq: UInt64
        let isDeletion: Bool
    }

    /// What a text stands in: a message, or an edit of one.
    struct Subject: Hashable, Sendable {
        let conversation: ConversationID
        let messageSeq: UInt64
        let seq: UInt64
    }

    private struct Message: Hashable {
        let conversation: ConversationID
        let seq: UInt64
    }

    private var newest: [Message: Change] = [:]

    init() {}

    /// Whether every text is shown.
    var isEmpty: Bool { newest.isEmpty }

    /// Folds a change in; an older one changes nothing.
    mutating func apply(_ change: Change) {
        let message = Message(conversation: change.conversation, seq: change.messageSeq)
        guard change.seq > newest[message]?.seq ?? 0 else { return }
        newest[message] = change
    }

    /// Why a text is not to be shown; `nil`: it is.
    func missing(_ subject: Subject) -> EventJSON.MissingContent? {
        let message = Message(conversation: subject.conversation, seq: subject.messageSeq)
        guard let change = newest[message], change.seq > subject.seq else { return nil }
        return change.isDeletion ? .deleted : .edited
    }
}
