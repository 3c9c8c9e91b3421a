public import Events
public import GRDB

/// The SQLite file of one projection: its tables, and the positions up to which they are folded.
///
/// In WAL mode with `synchronous=NORMAL`: a commit does not wait for the disk. After a power failure the
/// file is intact but may lack the last transactions, state and positions alike, since they are
/// written together; the lost tail is then read again from the log. Nothing exists only here.
public struct ProjectionStore: Sendable {
    /// The writer's page cache at most: keys come in no order, and 2 MiB, the default, would be read again and again.
    private static let cacheBytesMax = 64 * 1024 * 1024
    /// Pages in the write-ahead log before the writer itself moves them to the file: `WALMover` has usually done it before.
    private static let logPagesMax = 16_000

    /// The database, for readers on any thread.
    public let database: any DatabaseWriter
    private let mover: WALMover?

    /// Opens or makes the file at `path` and brings its tables up to date.
    ///
    /// - Throws: `ProjectionError` of code `storage`.
    public init(path: String, migrations: [Migration]) throws(ProjectionError) {
        var configuration = Configuration()
        configuration.label = "projection"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            guard !database.configuration.readonly else { return }
            try database.execute(
                sql: """
                    PRAGMA synchronous = NORMAL;
                    PRAGMA cache_size = -\(Self.cacheBytesMax / 1024);
                    PRAGMA wal_autocheckpoint = \(Self.logPagesMax);
                    """
            )
        }
        let (pool, mover) = try Self.reporting("open \(path)") {
            let pool = try DatabasePool(path: path, configuration: configuration)
            return (pool, try WALMover(path: path))
        }
        try self.init(pool, mover: mover, migrations: migrations)
    }

    /// Uses a database that is open already, such as one in memory.
    public init(_ database: any DatabaseWriter, migrations: [Migration]) throws(ProjectionError) {
        try self.init(database, mover: nil, migrations: migrations)
    }

    /// A store that lasts as long as the value, for a projection whose state is elsewhere.
    public static func inMemory() throws(ProjectionError) -> ProjectionStore {
        try ProjectionStore(
            reporting("open a database in memory") { try DatabaseQueue() },
            migrations: []
        )
    }

    private init(
        _ database: any DatabaseWriter,
        mover: WALMover?,
        migrations: [Migration]
    ) throws(ProjectionError) {
        self.database = database
        self.mover = mover
        var migrator = DatabaseMigrator()
        migrator.registerMigration("positions-1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE positions (
                        topic TEXT NOT NULL,
                        partition INTEGER NOT NULL,
                        next_offset INTEGER NOT NULL,
                        PRIMARY KEY (topic, partition)
                    ) WITHOUT ROWID
                    """
            )
        }
        for migration in migrations {
            migrator.registerMigration(migration.identifier) { database in
                try database.execute(sql: migration.sql)
            }
        }
        let complete = migrator
        try Self.reporting("migrate") { try complete.migrate(database) }
    }

    /// The next offset to read, per partition of every topic that was ever read here.
    public func positions() throws(ProjectionError) -> [TopicPartition: Offset] {
        try Self.reporting("read positions") {
            try database.read { database in
                var positions: [TopicPartition: Offset] = [:]
                let rows = try Row.fetchCursor(
                    database,
                    sql: "SELECT topic, partition, next_offset FROM positions"
                )
                while let row = try rows.next() {
                    guard let topic = Topic(name: row[0]) else { continue }
                    positions[TopicPartition(topic, Partition(row[1]))] = Offset(row[2])
                }
                return positions
            }
        }
    }

    /// Writes state and positions in one transaction.
    ///
    /// - Throws: `ProjectionError` of code `storage` for what SQLite refused; nothing is written then.
    public func checkpoint(
        _ positions: [TopicPartition: Offset],
        save: (Database) throws -> Void
    ) throws(ProjectionError) {
        try Self.reporting("write the checkpoint") {
            try database.write { database in
                try save(database)
                try Self.write(positions, database)
            }
        }
        mover?.committed()
    }

    /// Begins to do the same on the database's own thread.
    func beginCheckpoint(
        _ positions: [TopicPartition: Offset],
        _ changes: any DetachedChanges
    ) -> PendingCheckpoint {
        let pending = PendingCheckpoint(positions: positions)
        let mover = mover
        database.asyncWrite { database in
            try changes.save(database)
            try Self.write(positions, database)
        } completion: { _, result in
            pending.complete(
                Result { () throws(ProjectionError) in
                    try Self.reporting("write the checkpoint") { try result.get() }
                }
            )
            mover?.committed()
        }
        return pending
    }

    private static func write(
        _ positions: [TopicPartition: Offset],
        _ database: Database
    ) throws {
        guard !positions.isEmpty else { return }
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO positions (topic, partition, next_offset) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset
                """
        )
        for (partition, offset) in positions {
            try statement.execute(arguments: [
                partition.topic.name, partition.partition.number, offset.number,
            ])
        }
    }

    /// Gives SQLite's errors a name; others pass as what they are inside one of ours.
    private static func reporting<Result>(
        _ action: String,
        _ body: () throws -> Result
    ) throws(ProjectionError) -> Result {
        do {
            return try body()
        } catch let error as ProjectionError {
            throw error
        } catch let error as DatabaseError {
            // Neither the statement nor its arguments: they may hold personal data.
            throw ProjectionError(
                .storage,
                "can't \(action): SQLite error \(error.extendedResultCode.rawValue) "
                    + "(\(error.message ?? "no message"))"
            )
        } catch {
            throw ProjectionError(.storage, "can't \(action): \(type(of: error))")
        }
    }
}
