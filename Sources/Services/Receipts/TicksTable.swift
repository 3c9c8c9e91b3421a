import Conversations
import Events
import Foundation
import GRDB
import Projections

/// One partition's rows: a conversation's in `ticks`, and those of a group's accounts in `tick_members`.
struct TicksTable {
    /// The tables.
    static let migrations = [
        Migration(
            "receipts-1",
            sql: """
                CREATE TABLE ticks (
                    partition INTEGER NOT NULL,
                    conversation BLOB NOT NULL,
                    state BLOB NOT NULL,
                    held_since INTEGER NOT NULL,
                    PRIMARY KEY (partition, conversation)
                ) WITHOUT ROWID;
                CREATE INDEX ticks_held ON ticks (partition, held_since)
                    WHERE held_since < 9223372036854775807;
                """
        ),
        Migration(
            "receipts-2",
            sql: """
                ALTER TABLE ticks ADD COLUMN owed INTEGER NOT NULL DEFAULT 0;
                CREATE INDEX ticks_owed ON ticks (partition, conversation) WHERE owed = 1;
                """
        ),
        // Who is in a group was not known before. Without positions all is folded anew, and what is here counts for nothing.
        Migration(
            "receipts-3",
            sql: """
                DELETE FROM positions;
                DELETE FROM ticks;
                CREATE TABLE tick_members (
                    partition INTEGER NOT NULL,
                    conversation BLOB NOT NULL,
                    account BLOB NOT NULL,
                    state BLOB NOT NULL,
                    held_since INTEGER NOT NULL,
                    PRIMARY KEY (partition, conversation, account)
                ) WITHOUT ROWID;
                CREATE INDEX tick_members_held ON tick_members (partition, held_since)
                    WHERE held_since < 9223372036854775807;
                """
        ),
    ]

    /// Whose rows.
    let partition: Partition

    /// A conversation's state with all its accounts, if it is there.
    func load(_ id: ConversationID, _ database: any DatabaseReader) throws -> ConversationTicks? {
        try database.read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT state FROM ticks WHERE partition = ? AND conversation = ?"
            )
            let arguments: StatementArguments = [partition.number, Data(id.bytes)]
            guard let state = try Data.fetchOne(statement, arguments: arguments) else {
                return nil
            }
            do {
                return try ConversationTicks(decoding: Array(state)[...]) { kind in
                    if kind == .direct || kind == .channel { return [] }
                    return try participants(arguments, database)
                }
            } catch let fault as ProtobufReader.Fault {
                throw ProjectionError(
                    .storage,
                    "a conversation's ticks are damaged: \(fault.reason)"
                )
            }
        }
    }

    private func participants(
        _ arguments: StatementArguments,
        _ database: Database
    ) throws -> [Participant] {
        let statement = try database.cachedStatement(
            sql: "SELECT account, state FROM tick_members WHERE partition = ? AND conversation = ?"
        )
        var participants: [Participant] = []
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        while let row = try rows.next() {
            let account = AccountID(bytes: row[0] as Data)
            let state = Array(row[1] as Data)
            participants.append(try Participant(decoding: state[...], account: account))
        }
        return participants
    }

    /// The next conversations, after this one, with members that were not told of their ticks or of their own reading.
    func owed(
        after last: [UInt8],
        countMax: Int,
        _ database: any DatabaseReader
    ) throws -> [ConversationID] {
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
        return ids.compactMap { ConversationID(bytes: $0) }
    }

    /// Deletes all rows.
    func clear(_ database: Database) throws {
        for table in ["ticks", "tick_members"] {
            try database.execute(
                sql: "DELETE FROM \(table) WHERE partition = ?",
                arguments: [partition.number]
            )
        }
    }

    /// Writes what has changed in conversations; what is only held is so since `now`.
    func save(_ entries: [CachedTicks], now: Int64, _ database: Database) throws {
        guard !entries.isEmpty else { return }
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO ticks (partition, conversation, state, held_since, owed)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET
                    state = excluded.state, held_since = excluded.held_since,
                    owed = excluded.owed
                """
        )
        for entry in entries {
            try statement.execute { binder in
                binder.integer(partition.number)
                binder.blob(entry.id.bytes)
                binder.blob(entry.value.encoded())
                binder.integer(entry.value.kind == nil ? now : Int64.max)
                binder.integer(entry.value.isOwed ? 1 : 0)
            }
            for account in entry.value.changed {
                try save(account, of: entry, now: now, database)
            }
        }
    }

    private func save(
        _ account: AccountID,
        of entry: CachedTicks,
        now: Int64,
        _ database: Database
    ) throws {
        guard entry.value.hasRows, let participant = entry.value.participant(account) else {
            let statement = try database.cachedStatement(
                sql: """
                    DELETE FROM tick_members
                    WHERE partition = ? AND conversation = ? AND account = ?
                    """
            )
            try statement.execute { binder in
                binder.integer(partition.number)
                binder.blob(entry.id.bytes)
                binder.blob(account.bytes)
            }
            return
        }
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO tick_members (partition, conversation, account, state, held_since)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET
                    state = excluded.state, held_since = excluded.held_since
                """
        )
        try statement.execute { binder in
            binder.integer(partition.number)
            binder.blob(entry.id.bytes)
            binder.blob(account.bytes)
            binder.blob(participant.encoded(withAccount: false))
            binder.integer(participant.standing == .outside ? now : Int64.max)
        }
    }

    /// Deletes what has only been held since before then: marks for what has not come to be, which anybody can send, and what
    /// is known of accounts that have left.
    func prune(before then: Int64, _ database: Database) throws {
        for table in ["ticks", "tick_members"] {
            try database.execute(
                sql: "DELETE FROM \(table) WHERE partition = ? AND held_since < ?",
                arguments: [partition.number, then]
            )
        }
    }
}
