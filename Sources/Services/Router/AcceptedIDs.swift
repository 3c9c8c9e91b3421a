import Conversations
import Events
import Foundation
import GRDB
import Projections

/// What one partition's router has accepted: exact without a window, bounded in memory.
///
/// All ids are in SQLite for as long as one may come again, and those of messages, with what later actions need to know of
/// them, for as long as something can be done to a message. In memory are those that SQLite does not have yet, and
/// of the others those whose id's time is at or above `floor`. So only an id below the floor, which a device that
/// was offline sends, and an action to a message cost a look at the disk; a new id, which is what nearly all are, never does.
final class AcceptedIDs: AcceptedSubmissions {
    /// Ids in memory before the older half is left to the disk.
    static let recentMax = 65_536
    /// Old rows deleted in one checkpoint at most, so that no checkpoint takes long.
    static let pruneRowsMax = 4_000
    /// Kept longer than an id may be old: servers' clocks may differ by as much.
    static let retentionMilliseconds =
        Limits.submissionAgeMax.milliseconds + 24 * 60 * 60 * 1000
    /// For so long something can be done to a message.
    static let messageRetentionMilliseconds = Limits.messageActionsMax.milliseconds

    /// An id as it counts within a conversation.
    private struct Name: Hashable {
        let id: SubmissionID
        let conversation: ConversationID

        init(id: SubmissionID, conversation: ConversationID) {
            self.id = id
            self.conversation = conversation
        }

        init(_ key: SubmissionKey) {
            self.init(id: key.id, conversation: key.conversation)
        }
    }

    private let partition: Partition
    private let database: any DatabaseReader
    /// Who sent the recent ones; of several with one id the first.
    private var recent: [Name: AccountID] = [:]
    /// The others of those, which hardly ever are.
    private var recentToo: Set<SubmissionKey> = []
    private var unsaved: [SubmissionKey] = []
    /// The messages that the database does not have as they are.
    private var unsavedMessages: [Name: PostedMessage] = [:]
    /// Milliseconds; every accepted id from here on is in `recent`.
    private(set) var floor: Int64
    /// Whether the rows on disk belong to this state; if not, everything is in memory until it is saved.
    private var isDiskUsable: Bool
    private var prunedUntil: Int64 = .min

    init(_ partition: Partition, _ database: any DatabaseReader, isFresh: Bool) throws {
        self.partition = partition
        self.database = database
        self.isDiskUsable = !isFresh
        self.floor = .min
        guard !isFresh else { return }
        let keys = try database.read { database in
            try Data.fetchAll(
                database,
                sql: "SELECT key FROM accepted WHERE partition = ? ORDER BY key DESC LIMIT ?",
                arguments: [partition.number, Self.recentMax / 2]
            ).compactMap { SubmissionKey($0) }
        }
        if keys.count == Self.recentMax / 2, let oldest = keys.last {
            floor = oldest.id.uuidTimestamp.milliseconds + 1
        }
        for key in keys where key.id.uuidTimestamp.milliseconds >= floor { remember(key) }
    }

    private func remember(_ key: SubmissionKey) {
        if recent[Name(key), default: key.sender] == key.sender {
            recent[Name(key)] = key.sender
        } else {
            recentToo.insert(key)
        }
    }

    // MARK: Asking

    func contains(_ key: SubmissionKey) throws -> Bool {
        if let sender = recent[Name(key)], sender == key.sender || recentToo.contains(key) {
            return true
        }
        guard mayBeOnDisk(key.id) else { return false }
        return try database.read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT 1 FROM accepted WHERE partition = ? AND key = ?"
            )
            return try Bool.fetchOne(
                statement,
                arguments: [partition.number, Data(key.bytes)]
            ) != nil
        }
    }

    func message(_ id: SubmissionID, in conversation: ConversationID) throws -> PostedMessage? {
        let name = Name(id: id, conversation: conversation)
        if let message = unsavedMessages[name] { return message }
        guard isDiskUsable, recent[name] != nil || mayBeOnDisk(id) else { return nil }
        return try database.read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT key, message FROM accepted
                    WHERE partition = ? AND key >= ? AND key <= ? AND message IS NOT NULL
                    """
            )
            let rows = try Row.fetchCursor(
                statement,
                arguments: [
                    partition.number, Data(id.bytes + [UInt8](repeating: 0, count: 32)),
                    Data(id.bytes + [UInt8](repeating: 255, count: 32)),
                ]
            )
            while let row = try rows.next() {
                guard let key = SubmissionKey(row[0] as Data), key.conversation == conversation
                else { continue }
                return try PostedMessage(
                    author: key.sender,
                    decoding: Array(row[1] as Data)[...]
                )
            }
            return nil
        }
    }

    private func mayBeOnDisk(_ id: SubmissionID) -> Bool {
        isDiskUsable && id.uuidTimestamp.milliseconds < floor
    }

    // MARK: Folding

    /// Folds an accepted event in.
    func insert(_ event: TimelineEvent) throws {
        let key = event.key
        remember(key)
        unsaved.append(key)
        switch event.body {
        case .messagePosted:
            unsavedMessages[Name(key)] = PostedMessage(event)
        case .acted(.deleteMessage(let id)):
            guard var message = try message(id, in: event.conversation),
                message.isTakenBack(by: event)
            else { return }
            message.isDeleted = true
            unsavedMessages[Name(id: id, conversation: event.conversation)] = message
            unsaved.append(
                SubmissionKey(
                    id: id,
                    sender: message.author,
                    conversation: event.conversation
                )
            )
        default: break
        }
    }

    // MARK: On disk

    /// Writes what is new and deletes some of what is too old to come again.
    func save(_ database: Database, newest: Timestamp?) throws {
        if !isDiskUsable {
            try database.execute(
                sql: "DELETE FROM accepted WHERE partition = ?",
                arguments: [partition.number]
            )
        }
        if !unsaved.isEmpty {
            // A key is there already when its message has changed.
            let statement = try database.cachedStatement(
                sql: """
                    INSERT INTO accepted (partition, key, message) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET message = excluded.message
                    """
            )
            for key in unsaved {
                try statement.execute { binder in
                    binder.integer(partition.number)
                    binder.blob(key.bytes)
                    if let message = unsavedMessages[Name(key)] {
                        binder.blob(message.encoded())
                    } else {
                        binder.null()
                    }
                }
            }
        }
        if let newest { try prune(database, newest) }
    }

    /// The transaction is on disk.
    func saved() {
        isDiskUsable = true
        unsaved.removeAll(keepingCapacity: true)
        unsavedMessages.removeAll(keepingCapacity: true)
        guard recent.count > Self.recentMax else { return }
        let times = recent.keys.map { $0.id.uuidTimestamp.milliseconds }.sorted()
        floor = max(floor, times[times.count / 2] + 1)
        recent = recent.filter { $0.key.id.uuidTimestamp.milliseconds >= floor }
        recentToo = recentToo.filter { $0.id.uuidTimestamp.milliseconds >= floor }
    }

    private func prune(_ database: Database, _ newest: Timestamp) throws {
        // Once an hour, or again at once while there is more.
        guard newest.milliseconds >= prunedUntil else { return }
        let isDone = try prune(
            database,
            before: newest,
            keeping: Self.retentionMilliseconds,
            "message IS NULL"
        )
        let areMessagesDone = try prune(
            database,
            before: newest,
            keeping: Self.messageRetentionMilliseconds,
            "message IS NOT NULL"
        )
        guard isDone, areMessagesDone else { return }
        prunedUntil = newest.milliseconds.addingReportingOverflow(60 * 60 * 1000).partialValue
    }

    /// - Returns: whether nothing is left to delete.
    private func prune(
        _ database: Database,
        before newest: Timestamp,
        keeping milliseconds: Int64,
        _ condition: String
    ) throws -> Bool {
        let (horizon, overflow) = newest.milliseconds.subtractingReportingOverflow(milliseconds)
        guard !overflow, horizon > 0 else { return true }
        try database.execute(
            sql: """
                DELETE FROM accepted WHERE partition = ? AND key IN (
                    SELECT key FROM accepted WHERE partition = ? AND key < ? AND \(condition)
                    ORDER BY key LIMIT ?)
                """,
            arguments: [
                partition.number, partition.number,
                Data(SubmissionKey.lowest(at: horizon).bytes), Self.pruneRowsMax,
            ]
        )
        return database.changesCount < Self.pruneRowsMax
    }
}
