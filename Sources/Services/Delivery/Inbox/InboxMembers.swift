import Conversations
import Events

/// Who of one inbox partition is or was in which group or channel, and what each may see of it.
///
/// A fold of the inbox: every record says who comes and goes by it. It may begin with a snapshot (`memberships`) that is ahead of
/// the records; coming and going twice by the same event changes nothing, so the result is the same.
struct InboxMembers: Sendable {
    private var byConversation: [ConversationID: [AccountID: Stays]] = [:]
    private var byAccount: [AccountID: Set<ConversationID>] = [:]

    init() {}

    /// The members of a conversation, former ones included.
    func members(of conversation: ConversationID) -> [AccountID: Stays] {
        byConversation[conversation] ?? [:]
    }

    /// What an account may see of groups and channels.
    func stays(of account: AccountID) -> [ConversationID: Stays] {
        var stays: [ConversationID: Stays] = [:]
        for conversation in byAccount[account] ?? [] {
            stays[conversation] = byConversation[conversation]?[account]
        }
        return stays
    }

    /// A stay as it was stored.
    mutating func insert(
        _ account: AccountID,
        in conversation: ConversationID,
        _ range: ClosedRange<UInt64>
    ) {
        byConversation[conversation, default: [:]][account, default: Stays()].insert(range)
        byAccount[account, default: []].insert(conversation)
    }

    /// Folds in that somebody comes or goes.
    mutating func apply(_ change: InboxIndex.MemberChange) {
        let (conversation, account) = (change.conversation, change.account)
        if change.left == nil {
            byConversation[conversation, default: [:]][account, default: Stays()].join(change.seq)
            byAccount[account, default: []].insert(conversation)
        } else {
            byConversation[conversation]?[account]?.leave(change.seq)
        }
    }
}

extension InboxEntry {
    /// Who comes and goes by it.
    func memberChanges(at time: Timestamp) -> [InboxIndex.MemberChange] {
        guard case .members(let conversation, let seq) = scope else { return [] }
        func changes(_ accounts: [AccountID], _ left: Timestamp?) -> [InboxIndex.MemberChange] {
            accounts.map {
                InboxIndex.MemberChange(
                    conversation: conversation,
                    account: $0,
                    seq: seq,
                    left: left
                )
            }
        }
        return changes(joined, nil) + changes(left, time)
    }
}
