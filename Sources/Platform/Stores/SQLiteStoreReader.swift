public import Events
public import GRDB

/// Asks a hot store's SQLite file, without ever writing to it.
public final class SQLiteStoreReader: HotStoreReader {
    let database: any DatabaseReader

    init(_ database: any DatabaseReader) {
        self.database = database
    }

    /// Opens the store at `path`, which another process may be writing.
    ///
    /// - Throws: `StoreError` with code `missing` as long as there is none.
    public convenience init(path: String, readersMax: Int = 4) throws(StoreError) {
        var configuration = Configuration()
        configuration.label = "hot-store-reader"
        configuration.readonly = true
        configuration.maximumReaderCount = readersMax
        configuration.busyMode = .timeout(5)
        let pool = try StoreError.wrapping {
            let pool = try DatabasePool(path: path, configuration: configuration)
            let migrator = SQLiteHotStore.migrator
            try pool.read { database in
                guard try migrator.hasCompletedMigrations(database) else {
                    throw StoreError(.missing, "\(path) is not a hot store, or not yet")
                }
                try SQLiteHotStore.checkIsNotNewer(database)
            }
            return pool
        }
        self.init(pool)
    }

    /// The store as it is now: a read transaction that lasts as long as the value.
    ///
    /// A snapshot's snapshot is itself. Let go of it soon: what it sees can't be cleaned up.
    public func snapshot() throws(StoreError) -> SQLiteStoreReader {
        guard let pool = database as? DatabasePool else { return self }
        return try StoreError.wrapping { SQLiteStoreReader(try pool.makeSnapshot()) }
    }

    /// The positions and filters as a projection opens them, within its own read access.
    public static func state(in database: Database) throws -> StoreState {
        StoreState(
            positions: try positions(in: database),
            filters: try filters(in: database)
        )
    }

    /// The next offset to read, per partition that was read.
    public func positions() throws -> [TopicPartition: Offset] {
        try read(Self.positions)
    }

    /// What was had of each origin partition, per input partition.
    public func filters() throws -> [TopicPartition: OriginFilter] {
        try read(Self.filters)
    }

    /// Rows in the order of their keys, of what lies after `key`.
    public func rows(
        of table: StoreTable,
        after key: [StoreValue]?,
        limit: Int
    ) throws
        -> [StoreRow]
    {
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
            try query.eachRow { row in
                let values = table.columns.indices.map { row.value(Int32($0)) }
                rows.append(StoreRow(table: table, values: values))
            }
            return rows
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try StoreError.wrapping { try database.read(body) }
    }

    private static func positions(in database: Database) throws -> [TopicPartition: Offset] {
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

    private static func filters(in database: Database) throws -> [TopicPartition: OriginFilter] {
        let query = try BoundStatement(
            database,
            """
            SELECT input_topic, input_partition, topic, partition, origin_offset, origin_index
            FROM origin_marks
            """
        )
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

/// Where a fold stands: enough to go on with it.
public struct StoreState: Sendable, Equatable {
    /// The next offset to read, per partition that was read.
    public var positions: [TopicPartition: Offset]
    /// What was had of each origin partition, per input partition.
    public var filters: [TopicPartition: OriginFilter]

    /// A state of its parts; by default the beginning.
    public init(
        positions: [TopicPartition: Offset] = [:],
        filters: [TopicPartition: OriginFilter] = [:]
    ) {
        self.positions = positions
        self.filters = filters
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
