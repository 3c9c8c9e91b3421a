import GRDB
import Postgres

/// What folds and queries run on: one transaction of one connection, of either engine.
///
/// Statements are written once, in SQLite's words; `PortableSQL` says them in PostgreSQL's. Valid within the access that gave it, on its thread.
public struct StoreConnection {
    enum Engine {
        case sqlite(Database)
        case postgres(PostgresConnection)
    }

    let engine: Engine

    init(_ database: Database) {
        engine = .sqlite(database)
    }

    init(_ connection: PostgresConnection) {
        engine = .postgres(connection)
    }
}
