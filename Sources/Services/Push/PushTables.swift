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
    ]

    // MARK: Reading

    struct Progress: Equatable {
        var inboxNext: Offset
        var sessionsNext: Offset
    }

    static func progress(of partition: Partition, in database: Database) throws -> Progress? {
        try Row.fetchOne(
            database,
            sql: "SELECT inbox_next, sessions_next FROM progress WHERE partition = ?",
            arguments: [partition.number]
        ).map { Progress(inboxNext: Offset($0[0]), sessionsNext: Offset($0[1])) }
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

    static func pending(
        of partition: Partition,
        in database: Database
    ) throws
        -> [PendingNotification]
    {
        try Row.fetchAll(
            database,
            sql: """
                SELECT inbox_offset, account, conversation, message_id, origin_topic,
                    origin_partition, origin_offset, origin_index, time
                FROM pending WHERE partition = ? ORDER BY inbox_offset
                """,
            arguments: [partition.number]
        ).compactMap { PendingNotification($0) }
    }

    static func devices(of account: AccountID, in database: Database) throws -> [DeviceID] {
        try Data.fetchAll(
            database,
            sql: "SELECT device FROM devices WHERE account = ? ORDER BY device LIMIT 16",
            arguments: [Data(account.bytes)]
        ).compactMap { DeviceID(bytes: $0) }
    }

    /// Whether the account was notified of what this record caused.
    static func isNotified(_ entry: PendingNotification, in database: Database) throws -> Bool {
        let statement = try database.cachedStatement(
            sql: """
                SELECT 1 FROM ledger WHERE origin_topic = ? AND origin_partition = ?
                    AND origin_offset = ? AND origin_index = ? AND account = ?
                """
        )
        let arguments = StatementArguments(entry.origin) + [Data(entry.account.bytes)]
        return try Row.fetchOne(statement, arguments: arguments) != nil
    }

    // MARK: Writing

    static func save(_ progress: Progress, of partition: Partition, to database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO progress VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET
                    inbox_next = excluded.inbox_next, sessions_next = excluded.sessions_next
                """
        ).execute(arguments: [
            partition.number, progress.inboxNext.number, progress.sessionsNext.number,
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

    static func save(_ device: DeviceID, of account: AccountID, to database: Database) throws {
        try database.cachedStatement(sql: "INSERT OR IGNORE INTO devices VALUES (?, ?)")
            .execute(arguments: [Data(account.bytes), Data(device.bytes)])
    }

    static func save(
        _ entry: PendingNotification,
        in partition: Partition,
        to database: Database
    ) throws {
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        ).execute { binder in
            binder.integer(partition.number)
            binder.integer(entry.offset.number)
            binder.blob(entry.account.bytes)
            binder.blob(entry.conversation.bytes)
            binder.blob(entry.messageID.bytes)
            binder.integer(entry.origin.topicNumber)
            binder.integer(entry.origin.partition.number)
            binder.integer(entry.origin.offset.number)
            binder.integer(entry.origin.index)
            binder.integer(entry.time.milliseconds)
        }
    }

    static func removePending(
        at offset: Offset,
        in partition: Partition,
        from database: Database
    ) throws {
        try database.cachedStatement(
            sql: "DELETE FROM pending WHERE partition = ? AND inbox_offset = ?"
        ).execute { binder in
            binder.integer(partition.number)
            binder.integer(offset.number)
        }
    }

    static func saveNotified(
        _ entry: PendingNotification,
        at time: Timestamp,
        to database: Database
    ) throws {
        try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO ledger VALUES (?, ?, ?, ?, ?, ?)"
        ).execute(
            arguments: StatementArguments(entry.origin)
                + [Data(entry.account.bytes), time.milliseconds]
        )
    }

    /// Forgets some of what was notified longer ago than the inbox is kept.
    static func pruneLedger(before time: Timestamp, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                DELETE FROM ledger WHERE
                    (origin_topic, origin_partition, origin_offset, origin_index, account) IN (
                        SELECT origin_topic, origin_partition, origin_offset, origin_index, account
                        FROM ledger WHERE time < ? ORDER BY time LIMIT 1000)
                """
        ).execute(arguments: [time.milliseconds])
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
        for table in ["progress", "presences", "pending"] {
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

extension PendingNotification {
    fileprivate init?(_ row: Row) {
        guard let account = AccountID(bytes: row[1] as Data),
            let conversation = ConversationID(bytes: row[2] as Data),
            let message = SubmissionID(bytes: row[3] as Data)
        else { return nil }
        self.init(
            offset: Offset(row[0]),
            account: account,
            conversation: conversation,
            messageID: message,
            origin: Origin(
                topicNumber: row[4],
                partition: Partition(row[5]),
                offset: Offset(row[6]),
                index: row[7]
            ),
            time: Timestamp(milliseconds: row[8])
        )
    }
}

extension StatementArguments {
    fileprivate init(_ origin: Origin) {
        self = [
            origin.topicNumber, origin.partition.number, origin.offset.number, origin.index,
        ]
    }
}
