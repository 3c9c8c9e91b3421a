import Postgres
import Testing

/// Errors say what happened and nothing of what is in rows and parameters.
@Suite struct ErrorTests {
    private func check(
        _ sql: String,
        _ connection: PostgresConnection,
        sqlState: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let statement = connection.statement(sql)
        try statement.bind(1, text: "sec\"ret: secret")
        let error = try failure({ try statement.run() }, sourceLocation: sourceLocation)
        #expect(error.sqlState == sqlState, sourceLocation: sourceLocation)
        #expect(!"\(error)".contains("ret"), "\(error)", sourceLocation: sourceLocation)
        #expect("\(error)".contains(sqlState), sourceLocation: sourceLocation)
        #expect(!error.isRetriable, sourceLocation: sourceLocation)
    }

    @Test func errorsQuoteNoValues() async throws {
        let connection = try await freshConnection()
        try connection.execute(
            """
            CREATE TABLE t (a text PRIMARY KEY, b varchar(3), c text CHECK (c <> 'sec"ret: secret'));
            INSERT INTO t VALUES ('sec"ret: secret');
            """
        )
        try check("INSERT INTO t VALUES ($1)", connection, sqlState: "23505")
        try check("INSERT INTO t (a, b) VALUES ('x', $1)", connection, sqlState: "22001")
        try check("INSERT INTO t (a, c) VALUES ('x', $1)", connection, sqlState: "23514")
        try check("SELECT $1::text::int8", connection, sqlState: "22P02")
        try check("SELECT $1::text::timestamp", connection, sqlState: "22007")
        try check("SELECT $1::text::json", connection, sqlState: "22P02")
        try check("SELECT to_tsquery('simple', $1::text || ' & (')", connection, sqlState: "42601")
        try check("SELECT $1::text::regclass", connection, sqlState: "42602")
        try check("SELECT 'x' ~ ($1::text || '(')", connection, sqlState: "2201B")
        #expect(connection.isOpen)
        #expect(try connection.number("SELECT count(*) FROM t") == 1)
    }

    @Test func constraintsAreNamed() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE t (a text CONSTRAINT my_rule CHECK (a <> 'x'))")
        let error = try failure { try connection.execute("INSERT INTO t VALUES ('x')") }
        #expect(error.message.contains("my_rule"))
        #expect(error == PostgresError(.statement, ""))
    }

    @Test func messagesAreBounded() async throws {
        let connection = try await freshConnection()
        let name = String(repeating: "n", count: 10_000)
        let error = try failure { try connection.execute("SELECT \(name), '") }
        #expect("\(error)".count < 500)
    }

    @Test func aCancelledStatementMayBeTriedAgain() async throws {
        let connection = try await freshConnection()
        try connection.execute("SET statement_timeout = '20ms'")
        let error = try failure { try connection.statement("SELECT pg_sleep(60)").run() }
        #expect(error == PostgresError(.cancelled, ""))
        #expect(error.sqlState == "57014")
        #expect(error.isRetriable && connection.isOpen)
    }

    @Test(arguments: ["25006", "25P04"])
    func whatPassesWithTheServersStateMayBeTriedAgain(sqlState: String) async throws {
        let connection = try await freshConnection()
        let error = try failure {
            try connection.execute(
                "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '\(sqlState)'; END $$"
            )
        }
        #expect(error == PostgresError(.unavailable, ""))
        #expect(error.sqlState == sqlState && error.isRetriable)
    }

    @Test func aDeadlockIsAConflict() async throws {
        let url = try await PostgresServerURL.fresh()
        let one = try PostgresConnection(url)
        let two = try PostgresConnection(url)
        try one.execute("CREATE TABLE t (n bigint); INSERT INTO t VALUES (1), (2)")
        try one.execute("SET deadlock_timeout = '10ms'; BEGIN; DELETE FROM t WHERE n = 1")
        try two.execute("SET deadlock_timeout = '10ms'; BEGIN; DELETE FROM t WHERE n = 2")
        async let first = onThread { try one.execute("DELETE FROM t WHERE n = 2; COMMIT") }
        async let second = onThread { try two.execute("DELETE FROM t WHERE n = 1; COMMIT") }
        var errors: [PostgresError] = []
        do { try await first } catch let error as PostgresError {
            errors.append(error)
            try one.execute("ROLLBACK")
        }
        do { try await second } catch let error as PostgresError {
            errors.append(error)
            try two.execute("ROLLBACK")
        }
        #expect(errors.map(\.sqlState) == ["40P01"])
        #expect(errors.allSatisfy { $0 == PostgresError(.conflict, "") && $0.isRetriable })
    }

    @Test func aNoticeIsNoError() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE IF NOT EXISTS t (n int)")
        try connection.execute("CREATE TABLE IF NOT EXISTS t (n int)")
        #expect(try connection.number("SELECT count(*) FROM t") == 0)
    }
}
