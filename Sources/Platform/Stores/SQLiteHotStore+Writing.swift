import Accounts
import Conversations
import Events
public import GRDB

extension SQLiteHotStore {
    /// Writes a batch within the caller's transaction.
    ///
    /// For a projection runner whose database is the store's file: state and checkpoint change together.
    @discardableResult
    public static func write(_ batch: StoreBatch, to database: Database) throws -> StoreWriteReport
    {
        try write(batch.accounts, to: database)
        let report = try write(batch.events, to: database)
        try write(batch.receipts, to: database)
        try write(batch.positions, to: database)
        try write(batch.filters, to: database)
        return report
    }

    private static func write(_ events: [AccountEvent], to database: Database) throws {
        let fold = AccountFold(database)
        for event in events { try fold.apply(event) }
    }

    private static func write(
        _ events: [TimelineEvent],
        to database: Database
    ) throws -> StoreWriteReport {
        guard !events.isEmpty else { return StoreWriteReport() }
        var writer = try EventWriter(database)
        try writer.write(events)
        return writer.report
    }

    private static func write(_ marks: [ReceiptMark], to database: Database) throws {
        guard !marks.isEmpty else { return }
        // A mark that says no more than an earlier one leaves no row: the time kept is the first.
        let insert = try BoundStatement(
            database,
            """
            INSERT INTO receipts (conversation, account, kind, seq, server_time)
            SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (
                SELECT 1 FROM receipts
                WHERE conversation = ?1 AND account = ?2 AND kind = ?3 AND seq >= ?4)
            """
        )
        var highest = MarkFold()
        for mark in marks {
            highest.note(mark)
            insert.bind(1, mark.conversation)
            insert.bind(2, mark.account)
            insert.bind(3, mark.kind.rawValue)
            insert.bind(4, mark.seq)
            insert.bind(5, mark.time)
            try insert.run()
        }
        try highest.write(to: database)
    }

    private static func write(
        _ positions: [TopicPartition: Offset],
        to database: Database
    ) throws {
        let insert = try BoundStatement(
            database,
            """
            INSERT INTO checkpoints (topic, partition, next_offset) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset
            """
        )
        for (partition, offset) in positions {
            insert.bind(1, Int64(partition.topic.number))
            insert.bind(2, Int64(partition.partition.number))
            insert.bind(3, offset.number)
            try insert.run()
        }
    }

    private static func write(
        _ filters: [TopicPartition: OriginFilter],
        to database: Database
    ) throws {
        let insert = try BoundStatement(
            database,
            """
            INSERT INTO origin_marks
                (input_topic, input_partition, topic, partition, origin_offset, origin_index)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                origin_offset = excluded.origin_offset, origin_index = excluded.origin_index
            """
        )
        for (input, filter) in filters {
            for (source, mark) in filter.marks {
                insert.bind(1, Int64(input.topic.number))
                insert.bind(2, Int64(input.partition.number))
                insert.bind(3, Int64(source.topicNumber))
                insert.bind(4, Int64(source.partition.number))
                insert.bind(5, mark.offset.number)
                insert.bind(6, Int64(mark.index))
                try insert.run()
            }
        }
    }
}
