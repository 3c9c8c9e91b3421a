import Conversations
import Events
import Foundation
import GRDB
import Projections

/// The conversations of one partition: in SQLite, with those in use in memory.
final class ConversationCache {
    private let partition: Partition
    private let database: any DatabaseReader
    private var states: StateCache<CachedConversation>
    /// Whether the rows on disk belong to this state; if not, everything is in memory until it is saved.
    private var isDiskUsable: Bool

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

    /// The conversation if it is in memory.
    func cached(_ id: ConversationID) -> CachedConversation? {
        states.find(id)
    }

    /// The conversation as it was saved, or a new one.
    func load(_ id: ConversationID) throws -> CachedConversation {
        let entry = CachedConversation(try stored(id) ?? Conversation(id: id))
        states.insert(entry)
        // While the disk is of no use, memory is all there is: nothing may be forgotten.
        if !isDiskUsable { states.touch(entry) }
        return entry
    }

    /// Notes that the conversation's state has changed.
    func touch(_ entry: CachedConversation) {
        states.touch(entry)
    }

    /// How many are in memory.
    var count: Int { states.count }

    // MARK: Disk

    private func stored(_ id: ConversationID) throws -> Conversation? {
        guard isDiskUsable else { return nil }
        return try database.read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT kind, first, second, last_seq, message_count, last_server_time
                    FROM conversations WHERE partition = ? AND id = ?
                    """
            )
            guard
                let row = try Row.fetchOne(
                    statement,
                    arguments: [partition.number, Data(id.bytes)]
                )
            else { return nil }
            let members = [row[1] as Data?, row[2] as Data?].compactMap {
                $0.flatMap { AccountID(bytes: $0) }
            }
            return Conversation(
                id: id,
                kind: ConversationKind(rawValue: row[0]),
                members: members,
                lastSeq: UInt64(bitPattern: row[3]),
                messageCount: UInt64(bitPattern: row[4]),
                lastServerTime: Timestamp(milliseconds: row[5])
            )
        }
    }

    /// Writes what has changed.
    func save(_ database: Database) throws {
        if !isDiskUsable {
            try database.execute(
                sql: "DELETE FROM conversations WHERE partition = ?",
                arguments: [partition.number]
            )
        }
        guard !states.dirty.isEmpty else { return }
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO conversations
                    (partition, id, kind, first, second, last_seq, message_count,
                     last_server_time)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET
                    kind = excluded.kind, first = excluded.first, second = excluded.second,
                    last_seq = excluded.last_seq, message_count = excluded.message_count,
                    last_server_time = excluded.last_server_time
                """
        )
        for entry in states.dirty {
            let value = entry.value
            try statement.execute { binder in
                binder.integer(partition.number)
                binder.blob(value.id.bytes)
                binder.integer(value.kind?.rawValue ?? 0)
                binder.blob(value.members.first?.bytes ?? [])
                binder.blob(value.members.dropFirst().first?.bytes ?? [])
                binder.integer(value.lastSeq)
                binder.integer(value.messageCount)
                binder.integer(value.lastServerTime.milliseconds)
            }
        }
    }

    /// The transaction is on disk.
    func saved() {
        isDiskUsable = true
        states.saved()
    }
}
