import Events
import Foundation
import GRDB
import Projections
import Web

/// The SQLite index of recent inbox entries: an entry's bytes once, a reference for each account it is for.
///
/// `entries.id` is the partition in the upper 16 bits and the offset in the lower 47, so that entries are appended in order and read by
/// range; offsets beyond 2^47 are refused as poison. `scopes` holds the references: the scope is an account's id, or, for what all
/// members of a group or a channel are told, the conversation's: one reference, however many members there are. `members` says who may
/// see which seqs.
enum InboxIndex {
    static let migrations = [
        Migration(
            "1-inbox",
            sql: """
                CREATE TABLE partitions (
                    partition INTEGER PRIMARY KEY, epoch TEXT NOT NULL, kept_from INTEGER NOT NULL,
                    next_offset INTEGER NOT NULL);
                CREATE TABLE entries (
                    id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, scopes BLOB NOT NULL,
                    value BLOB NOT NULL);
                CREATE TABLE scopes (
                    scope BLOB NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (scope, id)
                ) WITHOUT ROWID;
                CREATE TABLE device_acks (
                    partition INTEGER NOT NULL, account BLOB NOT NULL, device BLOB NOT NULL,
                    offset INTEGER NOT NULL, time_ms INTEGER NOT NULL,
                    PRIMARY KEY (account, device)) WITHOUT ROWID;
                """
        ),
        PartitionFilters.migration,
        Migration(
            "2-members",
            sql: """
                CREATE TABLE members (
                    partition INTEGER NOT NULL, conversation BLOB NOT NULL, account BLOB NOT NULL,
                    from_seq INTEGER NOT NULL, until_seq INTEGER, left_ms INTEGER,
                    PRIMARY KEY (partition, conversation, account, from_seq)) WITHOUT ROWID;
                CREATE INDEX members_left ON members (partition, left_ms)
                    WHERE left_ms IS NOT NULL;
                """
        ),
        Migration(
            "3-redactions",
            sql: """
                CREATE TABLE redactions (
                    partition INTEGER NOT NULL, conversation BLOB NOT NULL,
                    message_seq INTEGER NOT NULL, is_withheld INTEGER NOT NULL,
                    seq INTEGER NOT NULL, is_deletion INTEGER NOT NULL, time_ms INTEGER NOT NULL,
                    PRIMARY KEY (partition, conversation, message_seq, is_withheld)) WITHOUT ROWID;
                CREATE INDEX redactions_by_time ON redactions (partition, time_ms);
                """
        ),
        accountsMigration,
    ]

    static let offsetBits: Int64 = 47
    static let offsetMax: Int64 = 1 << offsetBits - 1

    /// An entry to be written.
    struct Entry: Sendable {
        let entry: InboxEntry
        let time: Timestamp
    }

    /// What is kept about a partition.
    struct PartitionRow: Equatable, Sendable {
        var epoch: UInt64
        var keptFrom: Offset
        var next: Offset
    }

    static func id(_ partition: Partition, _ offset: Offset) -> Int64 {
        Int64(partition.number) << offsetBits | max(0, min(offset.number, offsetMax))
    }

    static func offset(ofID id: Int64) -> Offset { Offset(id & offsetMax) }
}

// MARK: Writing, on the consumer's thread in the checkpoint's transaction

extension InboxIndex {
    static func insert(_ rows: [Entry], partition: Partition, _ database: Database) throws {
        let entry = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO entries (id, time_ms, scopes, value) VALUES (?, ?, ?, ?)"
        )
        let scope = try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO scopes (scope, id) VALUES (?, ?)"
        )
        for row in rows {
            let scopes = row.entry.scopes
            let id = id(partition, row.entry.offset)
            try entry.execute { values in
                values.integer(id)
                values.integer(row.time.milliseconds)
                values.blob(scopes.count == 1 ? scopes[0] : scopes.flatMap(\.self))
                values.blob(row.entry.value)
            }
            for bytes in scopes {
                try scope.execute { values in
                    values.blob(bytes)
                    values.integer(id)
                }
            }
        }
    }

    /// Writes who came and who went; once more changes nothing.
    static func write(
        _ changes: [MemberChange],
        of partition: Partition,
        _ database: Database
    ) throws {
        guard !changes.isEmpty else { return }
        let join = try database.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO members (partition, conversation, account, from_seq)
                VALUES (?, ?, ?, ?)
                """
        )
        let leave = try database.cachedStatement(
            sql: """
                UPDATE members SET until_seq = ?, left_ms = ?
                WHERE partition = ? AND conversation = ? AND account = ? AND until_seq IS NULL
                    AND from_seq = (SELECT max(from_seq) FROM members WHERE partition = ?
                        AND conversation = ? AND account = ? AND from_seq <= ?)
                """
        )
        for change in changes {
            let conversation = Data(change.conversation.bytes)
            let account = Data(change.account.bytes)
            let seq = Int64(clamping: change.seq)
            guard let time = change.left else {
                try join.execute(arguments: [partition.number, conversation, account, seq])
                continue
            }
            try leave.execute(arguments: [
                seq, time.milliseconds, partition.number, conversation, account,
                partition.number, conversation, account, seq,
            ])
        }
    }

    /// Writes which messages say something else by now.
    static func write(
        _ changes: [(change: Redactions.Change, time: Timestamp)],
        of partition: Partition,
        _ database: Database
    ) throws {
        guard !changes.isEmpty else { return }
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO redactions VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
                SET seq = excluded.seq, is_deletion = excluded.is_deletion,
                    time_ms = excluded.time_ms
                WHERE excluded.seq > redactions.seq
                """
        )
        for (change, time) in changes {
            try statement.execute { values in
                values.integer(partition.number)
                values.blob(change.conversation.bytes)
                values.integer(change.messageSeq)
                values.integer(change.isWithheld ? 1 : 0)
                values.integer(change.seq)
                values.integer(change.isDeletion ? 1 : 0)
                values.integer(time.milliseconds)
            }
        }
    }

    /// Which messages say something else, as it was written last.
    static func redactions(of partition: Partition, _ database: Database) throws -> Redactions {
        var redactions = Redactions()
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT conversation, message_seq, seq, is_deletion, is_withheld FROM redactions
                WHERE partition = ?
                """,
            arguments: [partition.number]
        )
        while let row = try rows.next() {
            guard let conversation = ConversationID(bytes: row[0] as Data) else { continue }
            redactions.apply(
                Redactions.Change(
                    conversation: conversation,
                    messageSeq: UInt64(clamping: row[1] as Int64),
                    seq: UInt64(clamping: row[2] as Int64),
                    isDeletion: row[3],
                    isWithheld: row[4]
                )
            )
        }
        return redactions
    }

    /// An account comes to a conversation, or goes, by the event of a seq.
    struct MemberChange: Sendable {
        let conversation: ConversationID
        let account: AccountID
        let seq: UInt64
        /// When it went; `nil`: it comes.
        let left: Timestamp?
    }

    /// Who may see what, as it was written last.
    static func members(
        of partition: Partition,
        _ database: Database
    ) throws -> InboxMembers {
        var members = InboxMembers()
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT conversation, account, from_seq, until_seq FROM members
                WHERE partition = ? ORDER BY conversation, account, from_seq
                """,
            arguments: [partition.number]
        )
        while let row = try rows.next() {
            guard let conversation = ConversationID(bytes: row[0] as Data),
                let account = AccountID(bytes: row[1] as Data)
            else { continue }
            let from = UInt64(clamping: row[2] as Int64)
            let until = (row[3] as Int64?).map { UInt64(clamping: $0) } ?? .max
            members.insert(account, in: conversation, from...max(from, until))
        }
        return members
    }

    static func write(_ row: PartitionRow, of partition: Partition, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO partitions (partition, epoch, kept_from, next_offset)
                VALUES (?, ?, ?, ?)
                """
        ).execute(arguments: [
            partition.number, String(row.epoch), row.keptFrom.number, row.next.number,
        ])
    }

    static func write(
        _ acknowledged: [Identity: Offset],
        of partition: Partition,
        time: Timestamp,
        _ database: Database
    ) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO device_acks (partition, account, device, offset, time_ms)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (account, device) DO UPDATE
                SET partition = excluded.partition, offset = excluded.offset,
                    time_ms = excluded.time_ms
                """
        )
        for (identity, offset) in acknowledged {
            try statement.execute { values in
                values.integer(partition.number)
                values.blob(identity.account.bytes)
                values.blob(identity.device.bytes)
                values.integer(offset.number)
                values.integer(time.milliseconds)
            }
        }
    }

    /// Forgets everything about a partition: its topic was made anew.
    static func erase(_ partition: Partition, _ database: Database) throws {
        let range: StatementArguments = [
            id(partition, Offset(0)), id(partition, Offset(offsetMax)),
        ]
        try database.execute(
            sql: "DELETE FROM scopes WHERE id BETWEEN ? AND ?",
            arguments: range
        )
        try database.execute(
            sql: "DELETE FROM entries WHERE id BETWEEN ? AND ?",
            arguments: range
        )
        let tables = ["partitions", "device_acks", "members", "redactions"] + accountTables
        for table in tables {
            try database.execute(
                sql: "DELETE FROM \(table) WHERE partition = ?",
                arguments: [partition.number]
            )
        }
    }

    static func blob(_ bytes: [UInt8]) -> DatabaseValue {
        Data(bytes).databaseValue
    }
}
