import Postgres

/// Brings the tables of a store up to date, step by step, each in a transaction of its own.
struct PostgresMigrations {
    private let connection: PostgresConnection
    private let place: PostgresPlace

    init(_ connection: PostgresConnection, _ place: PostgresPlace) {
        self.connection = connection
        self.place = place
    }

    /// Makes the schema if it is not there, and runs the steps that it has not seen.
    ///
    /// - Throws: `StoreError` with code `tooNew`.
    func run() throws {
        try connection.execute(
            """
            CREATE SCHEMA IF NOT EXISTS \(place.schema);
            CREATE TABLE IF NOT EXISTS migrations (
                identifier text PRIMARY KEY, applied_time timestamptz NOT NULL DEFAULT now());
            """
        )
        let applied = try applied()
        try checkIsNotNewer(applied)
        for step in PostgresStoreSchema.steps where !applied.contains(step.identifier) {
            // A script is one transaction. The identifier is ours.
            try connection.execute(
                step.sql + ";INSERT INTO migrations (identifier) VALUES ('\(step.identifier)')"
            )
        }
    }

    /// Looks whether all steps were run.
    ///
    /// - Throws: `StoreError` with code `missing` or `tooNew`.
    func checkComplete() throws {
        let applied = try applied()
        try checkIsNotNewer(applied)
        guard PostgresStoreSchema.steps.allSatisfy({ applied.contains($0.identifier) }) else {
            throw StoreError(.missing, "\(place) is not a hot store, or not yet")
        }
    }

    private func applied() throws -> Set<String> {
        let rows = try connection.statement("SELECT identifier FROM migrations").rows()
        return Set((0..<rows.count).compactMap { rows.text($0, 0) })
    }

    private func checkIsNotNewer(_ applied: Set<String>) throws {
        let ours = Set(PostgresStoreSchema.steps.map(\.identifier))
        guard applied.isSubset(of: ours) else {
            throw StoreError(.tooNew, "the store was made by a newer version")
        }
    }
}
