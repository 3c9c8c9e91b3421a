import Postgres
import Testing

@Suite struct StatementTests {
    private static let prepared =
        "SELECT count(*) FROM pg_prepared_statements WHERE name ~ '^s[0-9]'"

    @Test func aStatementIsPreparedOnceAndKeepsWhatIsBound() async throws {
        let connection = try await freshConnection()
        for number in 0..<100 as Range<Int64> {
            let add = connection.statement("SELECT $1::int8 + $2::int8")
            if number == 0 { add.bind(2, 1_000) }
            add.bind(1, number)
            #expect(try add.rows().int64(0, 0) == 1_000 + number)
        }
        #expect(try connection.number(Self.prepared) == 2)
    }

    @Test func aStatementBoundWithAnotherTypeIsPreparedAnew() async throws {
        let connection = try await freshConnection()
        let type = connection.statement("SELECT pg_typeof($1)::text")
        type.bind(1, 1)
        #expect(try type.rows().text(0, 0) == "bigint")
        try type.bind(1, text: nil)
        #expect(try type.rows().text(0, 0) == "text")
        type.bind(1, [1] as [Int64])
        #expect(try type.rows().text(0, 0) == "bigint[]")
        #expect(try connection.number(Self.prepared) == 2)
    }

    @Test func statementsOnTheServerAreBounded() async throws {
        let connection = try await freshConnection()
        let held = connection.statement("SELECT 'held'")
        try held.run()
        for number in 0..<3 * PostgresConnection.statementsMax {
            #expect(try connection.number("SELECT \(number)::int8") == Int64(number))
        }
        let count = try connection.number(Self.prepared) ?? 0
        #expect(count <= PostgresConnection.statementsMax + 2)
        #expect(count >= PostgresConnection.statementsMax)
        // It was pushed out and works all the same.
        #expect(try held.rows().text(0, 0) == "held")
    }

    @Test func aStatementThatCouldNotBePreparedWorksWhenItsTableIsThere() async throws {
        let connection = try await freshConnection()
        let insert = connection.statement("INSERT INTO later VALUES ($1)")
        insert.bind(1, 1)
        #expect(try failure { try insert.run() }.sqlState == "42P01")
        let other = try failure {
            try connection.transaction(.write) {
                try insert.enqueue()
                try insert.enqueue()
            }
        }
        #expect(other.sqlState == "42P01")
        try connection.execute("CREATE TABLE later (n bigint)")
        #expect(try insert.run() == 1)
    }

    @Test func aStatementOutlivesAChangeOfItsTable() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE t (n bigint); INSERT INTO t VALUES (1)")
        let all = connection.statement("SELECT * FROM t")
        #expect(try all.rows().int64(0, 0) == 1)
        try connection.execute("ALTER TABLE t ADD m bigint DEFAULT 2")
        // The server refuses the old plan once.
        let error = try failure { try all.run() }
        #expect(error == PostgresError(.conflict, ""))
        #expect(error.isRetriable)
        let rows = try all.rows()
        #expect(rows.int64(0, 1) == 2)
    }

    @Test func whatSomebodyElseDeallocatedIsPreparedAnew() async throws {
        let connection = try await freshConnection()
        let gone = PostgresError(.conflict, "")
        for _ in 0..<3 {
            _ = try connection.number("SELECT 1")
            try connection.transaction(.write) { _ = try connection.number("SELECT 2") }
            try connection.execute("DEALLOCATE ALL")
            #expect(try failure { _ = try connection.number("SELECT 1") } == gone)
            for number in 1...3 as ClosedRange<Int64> {
                #expect(try connection.number("SELECT \(number)") == number)
                let four = try connection.transaction(.write) {
                    try connection.number("SELECT 4")
                }
                #expect(four == 4)
            }
            try connection.execute("DEALLOCATE ALL")
            #expect(
                try failure {
                    try connection.transaction(.write) { _ = try connection.number("SELECT 1") }
                } == gone
            )
            let one = try connection.transaction(.write) { try connection.number("SELECT 1") }
            #expect(one == 1)
        }
    }

    @Test func aNameThatNeverWasIsNotDeallocated() async throws {
        let connection = try await freshConnection()
        let broken = connection.statement("SELECT no_such($1)")
        let error = try failure {
            try connection.transaction(.write) {
                broken.bind(1, 1)
                try broken.enqueue()
                try broken.bind(1, text: "bound with another type before it was known to be broken")
                try broken.enqueue()
            }
        }
        #expect(error.sqlState == "42883")
        for number in 1...5 as ClosedRange<Int64> {
            #expect(try connection.number("SELECT \(number)") == number)
        }
    }

    @Test func changesAreCounted() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE t (n bigint)")
        #expect(
            try connection.statement("INSERT INTO t SELECT generate_series(1, 10)").run() == 10
        )
        #expect(try connection.statement("UPDATE t SET n = n WHERE n > 7").run() == 3)
        #expect(try connection.statement("DELETE FROM t WHERE n > 100").run() == 0)
        #expect(try connection.statement("SELECT * FROM t").run() == 10)
        #expect(try connection.statement("CREATE TABLE u (n bigint)").run() == 0)
    }

    @Test func aScriptIsDoneWholeOrNotAtAll() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE a (n bigint); CREATE TABLE b (n bigint);")
        let error = try failure {
            try connection.execute("INSERT INTO a VALUES (1); INSERT INTO no_such VALUES (2)")
        }
        #expect(error.sqlState == "42P01")
        #expect(try connection.number("SELECT count(*) FROM a") == 0)
        try connection.execute("")
        #expect(connection.isOpen)
    }

    @Test func whatAClosedConnectionIsAskedIsRefused() async throws {
        let connection = try await freshConnection()
        let statement = connection.statement("SELECT 1")
        try statement.run()
        connection.close()
        connection.close()
        #expect(!connection.isOpen)
        #expect(try failure { try statement.run() } == PostgresError(.closed, ""))
        #expect(try failure { try connection.execute("SELECT 1") } == PostgresError(.closed, ""))
        let error = try failure { try connection.transaction(.write) {} }
        #expect(error == PostgresError(.closed, ""))
    }

    @Test func oneSessionAtATimeHasALock() async throws {
        let server = try await PostgresServerURL.fresh()
        let one = try PostgresConnection(server)
        let two = try PostgresConnection(server)
        #expect(try one.tryLock(42))
        #expect(try !two.tryLock(42))
        #expect(try two.tryLock(43))
        try one.unlock(42)
        #expect(try two.tryLock(42))
        two.close()
        // The server notices the end of a session when it gets to it.
        let taken = try await eventually { try one.tryLock(42) ? true : nil }
        #expect(taken)
    }
}
