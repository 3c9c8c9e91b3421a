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
        /// Only its sender is told of it; so it takes nothing away that the other account was told.
        let isWithheld: Bool
    }

    /// What a text stands in: a message, or an edit of one.
    struct Subject: Hashable, Sendable {
        let conversation: ConversationID
        let messageSeq: UInt64
        let seq: UInt64
        let isWithheld: Bool
    }

    /// A message, and whether it is about changes that only its author is told of.
    private struct Message: Hashable {
        let conversation: ConversationID
        let seq: UInt64
        let isWithheld: Bool
    }

    private var newest: [Message: Change] = [:]

    init() {}

    /// Whether every text is shown.
    var isEmpty: Bool { newest.isEmpty }

    /// Folds a change in; an older one changes nothing.
    mutating func apply(_ change: Change) {
        let message = Message(
            conversation: change.conversation,
            seq: change.messageSeq,
            isWithheld: change.isWithheld
        )
        guard change.seq > newest[message]?.seq ?? 0 else { return }
        newest[message] = change
    }

    /// Why a text is not to be shown; `nil`: it is.
    func missing(_ subject: Subject) -> EventJSON.MissingContent? {
        let kinds = subject.isWithheld ? [false, true] : [false]
        let changes = kinds.compactMap { isWithheld in
            newest[
                Message(
                    conversation: subject.conversation,
                    seq: subject.messageSeq,
                    isWithheld: isWithheld
                )
            ]
        }
        guard let change = changes.max(by: { $0.seq < $1.seq }), change.seq > subject.seq else {
            return nil
        }
        return change.isDeletion ? .deleted : .edited
    }
}
