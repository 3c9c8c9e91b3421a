import GRDB
import ServiceKit

/// The hot store in one SQLite file.
///
/// Write-ahead logging, so that readers (`martlet-history`, in its own process) and the one writer don't wait for one another.
/// `synchronous=NORMAL`: a commit survives the death of the process at once, and that of the machine after the next
/// checkpoint of the write-ahead log. What a power failure takes back it takes back with its positions, in whole transactions, and the log
/// gives it again; an fsync a batch would buy nothing.
public final class SQLiteHotStore: SQLHotStore {
    /// The file.
    public let path: String
    private let purpose: StorePurpose
    private let pool: DatabasePool
    private let lock: StoreLock?

    /// Opens the store at `path` for writing, making or migrating it as needed.
    ///
    /// `lock` is kept as long as the store is there.
    ///
    /// - Throws: `StoreError` with code `tooNew` or `database`.
    public init(
        path: String,
        for purpose: StorePurpose = .serving,
        holding lock: StoreLock? = nil
    ) throws(StoreError) {
        _ = SQLiteSettings.isWithoutStatistics
        var configuration = Configuration()
        configuration.label = "hot-store"
        configuration.maximumReaderCount = 4
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try Self.prepare(database, for: purpose)
        }
        self.path = path
        self.purpose = purpose
        self.lock = lock
        pool = try StoreError.wrapping {
            let pool = try DatabasePool(path: path, configuration: configuration)
            try pool.read(Self.checkIsNotNewer)
            try Self.migrator.migrate(pool)
            try pool.write { try Self.arrangeIndexes($0, for: purpose) }
            return pool
        }
    }

    /// A write-ahead log that was longer is cut to this: twice what it grows to before it is emptied.
    private static let logBytesKept = 512 << 20
    /// How long closing waits for readers, in milliseconds: a service has seconds to end.
    private static let closingPatience = 1000

    /// The store's file in a data folder.
    public static func path(inDataDirectory directory: String) -> String {
        directory + "/history.sqlite"
    }

    /// Once per connection; keys come in no order, so a cache is worth its memory.
    private static func prepare(_ database: Database, for purpose: StorePurpose) throws {
        // Of a new file: rows are a quarter of a kilobyte and come in the middle of the table, so fewer pages are divided.
        // Whoever writes has the write-ahead log moved by somebody else, and does it himself from 256 MiB on.
        try database.execute(sql: "PRAGMA page_size = 8192; PRAGMA wal_autocheckpoint = 32768")
        guard purpose != .serving, !database.configuration.readonly else {
            // While somebody keeps a moment, as `verify` does, the log grows: what it had to be then it need not stay.
            try database.execute(sql: "PRAGMA journal_size_limit = \(logBytesKept)")
            return try database.execute(sql: "PRAGMA cache_size = -65536")
        }
        try database.execute(sql: "PRAGMA cache_size = -131072")
        if purpose == .scratch { try database.execute(sql: "PRAGMA synchronous = OFF") }
    }

    // MARK: Building

    /// What an empty store that is being built goes without.
    ///
    /// Message ids come in the order of time and rows in that of conversations. Kept up row by row the index is a third of the work; sorting once at the
    /// end is a tenth.
    private static let lateIndex = (name: "events_by_message", columns: "events (message_id)")

    private static func arrangeIndexes(_ database: Database, for purpose: StorePurpose) throws {
        guard purpose != .serving else { return try buildLateIndex(database) }
        let query = "SELECT EXISTS (SELECT 1 FROM checkpoints)"
        guard try Bool.fetchOne(database, sql: query) == false else { return }
        try database.execute(sql: "DROP INDEX IF EXISTS \(lateIndex.name)")
    }

    private static func buildLateIndex(_ database: Database) throws {
        try database.execute(
            sql: "CREATE INDEX IF NOT EXISTS \(lateIndex.name) ON \(lateIndex.columns)"
        )
    }

    /// Builds the index of messages, if it was left out; one step, which a crash undoes.
    public func finishBuilding() throws {
        try StoreError.wrapping { try pool.write(Self.buildLateIndex) }
    }

    // MARK: Reading and writing

    /// Writes a batch in one transaction.
    @discardableResult
    public func apply(_ batch: StoreBatch) throws -> StoreWriteReport {
        try write { try StoreWriter(database: $0).write(batch) }
    }

    /// Runs `body` in a transaction that writes.
    public func write<Value>(_ body: (StoreConnection) throws -> Value) throws -> Value {
        try StoreError.wrapping { try pool.write { try body(StoreConnection($0)) } }
    }

    /// Runs `body` in a read transaction.
    public func read<Value>(_ body: (StoreConnection) throws -> Value) throws -> Value {
        try StoreError.wrapping { try pool.read { try body(StoreConnection($0)) } }
    }

    /// The store as it is now: a read transaction that lasts as long as the value.
    public func snapshot() throws -> any HotStoreReader {
        try StoreError.wrapping { SQLiteStoreReader(try pool.makeSnapshot()) }
    }

    /// Brings everything into the one file, leaving no write-ahead log, and closes it.
    ///
    /// A store that is served keeps its log if somebody reads it for longer than a second: whoever opens the store next goes on with both.
    ///
    /// - Throws: `StoreError` if somebody still reads the log of a store that was built.
    public func close() throws {
        try StoreError.wrapping {
            try pool.writeWithoutTransaction(emptyLog)
            try pool.close()
        }
    }

    private func emptyLog(_ database: Database) throws {
        guard purpose == .serving else {
            _ = try database.checkpoint(.truncate)
            return
        }
        try database.execute(sql: "PRAGMA busy_timeout = \(Self.closingPatience)")
        do {
            _ = try database.checkpoint(.truncate)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {}
    }
}

extension StoreError {
    /// Runs `body`; what SQLite throws becomes a `StoreError`.
    static func wrapping<Value>(_ body: () throws -> Value) throws(StoreError) -> Value {
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch let error as DatabaseError {
            let isMissing =
                error.resultCode == .SQLITE_CANTOPEN
                || error.message?.hasPrefix("no such table") == true
            let isBusy = error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED
            // The message is SQLite's own; `description` would add the statement's arguments.
            throw StoreError(
                isMissing ? .missing : isBusy ? .inUse : .database,
                error.message ?? "\(error.extendedResultCode)"
            )
        } catch {
            throw StoreError(.database, "\(type(of: error))")
        }
    }
}
