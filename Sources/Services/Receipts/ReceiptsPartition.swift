import Conversations
import Events
import Foundation
import GRDB
import Projections

/// The ticks of one partition's conversations: in SQLite, with those in use in memory.
final class ReceiptsPartition {
    /// How long marks are held for a conversation that the timeline does not know.
    static let heldMilliseconds = Limits.submissionAgeMax.milliseconds

    private let partition: Partition
    private let database: any DatabaseReader
    private var states: StateCache<CachedTicks>
    private var isDiskUsable: Bool
    private var newest: Int64 = 0
    private var prunedUntil: Int64 = 0
    /// Whether what was there at the opening has not all been read.
    private(set) var isCatchingUp = true
    /// By name: a state that is saved meanwhile may leave the memory, and what is loaded then is the newer one.
    private var owedInMemory: [ConversationID] = []
    /// Owed conversations on disk are told of from here on; `nil`: no more.
    private var owedOnDiskAfter: [UInt8]?
    /// The newest record.
    var lastRecord: Origin

    init(
        _ partition: Partition,
        _ database: any DatabaseReader,
        isFresh: Bool,
        conversationsMax: Int = 65_536
    ) {
        self.partition = partition
        self.database = database
        self.isDiskUsable = !isFresh
        self.states = StateCache(statesMax: conversationsMax)
        lastRecord = Origin(
            topicNumber: Topic.receipts.number,
            partition: partition,
            offset: Offset(0)
        )
    }

    /// A conversation's state: from memory, from disk, or new.
    func conversation(_ id: ConversationID) throws -> CachedTicks {
        if let entry = states.find(id) { return entry }
        let entry = try stored(id) ?? CachedTicks(id, ConversationTicks())
        states.insert(entry)
        return entry
    }

    /// Notes that a conversation has changed by a record of this time.
    func touch(_ entry: CachedTicks, at time: Timestamp) {
        touch(entry)
        newest = max(newest, time.milliseconds)
    }

    /// Notes that a conversation has changed.
    func touch(_ entry: CachedTicks) {
        states.touch(entry)
    }

    // MARK: Owed ticks

    /// Everything has been read that was there at the opening: ticks that were held may be told.
    func caughtUp() {
        isCatchingUp = false
        owedInMemory = states.dirty.filter(\.isOwed).map(\.id)
        owedOnDiskAfter = isDiskUsable ? [] : nil
    }

    /// Whether `nextOwed` may have any.
    var mayOwe: Bool { !owedInMemory.isEmpty || owedOnDiskAfter != nil }

    /// The next conversations with ticks that were held.
    func nextOwed(countMax: Int) throws -> [CachedTicks] {
        if !owedInMemory.isEmpty {
            let next = owedInMemory.suffix(countMax)
            owedInMemory.removeLast(next.count)
            return try next.map { try conversation($0) }.filter(\.isOwed)
        }
        guard let last = owedOnDiskAfter else { return [] }
        let ids = try database.read { database in
            try Data.fetchAll(
                database,
                sql: """
                    SELECT conversation FROM ticks
                    WHERE partition = ? AND owed = 1 AND conversation > ?
                    ORDER BY conversation LIMIT ?
                    """,
                arguments: [partition.number, Data(last), countMax]
            )
        }
        owedOnDiskAfter = ids.count < countMax ? nil : ids.last.map { Array($0) }
        // What was told since the last checkpoint is still owed on disk, and no longer in memory.
        return try ids.compactMap { ConversationID(bytes: $0) }.map { try conversation($0) }
            .filter(\.isOwed)
    }

    // MARK: On disk

    private func stored(_ id: ConversationID) throws -> CachedTicks? {
        guard isDiskUsable else { return nil }
        let row = try database.read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT state, owed FROM ticks WHERE partition = ? AND conversation = ?"
            )
            return try Row.fetchOne(
                statement,
                arguments: [partition.number, Data(id.bytes)]
            )
        }
        guard let row else { return nil }
        do throws(ProtobufReader.Fault) {
            let state = try ConversationTicks(decoding: Array(row[0] as Data)[...])
            return CachedTicks(id, state, isOwed: row[1])
        } catch {
            throw ProjectionError(.storage, "a conversation's ticks are damaged: \(error.reason)")
        }
    }

    func save(_ database: Database) throws {
        if !isDiskUsable {
            try database.execute(
                sql: "DELETE FROM ticks WHERE partition = ?",
                arguments: [partition.number]
            )
        }
        if !states.dirty.isEmpty {
            let statement = try database.cachedStatement(
                sql: """
                    INSERT INTO ticks (partition, conversation, state, held_since, owed)
                    VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET
                        state = excluded.state, held_since = excluded.held_since,
                        owed = excluded.owed
                    """
            )
            for entry in states.dirty {
                let heldSince = entry.value.members.isEmpty ? newest : Int64.max
                try statement.execute { binder in
                    binder.integer(partition.number)
                    binder.blob(entry.id.bytes)
                    binder.blob(entry.value.encoded())
                    binder.integer(heldSince)
                    binder.integer(entry.isOwed ? 1 : 0)
                }
            }
        }
        try prune(database)
    }

    /// Forgets marks for conversations that have not come to be: anybody can send those.
    private func prune(_ database: Database) throws {
        let horizon = newest - Self.heldMilliseconds
        guard horizon > prunedUntil else { return }
        try database.execute(
            sql: "DELETE FROM ticks WHERE partition = ? AND held_since < ?",
            arguments: [partition.number, horizon]
        )
        prunedUntil = horizon + 60 * 60 * 1000
    }

    func saved() {
        isDiskUsable = true
        states.saved()
    }
}
