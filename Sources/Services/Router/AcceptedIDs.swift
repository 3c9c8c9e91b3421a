import Conversations
import Events
import Foundation
import GRDB
import Projections

/// The submissions that one partition's router has accepted: exact without a window, bounded in memory.
///
/// All of them are in SQLite for as long as an id may come again. In memory are those that SQLite does not have yet, and
/// of the others those whose id's time is at or above `floor`. So only an id below the floor, which a device that
/// was offline sends, costs a look at the disk; a new id, which is what nearly all are, never does.
final class AcceptedIDs: AcceptedSubmissions {
    /// Ids in memory before the older half is left to the disk.
    static let recentMax = 65_536
    /// Old rows deleted in one checkpoint at most, so that no checkpoint takes long.
    static let pruneRowsMax = 4_000
    /// Kept longer than an id may be old: servers' clocks may differ by as much.
    static let retentionMilliseconds =
        Limits.submissionAgeMax.milliseconds + 24 * 60 * 60 * 1000

    private let partition: Partition
    private let database: any DatabaseReader
    private var recent: Set<SubmissionKey> = []
    private var unsaved: [SubmissionKey] = []
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
        recent = Set(keys.lazy.filter { $0.id.uuidTimestamp.milliseconds >= self.floor })
    }

    func contains(_ key: SubmissionKey) throws -> Bool {
        if recent.contains(key) { return true }
        guard isDiskUsable, key.id.uuidTimestamp.milliseconds < floor else { return false }
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

    func insert(_ key: SubmissionKey) {
        recent.insert(key)
        unsaved.append(key)
    }

    /// Writes what is new and deletes some of what is too old to come again.
    func save(_ database: Database, newest: Timestamp?) throws {
        if !isDiskUsable {
            try database.execute(
                sql: "DELETE FROM accepted WHERE partition = ?",
                arguments: [partition.number]
            )
        }
        if !unsaved.isEmpty {
            // IGNORE: a key can't be there twice, and if it were, nothing is lost.
            let statement = try database.cachedStatement(
                sql: "INSERT OR IGNORE INTO accepted (partition, key) VALUES (?, ?)"
            )
            for key in unsaved {
                try statement.execute { binder in
                    binder.integer(partition.number)
                    binder.blob(key.bytes)
                }
            }
        }
        if let newest { try prune(database, newest) }
    }

    /// The transaction is on disk.
    func saved() {
        isDiskUsable = true
        unsaved.removeAll(keepingCapacity: true)
        guard recent.count > Self.recentMax else { return }
        let times = recent.map { $0.id.uuidTimestamp.milliseconds }.sorted()
        floor = max(floor, times[times.count / 2] + 1)
        recent = recent.filter { $0.id.uuidTimestamp.milliseconds >= floor }
    }

    private func prune(_ database: Database, _ newest: Timestamp) throws {
        let (horizon, overflow) = newest.milliseconds.subtractingReportingOverflow(
            Self.retentionMilliseconds
        )
        // Once an hour, or again at once while there is more.
        guard !overflow, horizon > 0, horizon >= prunedUntil else { return }
        let end = Data(SubmissionKey.lowest(at: horizon).bytes)
        let last = try Data.fetchOne(
            database,
            sql: """
                SELECT key FROM accepted WHERE partition = ? AND key < ?
                ORDER BY key LIMIT 1 OFFSET ?
                """,
            arguments: [partition.number, end, Self.pruneRowsMax]
        )
        try database.execute(
            sql: "DELETE FROM accepted WHERE partition = ? AND key < ?",
            arguments: [partition.number, last ?? end]
        )
        if last == nil { prunedUntil = horizon + 60 * 60 * 1000 }
    }
}
