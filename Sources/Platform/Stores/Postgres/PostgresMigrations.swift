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
        try makeSchema()
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS migrations (
                identifier text PRIMARY KEY, applied_time timestamptz NOT NULL DEFAULT now())
            """
        )
        try checkIsNotNewer()
        let applied = try applied()
        for step in PostgresStoreSchema.steps where !applied.contains(step.identifier) {
            // A script is one transaction. The identifier is ours.
            try connection.execute(
                step.sql + ";INSERT INTO migrations (identifier) VALUES ('\(step.identifier)')"
            )
        }
    }

    /// To say IF NOT EXISTS takes a privilege that a role for a schema which is there need not have.
    private func makeSchema() throws {
        let query = connection.statement("SELECT 1 FROM pg_namespace WHERE nspname = $1")
        try query.bind(1, text: place.schema)
        guard try query.rows().count == 0 else { return }
        try connection.execute("CREATE SCHEMA IF NOT EXISTS \(place.schema)")
    }

    /// Looks whether all steps were run.
    ///
    /// - Throws: `StoreError` with code `missing` or `tooNew`.
    func checkComplete() throws {
        try checkIsNotNewer()
        let applied = try applied()
        guard PostgresStoreSchema.steps.allSatisfy({ applied.contains($0.identifier) }) else {
            throw StoreError(.missing, "\(place) is not a hot store, or not yet")
        }
    }

    /// Looks whether no step was run that this version does not know.
    ///
    /// - Throws: `StoreError` with code `tooNew`.
    func checkIsNotNewer() throws {
        let ours = Set(PostgresStoreSchema.steps.map(\.identifier))
        guard try applied().isSubset(of: ours) else {
            throw StoreError(.tooNew, "the store was made by a newer version")
        }
    }

    /// The steps that were run.
    func applied() throws -> Set<String> {
        let rows = try connection.statement("SELECT identifier FROM migrations").rows()
        return Set((0..<rows.count).compactMap { rows.text($0, 0) })
    }
}
