import Events
import Foundation
import GRDB
import Projections
import Web

/// The SQLite index of recent inbox entries: an entry's bytes once, a reference for each account it is for.
///
/// `entries.id` is the partition in the upper 16 bits and the offset in the lower 47, so that entries are appended in order and read by
/// range; offsets beyond 2^47 are refused as poison. `scopes` holds the references: the scope is an account id.
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
    ]

    static let offsetBits: Int64 = 47
    static let offsetMax: Int64 = 1 << offsetBits - 1

    /// An entry to be written.
    struct Entry: Sendable {
        let offset: Offset
        let time: Timestamp
        let first: AccountID
        let second: AccountID?
        let value: [UInt8]
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
            let id = id(partition, row.offset)
            let first = row.first.bytes
            let second = row.second?.bytes
            try entry.execute { values in
                values.integer(id)
                values.integer(row.time.milliseconds)
                values.blob(second.map { first + $0 } ?? first)
                values.blob(row.value)
            }
            try scope.execute { values in
                values.blob(first)
                values.integer(id)
            }
            guard let second else { continue }
            try scope.execute { values in
                values.blob(second)
                values.integer(id)
            }
        }
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
        for table in ["partitions", "device_acks"] {
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

// MARK: Pruning

extension InboxIndex {
    /// What pruning needs of an entry.
    private struct Oldest {
        let id: Int64
        let time: Timestamp
        let scopes: [[UInt8]]
    }

    /// Takes out at most `countMax` of the partition's oldest entries from before `time`.
    ///
    /// - Returns: the first offset still kept, if any were taken out.
    static func prune(
        _ partition: Partition,
        before time: Timestamp,
        countMax: Int,
        _ database: Database
    ) throws -> Offset? {
        guard let first = try oldest(partition, countMax: 1, database).first, first.time < time
        else { return nil }
        var last = first.id
        let scope = try database.cachedStatement(
            sql: "DELETE FROM scopes WHERE scope = ? AND id = ?"
        )
        for row in try oldest(partition, countMax: countMax, database) {
            guard row.time < time else { break }
            for bytes in row.scopes {
                try scope.execute { values in
                    values.blob(bytes)
                    values.integer(row.id)
                }
            }
            last = row.id
        }
        try database.cachedStatement(sql: "DELETE FROM entries WHERE id >= ? AND id <= ?")
            .execute(arguments: [id(partition, Offset(0)), last])
        try database.cachedStatement(
            sql: "DELETE FROM device_acks WHERE partition = ? AND time_ms < ?"
        ).execute(arguments: [partition.number, time.milliseconds])
        return offset(ofID: last).next
    }

    private static func oldest(
        _ partition: Partition,
        countMax: Int,
        _ database: Database
    ) throws -> [Oldest] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT id, time_ms, scopes FROM entries WHERE id >= ? AND id <= ?
                ORDER BY id LIMIT ?
                """
        )
        let rows = try Row.fetchCursor(
            statement,
            arguments: [
                id(partition, Offset(0)), id(partition, Offset(offsetMax)), countMax,
            ]
        )
        var found: [Oldest] = []
        while let row = try rows.next() {
            let bytes = [UInt8](row[2] as Data)
            found.append(
                Oldest(
                    id: row[0],
                    time: Timestamp(milliseconds: row[1]),
                    scopes: stride(from: 0, to: bytes.count, by: 16).map {
                        Array(bytes[$0..<min($0 + 16, bytes.count)])
                    }
                )
            )
        }
        return found
    }
}
