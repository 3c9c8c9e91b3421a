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
            try connection.watchClient()
            return connection
        }
    }

    deinit {
        connection.close()
    }

    /// Gives another schema this one's name, and drops the store that had it; all or nothing.
    ///
    /// Readers find the new tables under the names that they know, with their next transaction.
    ///
    /// - Throws: `StoreError` with code `invalidLocation` if there is something else in the schema, or something depends on the store: it would be gone.
    func replace(with new: PostgresPlace) throws(StoreError) {
        lock.lock()
        defer { lock.unlock() }
        try StoreError.wrappingPostgres {
            let contents = PostgresSchemaContents(connection, place)
            guard try contents.occupant() != .other else {
                throw StoreError(.invalidLocation, "\(place) holds something else than a store")
            }
            if let other = try contents.stranger() { throw refusal(other) }
            do throws(PostgresError) {
                try connection.execute(swap(with: new))
            } catch {
                try? connection.execute("ROLLBACK")
                // Something has come since.
                if error.sqlState == "2BP01" { throw refusal("something") }
                guard error.code == .cancelled else { throw error }
                throw StoreError(
                    .inUse,
                    "somebody has been reading \(place) for too long; try again"
                )
            }
        }
    }

    /// Without CASCADE: what is not the store's, the server refuses to drop.
    private func swap(with new: PostgresPlace) -> String {
        let tables = PostgresSchemaContents.tables.map { "\(place.schema).\($0)" }
        return """
            BEGIN;
            SET LOCAL lock_timeout = '10s';
            DROP TABLE IF EXISTS \(tables.joined(separator: ", "));
            DROP SCHEMA IF EXISTS \(place.schema);
            ALTER SCHEMA \(new.schema) RENAME TO \(place.schema);
            COMMIT
            """
    }

    private func refusal(_ other: String) -> StoreError {
        StoreError(
            .invalidLocation,
            "\(other) is no part of the store in \(place) and would go with it: move or drop it, "
                + "or give the store a schema of its own"
        )
    }
}

extension PostgresHotStore {
    /// Looks what is in a schema, changing nothing.
    static func occupant(of place: PostgresPlace) throws(StoreError) -> StoreOccupant {
        try StoreError.wrappingPostgres {
            let connection = try PostgresConnection(place.url)
            defer { connection.close() }
            let occupant = try PostgresSchemaContents(connection, place).occupant()
            if occupant == .store { try PostgresMigrations(connection, place).checkIsNotNewer() }
            return occupant
        }
    }
}

extension PostgresPlace {
    /// Whether a schema is in the same database of the same server, as far as their URLs tell.
    func isInDatabase(of other: PostgresPlace) -> Bool {
        url.isSameDatabase(as: other.url)
    }
}
