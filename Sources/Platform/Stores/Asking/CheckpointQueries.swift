import Events

/// Where a store stands, within one read access.
struct CheckpointQueries {
    let database: StoreConnection

    /// The next offset to read, per partition that was read.
    func positions() throws -> [TopicPartition: Offset] {
        let query = try BoundStatement(
            database,
            "SELECT topic, partition, next_offset FROM checkpoints"
        )
        var positions: [TopicPartition: Offset] = [:]
        try query.eachRow { row in
            guard let partition = TopicPartition(row, 0, 1) else { return }
            positions[partition] = Offset(row.integer(2))
        }
        return positions
    }

    /// What was had of each origin partition, per input partition; of one input topic or of all.
    func filters(of topic: Topic? = nil) throws -> [TopicPartition: OriginFilter] {
        let query = try BoundStatement(
            database,
            """
            SELECT input_topic, input_partition, topic, partition, origin_offset, origin_index
            FROM origin_marks \(topic == nil ? "" : "WHERE input_topic = ?")
            """
        )
        if let topic { query.bind(1, Int64(topic.number)) }
        var marks: [TopicPartition: [OriginFilter.Source: OriginFilter.Mark]] = [:]
        try query.eachRow { row in
            guard let input = TopicPartition(row, 0, 1) else { return }
            let source = OriginFilter.Source(
                topicNumber: UInt32(truncatingIfNeeded: row.integer(2)),
                partition: Partition(Int32(truncatingIfNeeded: row.integer(3)))
            )
            marks[input, default: [:]][source] = OriginFilter.Mark(
                offset: Offset(row.integer(4)),
                index: UInt32(truncatingIfNeeded: row.integer(5))
            )
        }
        return marks.mapValues { OriginFilter(marks: $0) }
    }
}

extension TopicPartition {
    /// Reads two columns; `nil` if this version knows no such topic.
    fileprivate init?(_ row: ResultRow, _ topic: Int32, _ partition: Int32) {
        let number = row.integer(topic)
        guard let topic = Topic.all.first(where: { Int64($0.number) == number }) else {
            return nil
        }
        self.init(topic, Partition(Int32(truncatingIfNeeded: row.integer(partition))))
    }
}
