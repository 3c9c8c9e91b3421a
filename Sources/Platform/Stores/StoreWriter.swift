import Accounts
import Conversations
import Events

/// Writes a batch into the tables, within one transaction.
struct StoreWriter {
    let database: StoreConnection

    /// Writes it.
    func write(_ batch: StoreBatch) throws -> StoreWriteReport {
        try write(batch.accounts)
        let report = try write(batch.events)
        try write(batch.receipts)
        try write(batch.positions)
        try write(batch.filters)
        return report
    }

    /// Whether the store is at this batch's end: for who was not told whether it was committed.
    ///
    /// Positions change in the same transaction.
    func hasWritten(_ batch: StoreBatch) throws -> Bool {
        guard !batch.positions.isEmpty else { return false }
        let known = try CheckpointQueries(database: database).positions()
        return batch.positions.allSatisfy { known[$0.key] == $0.value }
    }

    private func write(_ events: [AccountEvent]) throws {
        let fold = AccountFold(database)
        for event in events { try fold.apply(event) }
    }

    private func write(_ events: [TimelineEvent]) throws -> StoreWriteReport {
        guard !events.isEmpty else { return StoreWriteReport() }
        var writer = EventWriter(database)
        try writer.write(events)
        return writer.report
    }

    private func write(_ marks: [ReceiptMark]) throws {
        guard !marks.isEmpty else { return }
        var highest = MarkFold()
        var insert = try ReceiptInsertion(database)
        for mark in marks {
            highest.note(mark)
            try insert.insert(mark)
        }
        try insert.finish()
        try highest.write(to: database)
    }

    private func write(_ positions: [TopicPartition: Offset]) throws {
        let insert = try BoundStatement(
            database,
            """
            INSERT INTO checkpoints (topic, partition, next_offset) VALUES (?, ?, ?)
            ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset
            """
        )
        for (partition, offset) in positions {
            insert.bind(1, Int64(partition.topic.number))
            insert.bind(2, Int64(partition.partition.number))
            insert.bind(3, offset.number)
            try insert.run()
        }
    }

    private func write(_ filters: [TopicPartition: OriginFilter]) throws {
        let insert = try BoundStatement(
            database,
            """
            INSERT INTO origin_marks
                (input_topic, input_partition, topic, partition, origin_offset, origin_index)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (input_topic, input_partition, topic, partition) DO UPDATE SET
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
