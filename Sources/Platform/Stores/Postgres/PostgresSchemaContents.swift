import Postgres

/// What is in a schema: a store, something else, or both.
struct PostgresSchemaContents {
    /// The tables that the store's own steps make.
    static let tables: [String] = {
        let made = PostgresStoreSchema.steps.flatMap { step in
            step.sql.matches(of: #/\bCREATE TABLE (\w+)/#).map { String($0.1) }
        }
        return ["migrations"] + made
    }()

    private let connection: PostgresConnection
    private let place: PostgresPlace

    init(_ connection: PostgresConnection, _ place: PostgresPlace) {
        self.connection = connection
        self.place = place
    }

    /// Whether it is a store, finished or not.
    ///
    /// Other programs, too, keep their migrations in a table of that name.
    func occupant() throws -> StoreOccupant {
        // Of all kinds but indexes, also those that this role may not read.
        let relations = try names(
            """
            SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relkind NOT IN ('i', 'I') ORDER BY 1
            """
        )
        guard !relations.isEmpty else { return .nothing }
        let columns = try names(
            """
            SELECT a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = 'migrations' AND c.relkind = 'r'
                AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1
            """
        )
        guard columns == ["applied_time", "identifier"] else { return .other }
        let applied = try PostgresMigrations(connection, place).applied()
        let isBegun = applied.contains(PostgresStoreSchema.steps[0].identifier)
        // Whoever was killed at the very beginning left this one table.
        return isBegun || (applied.isEmpty && relations == ["migrations"]) ? .store : .other
    }

    /// Something that is in the schema, or depends on the store, and was not made by the store's own steps.
    ///
    /// - Returns: a relation, a function, a type or whatever else there is, in the server's words.
    func stranger() throws -> String? {
        let query = connection.statement(Self.strangers)
        try query.bind(1, text: place.schema)
        try query.bind(2, texts: Self.tables)
        let rows = try query.rows()
        return rows.count > 0 ? rows.text(0, 0) : nil
    }

    /// What belongs to a table, such as its indexes, depends on it automatically; what was made by itself, and would be missed, depends normally.
    private static let strangers = """
        WITH place AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
        made AS (
            SELECT c.oid, c.relname FROM pg_class c JOIN place p ON p.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND c.relname = ANY($2)
        ),
        own AS (
            SELECT oid FROM made
            UNION
            SELECT i.inhrelid FROM pg_inherits i JOIN made m ON m.oid = i.inhparent
            WHERE m.relname = 'events'
        )
        SELECT pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_depend d
        WHERE d.deptype = 'n' AND (
            d.refclassid = 'pg_namespace'::regclass AND d.refobjid IN (SELECT oid FROM place)
            OR d.refclassid = 'pg_class'::regclass AND d.refobjid IN (SELECT oid FROM own)
        ) AND NOT (d.classid = 'pg_class'::regclass AND d.objid IN (SELECT oid FROM own))
        ORDER BY d.classid, d.objid LIMIT 1
        """

    private func names(_ sql: String) throws -> [String] {
        let query = connection.statement(sql)
        try query.bind(1, text: place.schema)
        let rows = try query.rows()
        return (0..<rows.count).compactMap { rows.text($0, 0) }
    }
}
