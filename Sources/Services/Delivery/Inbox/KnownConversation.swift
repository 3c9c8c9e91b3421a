import Conversations
import Events
import Flow

/// What typing in a conversation asks of it: whether it is a direct one, and whose, a group or a channel.
///
/// It never changes.
struct KnownConversation: Equatable, Sendable {
    typealias Kind = ConversationKind

    /// The two accounts of a direct conversation.
    struct Pair: Equatable, Sendable {
        let first: AccountID
        let second: AccountID

        /// The one that is not this one; `nil`: this one is neither, or both.
        func other(than account: AccountID) -> AccountID? {
            guard first != second else { return nil }
            return account == first ? second : account == second ? first : nil
        }
    }

    let kind: Kind
    /// Of a direct conversation only.
    var pair: Pair?
}

extension InboxEntry {
    /// The conversation that it is an event of.
    var conversation: ConversationID? {
        if case .members(let conversation, _) = scope { return conversation }
        return mark?.conversation
    }

    /// What it says about its conversation; `nil`: not enough.
    var knownConversation: KnownConversation? {
        guard case .event(let event)? = try? InboxMessage(value).body else { return nil }
        guard event.kind == .direct else { return KnownConversation(kind: event.kind) }
        return event.recipient.map {
            KnownConversation(kind: .direct, pair: .init(first: event.sender, second: $0))
        }
    }
}
