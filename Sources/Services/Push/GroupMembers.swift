import Conversations
import Events

/// Who of one inbox partition is or was in which group, and so may see which events.
///
/// A fold of the inbox: every record says who comes and goes by it. It may begin with a snapshot (`memberships`) that is ahead of
/// the records; coming and going twice by the same event changes nothing. Followers of channels are not here: they are not notified.
struct GroupMembers {
    /// An account comes to a group, or goes, by the event of a seq.
    struct Change: Hashable {
        let conversation: ConversationID
        let account: AccountID
        let seq: UInt64
        /// When it went; `nil`: it comes.
        let left: Timestamp?
    }

    /// The members of a group in the order of their ids, so that one can go on after any of them.
    private struct Group {
        var accounts: [AccountID] = []
        var stays: [Stays] = []

        /// The place of the first account that is not before this one.
        func place(of account: AccountID) -> Int {
            var (low, high) = (0, accounts.count)
            while low < high {
                let middle = (low + high) / 2
                if accounts[middle] < account { low = middle + 1 } else { high = middle }
            }
            return low
        }

        /// Changes an account's stays; with `adds` those of one that has none yet, too.
        mutating func change(
            _ account: AccountID,
            adds: Bool,
            _ body: (inout Stays) -> Void
        ) {
            let place = place(of: account)
            if place == accounts.count || accounts[place] != account {
                guard adds else { return }
                accounts.insert(account, at: place)
                stays.insert(Stays(), at: place)
            }
            body(&stays[place])
        }
    }

    private var groups: [ConversationID: Group] = [:]

    init() {}

    /// A stay as it was stored.
    mutating func insert(
        _ account: AccountID,
        in conversation: ConversationID,
        _ range: ClosedRange<UInt64>
    ) {
        groups[conversation, default: Group()].change(account, adds: true) {
            $0.insert(range)
        }
    }

    /// Folds in that somebody comes or goes.
    mutating func apply(_ change: Change) {
        if change.left == nil {
            groups[change.conversation, default: Group()].change(change.account, adds: true) {
                $0.join(change.seq)
            }
        } else {
            groups[change.conversation]?.change(change.account, adds: false) {
                $0.leave(change.seq)
            }
        }
    }

    /// Whether somebody else than `sender` may see the event of this seq.
    func anybody(in conversation: ConversationID, sees seq: UInt64, but sender: AccountID) -> Bool {
        guard let group = groups[conversation] else { return false }
        return group.stays.indices.contains {
            group.stays[$0].sees(seq) && group.accounts[$0] != sender
        }
    }

    /// Some accounts of a group in order, and whether there are more.
    struct Page {
        /// Those who may see the event.
        var accounts: [AccountID] = []
        /// The last one looked at.
        var reached: AccountID?
        var isLast = true
    }

    /// Looks at the next accounts after `reached`, at most `limit`, for those who may see the event of this seq.
    func page(
        of conversation: ConversationID,
        seeing seq: UInt64,
        after reached: AccountID?,
        limit: Int
    ) -> Page {
        guard let group = groups[conversation] else { return Page(reached: reached) }
        var start = 0
        if let reached {
            start = group.place(of: reached)
            if start < group.accounts.count, group.accounts[start] == reached { start += 1 }
        }
        let end = min(start + limit, group.accounts.count)
        return Page(
            accounts: (start..<end).filter { group.stays[$0].sees(seq) }.map {
                group.accounts[$0]
            },
            reached: end > start ? group.accounts[end - 1] : reached,
            isLast: end == group.accounts.count
        )
    }
}
