import Events
public import GRDB

extension SQLiteHotStore {
    /// Writes a batch within the caller's transaction.
    ///
    /// For a projection runner whose database is the store's file: state and checkpoint change together.
    @discardableResult
    public static func write(_ batch: StoreBatch, to database: Database) throws -> StoreWriteReport
    {
        var report = StoreWriteReport()
        try write(batch.accounts, to: database)
        try write(batch.events, to: database, report: &report)
        try writeHeads(of: batch, to: database)
        try write(batch.receipts, to: database)
        try write(batch.positions, to: database)
        try write(batch.filters, to: database)
        return report
    }

    private static func write(_ changes: [AccountChange], to database: Database) throws {
        guard !changes.isEmpty else { return }
        let account = try BoundStatement(
            database,
            """
            INSERT INTO accounts (account, name, registered_time) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET name = excluded.name WHERE excluded.name <> ''
            """
        )
        let device = try BoundStatement(
            database,
            """
            INSERT INTO devices (account, device, name, added_time) VALUES (?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """
        )
        for change in changes {
            switch change {
            case .registered(let id, let name, let time):
                account.bind(1, id)
                account.bind(2, name)
                account.bind(3, time)
                try account.run()
            case .deviceAdded(let id, let deviceID, let name, let time):
                device.bind(1, id)
                device.bind(2, deviceID)
                device.bind(3, name)
                device.bind(4, time)
                try device.run()
            }
        }
    }

    private static func write(
        _ events: [StoredEvent],
        to database: Database,
        report: inout StoreWriteReport
    ) throws {
        guard !events.isEmpty else { return }
        let insert = try BoundStatement(
            database,
            """
            INSERT INTO events (\(StoreTable.events.columns.joined(separator: ", ")))
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """
        )
        for event in events {
            insert.bind(1, event.conversation)
            insert.bind(2, event.seq)
            insert.bind(3, event.messageCount)
            insert.bind(4, event.messageID)
            insert.bind(5, event.kind.number)
            insert.bind(6, event.sender)
            insert.bind(7, event.device)
            insert.bind(8, event.recipient)
            insert.bind(9, event.serverTime)
            insert.bind(10, event.clientTime?.milliseconds)
            insert.bind(11, event.content)
            insert.bind(12, Int64(event.origin.topicNumber))
            insert.bind(13, Int64(event.origin.partition.number))
            insert.bind(14, event.origin.offset.number)
            insert.bind(15, Int64(event.origin.index))
            try insert.run()
            if database.changesCount == 1 {
                report.eventsWritten += 1
            } else {
                report.eventsInConflict += 1
            }
        }
    }

    private static func writeHeads(of batch: StoreBatch, to database: Database) throws {
        guard !batch.events.isEmpty else { return }
        let head = try BoundStatement(
            database,
            """
            INSERT INTO conversations
                (conversation, kind, last_seq, message_count, last_server_time)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                last_seq = excluded.last_seq, message_count = excluded.message_count,
                last_server_time = excluded.last_server_time
            WHERE excluded.last_seq > last_seq
            """
        )
        for (conversation, value) in batch.conversationHeads.sorted(by: { $0.key < $1.key }) {
            head.bind(1, conversation)
            head.bind(2, Int64(value.kind.rawValue))
            head.bind(3, value.lastSeq)
            head.bind(4, value.messageCount)
            head.bind(5, value.lastServerTime)
            try head.run()
        }
        let member = try BoundStatement(
            database,
            """
            INSERT INTO members (account, conversation, from_seq, until_seq, last_sent_seq)
            VALUES (?, ?, 1, NULL, ?)
            ON CONFLICT DO UPDATE SET last_sent_seq = excluded.last_sent_seq
            WHERE excluded.last_sent_seq > last_sent_seq
            """
        )
        for (membership, seq) in batch.lastSentSeqs.sorted(by: { $0.key < $1.key }) {
            member.bind(1, membership.account)
            member.bind(2, membership.conversation)
            member.bind(3, seq)
            try member.run()
        }
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
        for mark in marks {
            insert.bind(1, mark.conversation)
            insert.bind(2, mark.account)
            insert.bind(3, mark.kind.rawValue)
            insert.bind(4, mark.seq)
            insert.bind(5, mark.time)
            try insert.run()
        }
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
