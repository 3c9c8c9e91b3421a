public import Events

/// A reader whose tables are asked in SQL: all that the engines have in common.
///
/// An implementation gives a transaction to read in; the questions are the same for all.
public protocol SQLStoreReader: HotStoreReader {
    /// Runs `body` in a transaction that sees one state of the store; may block.
    ///
    /// - Throws: `StoreError`, or what `body` throws.
    func read<Value>(_ body: (StoreConnection) throws -> Value) throws -> Value
}

extension SQLStoreReader {
    /// The next offset to read, per partition that was read.
    public func positions() throws -> [TopicPartition: Offset] {
        try read { try CheckpointQueries(database: $0).positions() }
    }

    /// What was had of each origin partition, per input partition.
    public func filters() throws -> [TopicPartition: OriginFilter] {
        try read { try CheckpointQueries(database: $0).filters() }
    }

    /// Rows in the order of their keys, of what lies after `key`.
    public func rows(
        of table: StoreTable,
        after key: [StoreValue]?,
        limit: Int
    ) throws -> [StoreRow] {
        let columns = table.selection.joined(separator: ", ")
        let keys = table.columns.prefix(table.keyCount).joined(separator: ", ")
        let marks = Array(repeating: "?", count: table.keyCount).joined(separator: ", ")
        let condition = key == nil ? "" : "WHERE (\(keys)) > (\(marks))"
        return try read { database in
            let query = try BoundStatement(
                database,
                "SELECT \(columns) FROM \(table.rawValue) \(condition) ORDER BY \(keys) LIMIT ?"
            )
            var place: Int32 = 1
            for value in key ?? [] {
                query.bind(place, value)
                place += 1
            }
            query.bind(place, Int64(limit))
            var rows: [StoreRow] = []
            try query.eachRow { rows.append($0.row(of: table)) }
            return rows
        }
    }
}
