import Events
import Foundation
import GRDB
import Projections

/// One partition's rows of `channel_reads`: one per account that has read in a channel.
struct ChannelReadsTable {
    /// The table.
    static let migration = Migration(
        "receipts-4",
        sql: """
            CREATE TABLE channel_reads (
                partition INTEGER NOT NULL,
                channel BLOB NOT NULL,
                account BLOB NOT NULL,
                seq INTEGER NOT NULL,
                time INTEGER NOT NULL,
                told INTEGER NOT NULL,
                PRIMARY KEY (partition, channel, account)
            ) WITHOUT ROWID;
            CREATE INDEX channel_reads_ahead ON channel_reads (partition, channel, account)
                WHERE seq > told;
            """
    )

    /// Whose rows.
    let partition: Partition

    /// How far an account has read, if that is there.
    func load(_ id: ChannelReader.ID, _ database: any DatabaseReader) throws -> OwnRead? {
        try database.read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT seq, time, told FROM channel_reads
                    WHERE partition = ? AND channel = ? AND account = ?
                    """
            )
            let row = try Row.fetchOne(
                statement,
                arguments: [
                    partition.number, Data(id.channel.bytes), Data(id.account.bytes),
                ]
            )
            return row.map { row in
                OwnRead(
                    seq: UInt64(clamping: row[0] as Int64),
                    time: row[1],
                    told: UInt64(clamping: row[2] as Int64)
                )
            }
        }
    }

    /// The channels with accounts that have read further than they were told.
    func channelsAhead(_ database: any DatabaseReader) throws -> [ConversationID] {
        let ids = try database.read { database in
            try Data.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT channel FROM channel_reads
                    WHERE partition = ? AND seq > told
                    """,
                arguments: [partition.number]
            )
        }
        return ids.compactMap { ConversationID(bytes: $0) }
    }

    /// The next of these accounts of a channel, after this one.
    func accountsAhead(
        in channel: ConversationID,
        after last: [UInt8],
        countMax: Int,
        _ database: any DatabaseReader
    ) throws -> [AccountID] {
        let ids = try database.read { database in
            try Data.fetchAll(
                database,
                sql: """
                    SELECT account FROM channel_reads
                    WHERE partition = ? AND channel = ? AND seq > told AND account > ?
                    ORDER BY account LIMIT ?
                    """,
                arguments: [partition.number, Data(channel.bytes), Data(last), countMax]
            )
        }
        return ids.compactMap { AccountID(bytes: $0) }
    }

    /// Deletes all rows.
    func clear(_ database: Database) throws {
        try database.execute(
            sql: "DELETE FROM channel_reads WHERE partition = ?",
            arguments: [partition.number]
        )
    }

    /// Writes what has changed.
    func save(_ readers: [ChannelReader], _ database: Database) throws {
        guard !readers.isEmpty else { return }
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO channel_reads (partition, channel, account, seq, time, told)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET
                    seq = excluded.seq, time = excluded.time, told = excluded.told
                """
        )
        for reader in readers {
            try statement.execute { binder in
                binder.integer(partition.number)
                binder.blob(reader.id.channel.bytes)
                binder.blob(reader.id.account.bytes)
                binder.integer(reader.own.seq)
                binder.integer(reader.own.time)
                binder.integer(reader.own.told)
            }
        }
    }
}
