import Events
import Foundation
import GRDB
import Projections

/// The tables of push's checkpoint, and what is written to them.
enum PushTables {
    static let migrations = [
        PartitionFilters.migration,
        Migration(
            "push-1",
            sql: """
                CREATE TABLE progress (
                    partition INTEGER NOT NULL PRIMARY KEY,
                    inbox_next INTEGER NOT NULL,
                    sessions_next INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE presences (
                    partition INTEGER NOT NULL,
                    account BLOB NOT NULL,
                    acknowledged INTEGER NOT NULL,
                    sessions BLOB NOT NULL,
                    PRIMARY KEY (partition, account)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE devices (
                    account BLOB NOT NULL,
                    device BLOB NOT NULL,
                    PRIMARY KEY (account, device)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE pending (
                    partition INTEGER NOT NULL,
                    inbox_offset INTEGER NOT NULL,
                    account BLOB NOT NULL,
                    conversation BLOB NOT NULL,
                    message_id BLOB NOT NULL,
                    origin_topic INTEGER NOT NULL,
                    origin_partition INTEGER NOT NULL,
                    origin_offset INTEGER NOT NULL,
                    origin_index INTEGER NOT NULL,
                    time INTEGER NOT NULL,
                    PRIMARY KEY (partition, inbox_offset)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE ledger (
                    origin_topic INTEGER NOT NULL,
                    origin_partition INTEGER NOT NULL,
                    origin_offset INTEGER NOT NULL,
                    origin_index INTEGER NOT NULL,
                    account BLOB NOT NULL,
                    time INTEGER NOT NULL,
                    PRIMARY KEY (
                        origin_topic, origin_partition, origin_offset, origin_index, account)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX ledger_by_time ON ledger (time);
                """
        ),
        // A row for each post that waits, not for each account; what was notified is told by that and by the filter of origins. `accounts`
        // is read once more, for mutes and removed devices, and `memberships` when the partition is opened. Of what already waits
        // the sender is not known, nor the seq: no read mark may take it out.
        Migration(
            "push-2",
            sql: """
                CREATE TABLE waiting (
                    partition INTEGER NOT NULL,
                    inbox_offset INTEGER NOT NULL,
                    kind INTEGER NOT NULL,
                    conversation BLOB NOT NULL,
                    seq INTEGER NOT NULL,
                    event BLOB NOT NULL,
                    sender BLOB NOT NULL,
                    origin_topic INTEGER NOT NULL,
                    origin_partition INTEGER NOT NULL,
                    origin_offset INTEGER NOT NULL,
                    origin_index INTEGER NOT NULL,
                    time INTEGER NOT NULL,
                    server_time INTEGER NOT NULL,
                    expires_at INTEGER,
                    audience BLOB,
                    reached BLOB,
                    graced BLOB NOT NULL,
                    readers BLOB NOT NULL,
                    is_second_look INTEGER NOT NULL,
                    PRIMARY KEY (partition, inbox_offset)
                ) STRICT, WITHOUT ROWID;
                INSERT INTO waiting
                    SELECT partition, inbox_offset, 0, conversation, \(Int64.max), message_id,
                        zeroblob(16), origin_topic, origin_partition, origin_offset, origin_index,
                        time, time, NULL, account, NULL, x'', x'', 0
                    FROM pending;
                DROP TABLE pending;
                DROP TABLE ledger;
                CREATE TABLE members (
                    partition INTEGER NOT NULL,
                    conversation BLOB NOT NULL,
                    account BLOB NOT NULL,
                    from_seq INTEGER NOT NULL,
                    until_seq INTEGER,
                    left_ms INTEGER,
                    PRIMARY KEY (partition, conversation, account, from_seq)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX members_left ON members (partition, left_ms)
                    WHERE left_ms IS NOT NULL;
                CREATE TABLE mutes (
                    account BLOB NOT NULL,
                    conversation BLOB NOT NULL,
                    until_ms INTEGER NOT NULL,
                    PRIMARY KEY (account, conversation)
                ) STRICT, WITHOUT ROWID;
                ALTER TABLE devices ADD COLUMN is_removed INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE progress ADD COLUMN accounts_next INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE progress ADD COLUMN has_members INTEGER NOT NULL DEFAULT 0;
                DELETE FROM positions WHERE topic = 'accounts';
                """
        ),
    ]

    // MARK: Reading

    /// How far a partition was read; `nil`: never.
    static func progress(
        of partition: Partition,
        in database: Database
    ) throws -> (progress: PushPartition.Progress, hasMembers: Bool)? {
        try Row.fetchOne(
            database,
            sql: """
                SELECT inbox_next, sessions_next, accounts_next, has_members
                FROM progress WHERE partition = ?
                """,
            arguments: [partition.number]
        ).map { row in
            let progress = PushPartition.Progress(
                inbox: Offset(row[0]),
                sessions: Offset(row[1]),
                accounts: Offset(row[2])
            )
            return (progress, row[3])
        }
    }

    static func presences(
        of partition: Partition,
        limit: Int,
        in database: Database
    ) throws
        -> [AccountID: Presence]
    {
        var presences: [AccountID: Presence] = [:]
        let rows = try Row.fetchCursor(
            database,
            sql:
                "SELECT account, acknowledged, sessions FROM presences WHERE partition = ? LIMIT ?",
            arguments: [partition.number, limit]
        )
        while let row = try rows.next() {
            guard let account = AccountID(bytes: row[0] as Data) else { continue }
            presences[account] = Presence(row, from: 1)
        }
        return presences
    }

    static func presence(
        of account: AccountID,
        in partition: Partition,
        _ database: Database
    )
        throws -> Presence?
    {
        let statement = try database.cachedStatement(
            sql: "SELECT acknowledged, sessions FROM presences WHERE partition = ? AND account = ?"
        )
        return try Row.fetchOne(statement, arguments: [partition.number, Data(account.bytes)])
            .map { Presence($0, from: 0) }
    }

    // MARK: Writing

    /// Writes how far a partition was read, which says that its members are there as well.
    static func save(
        _ progress: PushPartition.Progress,
        of partition: Partition,
        to database: Database
    ) throws {
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?, 1)"
        ).execute(arguments: [
            partition.number, progress.inbox.number, progress.sessions.number,
            progress.accounts.number,
        ])
    }

    static func save(
        _ presence: Presence,
        of account: AccountID,
        in partition: Partition,
        to database: Database
    ) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO presences VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                    acknowledged = excluded.acknowledged, sessions = excluded.sessions
                """
        ).execute { binder in
            binder.integer(partition.number)
            binder.blob(account.bytes)
            binder.integer(presence.acknowledged.number)
            binder.blob(presence.sessionBytes)
        }
    }

    /// The inbox was made anew: what was acknowledged of the old one means nothing.
    static func forgetAcknowledged(in partition: Partition, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE presences SET acknowledged = 0 WHERE partition = ?",
            arguments: [partition.number]
        )
    }

    /// Rows of a checkpoint that no longer counts.
    static func removeAll(of partition: Partition, from database: Database) throws {
        for table in ["progress", "presences", "waiting", "members"] {
            try database.execute(
                sql: "DELETE FROM \(table) WHERE partition = ?",
                arguments: [partition.number]
            )
        }
    }
}

extension Presence {
    fileprivate init(_ row: Row, from column: Int) {
        self.init()
        acknowledged = Offset(row[column])
        let bytes: Data = row[column + 1]
        var rest = bytes[...]
        while rest.count >= 32 {
            if let device = DeviceID(bytes: rest.prefix(16)),
                let session = SessionID(bytes: rest.dropFirst(16).prefix(16))
            {
                connect(device, session)
            }
            rest = rest.dropFirst(32)
        }
    }

    /// Device and session, 32 bytes each pair.
    fileprivate var sessionBytes: [UInt8] {
        var bytes: [UInt8] = []
        for (device, session) in sessions.sorted(by: { $0.key < $1.key }) {
            bytes.append(contentsOf: device.bytes)
            bytes.append(contentsOf: session.bytes)
        }
        return bytes
    }
}
