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
                sql: "SELECT state FROM conversations WHERE partition = ? AND id = ?"
            )
            guard
                let state = try Data.fetchOne(
                    statement,
                    arguments: [partition.number, Data(id.bytes)]
                )
            else { return nil }
            return try Conversation(
                id: id,
                state: Array(state)[...],
                members: try members(of: id, database)
            )
        }
    }

    private func members(
        of id: ConversationID,
        _ database: Database
    ) throws -> ConversationMembers {
        var members: [AccountID: ConversationMembers.Member] = [:]
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: "SELECT account, state FROM members WHERE partition = ? AND conversation = ?"
            ),
            arguments: [partition.number, Data(id.bytes)]
        )
        while let row = try rows.next() {
            guard let account = AccountID(bytes: row[0] as Data) else { continue }
            members[account] = try ConversationMembers.Member(
                decoding: Array(row[1] as Data)[...]
            )
        }
        return ConversationMembers(members)
    }

    /// Writes what has changed.
    func save(_ database: Database) throws {
        if !isDiskUsable {
            for table in ["conversations", "members"] {
                try database.execute(
                    sql: "DELETE FROM \(table) WHERE partition = ?",
                    arguments: [partition.number]
                )
            }
        }
        guard !states.dirty.isEmpty else { return }
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO conversations (partition, id, state) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET state = excluded.state
                """
        )
        for entry in states.dirty {
            try statement.execute { binder in
                binder.integer(partition.number)
                binder.blob(entry.id.bytes)
                binder.blob(entry.value.encodedState())
            }
            if !entry.changedMembers.isEmpty { try saveMembers(of: entry, database) }
        }
    }

    private func saveMembers(of entry: CachedConversation, _ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO members (partition, conversation, account, state) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET state = excluded.state
                """
        )
        for account in entry.changedMembers {
            guard let member = entry.value.members.all[account] else { continue }
            try statement.execute { binder in
                binder.integer(partition.number)
                binder.blob(entry.id.bytes)
                binder.blob(account.bytes)
                binder.blob(member.encoded())
            }
        }
    }

    /// The transaction is on disk.
    func saved() {
        isDiskUsable = true
        for entry in states.dirty { entry.saved() }
        states.saved()
    }
}
