public import Events
public import GRDB

/// An `OriginFilter` per input partition, kept in the projection's own database.
///
/// Because the marks are written in the transaction that stores the positions, a record is dropped if and only
/// if its effect is in the state. Ask `admit` only after everything that could make the record a poison
/// has been checked: a poisoned record must leave no trace.
public struct PartitionFilters: Sendable {
    fileprivate struct Place {
        let input: TopicPartition
        let source: OriginFilter.Source
    }

    /// The table; add it to the projection's `migrations`.
    public static let migration = Migration(
        "origin-filters-1",
        sql: """
            CREATE TABLE origin_filters (
                input_topic TEXT NOT NULL,
                input_partition INTEGER NOT NULL,
                origin_topic INTEGER NOT NULL,
                origin_partition INTEGER NOT NULL,
                origin_offset INTEGER NOT NULL,
                origin_index INTEGER NOT NULL,
                PRIMARY KEY (input_topic, input_partition, origin_topic, origin_partition)
            ) WITHOUT ROWID
            """
    )

    private var filters: [TopicPartition: OriginFilter] = [:]
    /// The marks that the database has, or is about to get.
    private var stored: [TopicPartition: OriginFilter] = [:]
    private var forgotten: Set<TopicPartition> = []

    /// Filters that have seen nothing.
    public init() {}

    /// Reads the filter of an input partition; with `isFresh` starts one that has seen nothing.
    public mutating func open(
        _ input: TopicPartition,
        _ database: any DatabaseReader,
        isFresh: Bool
    ) throws {
        close(input)
        guard !isFresh else {
            forgotten.insert(input)
            filters[input] = OriginFilter()
            stored[input] = OriginFilter()
            return
        }
        let filter = try database.read { try Self.load(input, from: $0) }
        filters[input] = filter
        stored[input] = filter
    }

    /// Forgets the filter of an input partition; what is in the database stays there.
    public mutating func close(_ input: TopicPartition) {
        filters[input] = nil
        stored[input] = nil
        forgotten.remove(input)
    }

    /// Whether a record of this input partition is new; if so, remembers it.
    public mutating func admit(_ origin: Origin, from input: TopicPartition) -> Bool {
        filters[input, default: OriginFilter()].admit(origin)
    }

    /// Writes the marks that have moved; call it in `Projection.save`.
    public mutating func save(_ database: Database) throws {
        try takeChanges().save(database)
    }

    /// Takes out the marks that have moved, to be written elsewhere.
    public mutating func takeChanges() -> Changes {
        var moved: [(Place, OriginFilter.Mark)] = []
        for (input, filter) in filters {
            let known = stored[input]?.marks ?? [:]
            guard filter.marks != known else { continue }
            for (source, mark) in filter.marks where known[source] != mark {
                moved.append((Place(input: input, source: source), mark))
            }
            stored[input] = filter
        }
        let changes = Changes(forgotten: forgotten, moved: moved)
        forgotten.removeAll()
        return changes
    }

    /// Marks that have moved, apart from the filters.
    public struct Changes: DetachedChanges {
        fileprivate let forgotten: Set<TopicPartition>
        fileprivate let moved: [(place: Place, mark: OriginFilter.Mark)]

        /// Writes the marks.
        public func save(_ database: Database) throws {
            for input in forgotten {
                try database.execute(
                    sql: "DELETE FROM origin_filters WHERE input_topic = ? AND input_partition = ?",
                    arguments: [input.topic.name, input.partition.number]
                )
            }
            guard !moved.isEmpty else { return }
            let statement = try database.cachedStatement(
                sql: """
                    INSERT INTO origin_filters VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET
                        origin_offset = excluded.origin_offset, origin_index = excluded.origin_index
                    """
            )
            for (place, mark) in moved {
                try statement.execute(arguments: [
                    place.input.topic.name, place.input.partition.number,
                    place.source.topicNumber, place.source.partition.number, mark.offset.number,
                    mark.index,
                ])
            }
        }
    }

    private static func load(
        _ input: TopicPartition,
        from database: Database
    ) throws
        -> OriginFilter
    {
        var marks: [OriginFilter.Source: OriginFilter.Mark] = [:]
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT origin_topic, origin_partition, origin_offset, origin_index
                FROM origin_filters WHERE input_topic = ? AND input_partition = ?
                """,
            arguments: [input.topic.name, input.partition.number]
        )
        while let row = try rows.next() {
            let source = OriginFilter.Source(topicNumber: row[0], partition: Partition(row[1]))
            marks[source] = OriginFilter.Mark(offset: Offset(row[2]), index: row[3])
        }
        return OriginFilter(marks: marks)
    }
}
