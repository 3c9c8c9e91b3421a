import GRDB

/// Asks a hot store's SQLite file, without ever writing to it.
public final class SQLiteStoreReader: SQLStoreReader {
    private let database: any DatabaseReader

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
    public func snapshot() throws -> any HotStoreReader {
        guard let pool = database as? DatabasePool else { return self }
        return try StoreError.wrapping { SQLiteStoreReader(try pool.makeSnapshot()) }
    }

    /// Runs `body` in a read transaction.
    public func read<Value>(_ body: (StoreConnection) throws -> Value) throws -> Value {
        try StoreError.wrapping { try database.read { try body(StoreConnection($0)) } }
    }
}
