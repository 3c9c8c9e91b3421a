import Accounts
import Events
import Web

/// What the consumer keeps of one partition between checkpoints.
final class PartitionState {
    /// What of cumulative records one takes the place of another.
    private struct CumulativeKey: Hashable {
        let account: AccountID
        let conversation: ConversationID
        let isReadMark: Bool
    }

    /// What a cumulative record says, and its place in `rows`.
    private struct Cumulative {
        let place: Int
        let delivered: UInt64
        let read: UInt64

        /// Whether a later record says all that this one does: one of a writer that has lost the partition and does not know it may not.
        func isCovered(by later: Cumulative) -> Bool {
            delivered <= later.delivered && read <= later.read
        }
    }

    let epoch: InboxEpochText
    var row: InboxIndex.PartitionRow
    /// What is stored about the partition belongs to another life of the topic.
    var isErased = true
    var isChanged = false
    /// What the next checkpoint writes; `nil` where newer ticks or read marks took the place of older ones.
    private(set) var rows: [InboxIndex.Entry?] = []
    private var highest: [CumulativeKey: Cumulative] = [:]
    /// What the event loop has not been told yet.
    var entries: [InboxEntry] = []
    var hasNews = false
    /// Everything was read that was there at the opening.
    var isCaughtUp = false
    /// Who came and who went since the last checkpoint.
    var memberChanges: [InboxIndex.MemberChange] = []
    /// What was edited or taken back since then.
    private var redactions: [(change: Redactions.Change, time: Timestamp)] = []
    /// What the accounts let others know.
    var accounts = InboxAccounts()
    /// What changed of that since the last checkpoint.
    private var accountChanges: [InboxAccounts.Change] = []
    private let conversations = ConversationNotes()

    init(row: InboxIndex.PartitionRow) {
        self.row = row
        epoch = InboxEpochText(row.epoch)
    }

    func advance(past offset: Offset) {
        if offset < row.keptFrom { row.keptFrom = offset }
        row.next = offset.next
        isChanged = true
        hasNews = true
    }

    func add(_ indexed: InboxIndex.Entry, _ message: InboxMessage) {
        let entry = indexed.entry
        entries.append(entry)
        if entry.changesMembers { memberChanges += entry.memberChanges(at: indexed.time) }
        if let change = entry.redaction { redactions.append((change, indexed.time)) }
        if let change = entry.change, accounts.apply(change) { accountChanges.append(change) }
        if let (key, marks) = Self.cumulative(message, at: rows.count) {
            let older = highest[key]
            if older?.isCovered(by: marks) ?? true {
                if let older { rows[older.place] = nil }
                highest[key] = marks
            }
        }
        rows.append(indexed)
    }

    /// The index knows nothing: begins with what the log says now.
    func start(with snapshot: InboxAccounts.Snapshot) {
        accounts = InboxAccounts(snapshot)
        accountChanges = snapshot.changes
    }

    private static func cumulative(
        _ message: InboxMessage,
        at place: Int
    ) -> (CumulativeKey, Cumulative)? {
        switch message.body {
        case .ticks(let ticks):
            let key = CumulativeKey(
                account: ticks.account,
                conversation: ticks.conversation,
                isReadMark: false
            )
            return (
                key,
                Cumulative(place: place, delivered: ticks.deliveredSeq, read: ticks.readSeq)
            )
        case .readMark(let mark):
            let key = CumulativeKey(
                account: mark.account,
                conversation: mark.conversation,
                isReadMark: true
            )
            return (key, Cumulative(place: place, delivered: 0, read: mark.seq))
        case .event, .rejection, .change, .unknown: return nil
        }
    }

    /// What holds of the accounts whose privacy has changed.
    private var changedPrivacy: [AccountID: Privacy] {
        var changed: [AccountID: Privacy] = [:]
        for case .privacy(let account, _, _) in accountChanges {
            changed[account] = accounts.privacy(of: account)
        }
        return changed
    }

    func takeChanges(
        of partition: Partition,
        acknowledged: [Identity: Offset],
        lastSeen: [AccountID: Timestamp]
    ) -> InboxChanges.Part {
        defer {
            rows = []
            accountChanges = []
            memberChanges = []
            redactions = []
            highest.removeAll(keepingCapacity: highest.count < 10_000)
            isChanged = false
            isErased = false
        }
        return InboxChanges.Part(
            partition: partition,
            isErased: isErased,
            row: isChanged || isErased ? row : nil,
            entries: rows.compactMap { $0 },
            memberChanges: memberChanges,
            redactions: redactions,
            accountChanges: accountChanges,
            privacy: changedPrivacy,
            accountsSince: accounts.since,
            conversations: conversations,
            acknowledged: acknowledged,
            lastSeen: lastSeen
        )
    }
}
