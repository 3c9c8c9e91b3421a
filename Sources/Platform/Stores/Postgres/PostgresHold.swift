import Foundation
import Postgres

/// Keeps others from writing a store in PostgreSQL, and can put another in its place.
///
/// `@unchecked Sendable`: the connection is used under the lock alone.
final class PostgresHold: @unchecked Sendable {
    private let place: PostgresPlace
    private let connection: PostgresConnection
    private let lock = NSLock()

    init(_ place: PostgresPlace) throws(StoreError) {
        self.place = place
        connection = try StoreError.wrappingPostgres {
            let connection = try PostgresConnection(place.url)
            guard try connection.tryLock(place.lockKey) else {
                connection.close()
                throw StoreError(.inUse, "another process writes \(place)")
            }
            return connection
        }
    }

    deinit {
        connection.close()
    }

    /// Gives another schema this one's name, and drops what had it; all or nothing.
    ///
    /// Readers find the new tables under the names that they know, with their next transaction.
    func replace(with new: PostgresPlace) throws(StoreError) {
        lock.lock()
        defer { lock.unlock() }
        try StoreError.wrappingPostgres {
            do {
                try connection.execute(
                    """
                    BEGIN;
                    SET LOCAL lock_timeout = '10s';
                    DROP SCHEMA IF EXISTS \(place.schema) CASCADE;
                    ALTER SCHEMA \(new.schema) RENAME TO \(place.schema);
                    COMMIT
                    """
                )
            } catch let error as PostgresError {
                try? connection.execute("ROLLBACK")
                guard error.code == .cancelled else { throw error }
                throw StoreError(
                    .inUse,
                    "somebody has been reading \(place) for too long; try again"
                )
            }
        }
    }
}

extension PostgresHotStore {
    /// Looks what is in a schema, changing nothing.
    static func occupant(of place: PostgresPlace) throws(StoreError) -> StoreOccupant {
        try StoreError.wrappingPostgres {
            let connection = try PostgresConnection(place.url)
            defer { connection.close() }
            let query = connection.statement(
                "SELECT table_name::text FROM information_schema.tables WHERE table_schema = $1"
            )
            try query.bind(1, text: place.schema)
            let rows = try query.rows()
            let tables = Set((0..<rows.count).compactMap { rows.text($0, 0) })
            guard !tables.isEmpty else { return .nothing }
            guard tables.contains("migrations") else { return .other }
            let migrations = PostgresMigrations(connection, place)
            do {
                try migrations.checkComplete()
            } catch let error as StoreError where error.code == .missing {
                // Whoever was killed at the very beginning left only some of the tables.
                return .store
            }
            return .store
        }
    }
}

extension PostgresPlace {
    /// Whether a schema is in the same database of the same server, as far as their URLs tell.
    func isInDatabase(of other: PostgresPlace) -> Bool {
        url.description == other.url.description
    }
}
