import Foundation
import Postgres

/// Asks a hot store in PostgreSQL.
public final class PostgresStoreReader: SQLStoreReader {
    private let pool: PostgresPool

    /// A reader of the store at a place, with a number of connections at most.
    ///
    /// - Throws: `StoreError` with code `missing` as long as there is none, `tooNew`, `unavailable`.
    public init(_ place: PostgresPlace, readersMax: Int = 4) throws(StoreError) {
        let pool = PostgresPool(place.url, size: readersMax)
        self.pool = pool
        try StoreError.wrappingPostgres {
            try pool.withConnection { try PostgresMigrations($0, place).checkComplete() }
        }
    }

    /// Runs `body` in a transaction that sees one state of the store.
    public func read<Value>(_ body: (StoreConnection) throws -> Value) throws -> Value {
        try StoreError.wrappingPostgres {
            try pool.withConnection { connection in
                try connection.transaction(.readSnapshot) { try body(StoreConnection(connection)) }
            }
        }
    }

    /// The store as it is now: a transaction that lasts as long as the value, on a connection of its own.
    public func snapshot() throws -> any HotStoreReader {
        try PostgresSnapshot(pool.url)
    }
}

/// A store as it was at one moment.
///
/// `@unchecked Sendable`: the connection is used under the lock alone.
final class PostgresSnapshot: SQLStoreReader, @unchecked Sendable {
    private let connection: PostgresConnection
    private let lock = NSLock()

    init(_ url: PostgresURL) throws(StoreError) {
        connection = try StoreError.wrappingPostgres {
            let connection = try PostgresConnection(url)
            try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            // What it sees is settled by its first statement.
            _ = try connection.statement("SELECT 1").rows()
            return connection
        }
    }

    deinit {
        connection.close()
    }

    func read<Value>(_ body: (StoreConnection) throws -> Value) throws -> Value {
        lock.lock()
        defer { lock.unlock() }
        return try StoreError.wrappingPostgres { try body(StoreConnection(connection)) }
    }

    func snapshot() throws -> any HotStoreReader { self }
}
