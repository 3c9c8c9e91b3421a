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
    }

    /// A conversation's state: from memory, from disk, or new.
    func conversation(_ id: ConversationID) throws -> CachedTicks {
        if let entry = states.find(id) { return entry }
        let entry = CachedTicks(id, try stored(id) ?? ConversationTicks())
        states.insert(entry)
        return entry
    }

    /// Notes that a conversation has changed by a record of this time.
    func touch(_ entry: CachedTicks, at time: Timestamp) {
        states.touch(entry)
        newest = max(newest, time.milliseconds)
    }

    private func stored(_ id: ConversationID) throws -> ConversationTicks? {
        guard isDiskUsable else { return nil }
        let state = try database.read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT state FROM ticks WHERE partition = ? AND conversation = ?"
            )
            return try Data.fetchOne(
                statement,
                arguments: [partition.number, Data(id.bytes)]
            )
        }
        guard let state else { return nil }
        do throws(ProtobufReader.Fault) {
            return try ConversationTicks(decoding: Array(state)[...])
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
                    INSERT INTO ticks (partition, conversation, state, held_since)
                    VALUES (?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET
                        state = excluded.state, held_since = excluded.held_since
                    """
            )
            for entry in states.dirty {
                let heldSince = entry.value.members.isEmpty ? newest : Int64.max
                try statement.execute { binder in
                    binder.integer(partition.number)
                    binder.blob(entry.id.bytes)
                    binder.blob(entry.value.encoded())
                    binder.integer(heldSince)
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
