import Accounts
import Events
import GRDB
import Projections
import Synchronization
import Web

/// What one checkpoint writes to the index.
final class InboxChanges: DetachedChanges {
    struct Part {
        let partition: Partition
        let isErased: Bool
        /// `nil`: nothing came.
        let row: InboxIndex.PartitionRow?
        let entries: [InboxIndex.Entry]
        let memberChanges: [InboxIndex.MemberChange]
        let redactions: [(change: Redactions.Change, time: Timestamp)]
        /// In their order.
        let accountChanges: [InboxAccounts.Change]
        /// What holds after them, of the accounts that they concern.
        let privacy: [AccountID: Privacy]
        /// From where on records of `accounts` count.
        let accountsSince: Offset
        /// The conversations that the index has been told of.
        let conversations: ConversationNotes
        let acknowledged: [Identity: Offset]
        let lastSeen: [AccountID: Timestamp]
    }

    let parts: [Part]
    private let filters: PartitionFilters.Changes
    private let now: Timestamp
    private let keptSince: Timestamp
    private let prunedState = Mutex<[Partition: Offset]>([:])

    init(parts: [Part], filters: PartitionFilters.Changes, now: Timestamp, keptSince: Timestamp) {
        self.parts = parts
        self.filters = filters
        self.now = now
        self.keptSince = keptSince
    }

    /// Where the index begins now, for partitions of which it lost the oldest entries; when it was saved.
    var pruned: [Partition: Offset] { prunedState.withLock { $0 } }

    func save(_ database: Database) throws {
        for part in parts { try save(part, database) }
        try filters.save(database)
    }

    private func save(_ part: Part, _ database: Database) throws {
        if part.isErased {
            try InboxIndex.erase(part.partition, database)
            try InboxIndex.write(since: part.accountsSince, of: part.partition, database)
        }
        try InboxIndex.write(part.acknowledged, of: part.partition, time: now, database)
        try InboxIndex.write(part.memberChanges, of: part.partition, database)
        try InboxIndex.write(part.redactions, of: part.partition, database)
        try InboxIndex.write(
            part.accountChanges,
            privacy: part.privacy,
            of: part.partition,
            database
        )
        try InboxIndex.write(lastSeen: part.lastSeen, of: part.partition, database)
        let conversations = part.conversations.news(in: part.entries)
        try InboxIndex.write(conversations, of: part.partition, database)
        guard var row = part.row else { return }
        try InboxIndex.insert(part.entries, partition: part.partition, database)
        let kept = try InboxIndex.prune(
            part.partition,
            before: keptSince,
            countMax: 2 * part.entries.count + 100,
            database
        )
        if let kept {
            row.keptFrom = max(row.keptFrom, kept)
            prunedState.withLock { $0[part.partition] = row.keptFrom }
        }
        try InboxIndex.write(row, of: part.partition, database)
    }
}

/// Which conversations the index knows, so that a checkpoint writes each of them once; thread-safe.
final class ConversationNotes: Sendable {
    /// Beyond it is forgotten what was written; writing it again changes nothing.
    static let conversationsMax = 50_000

    private let noted = Mutex<Set<ConversationID>>([])

    /// What entries say about conversations that were not noted before.
    func news(in entries: [InboxIndex.Entry]) -> [ConversationID: KnownConversation] {
        noted.withLock { noted in
            if noted.count >= Self.conversationsMax { noted.removeAll() }
            var news: [ConversationID: KnownConversation] = [:]
            for row in entries {
                guard let conversation = row.entry.conversation, !noted.contains(conversation),
                    let known = row.entry.knownConversation
                else { continue }
                noted.insert(conversation)
                news[conversation] = known
            }
            return news
        }
    }
}
