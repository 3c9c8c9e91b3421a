import Postgres
import Testing

@Suite struct TransactionTests {
    private struct Stop: Error {}

    @Test func whatThrowsIsRolledBack() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE t (n bigint)")
        let insert = connection.statement("INSERT INTO t VALUES (1)")
        for isQueued in [true, false] {
            #expect(throws: Stop.self) {
                try connection.transaction(.write) {
                    if isQueued { try insert.enqueue() } else { try insert.run() }
                    throw Stop()
                }
            }
        }
        #expect(throws: Stop.self) { try connection.transaction(.write) { throw Stop() } }
        #expect(try connection.number("SELECT count(*) FROM t") == 0)
        #expect(try connection.transaction(.write) { try insert.run() } == 1)
        #expect(try connection.number("SELECT count(*) FROM t") == 1)
    }

    @Test func anEmptyTransactionIsDone() async throws {
        let connection = try await freshConnection()
        #expect(try connection.transaction(.write) { 7 } == 7)
        #expect(try connection.transaction(.readSnapshot) { 8 } == 8)
    }

    @Test func aSnapshotSeesNothingThatComesLater() async throws {
        let url = try await PostgresServerURL.fresh()
        let reader = try PostgresConnection(url)
        let writer = try PostgresConnection(url)
        try writer.execute("CREATE TABLE t (n bigint)")
        let count = "SELECT count(*) FROM t"
        let insert = writer.statement("INSERT INTO t VALUES (1)")
        try reader.transaction(.readSnapshot) {
            #expect(try reader.number(count) == 0)
            try writer.transaction(.write) { try insert.enqueue() }
            #expect(try writer.number(count) == 1)
            #expect(try reader.number(count) == 0)
        }
        #expect(try reader.number(count) == 1)
        // Each statement of a write sees what is committed by then.
        try reader.transaction(.write) {
            #expect(try reader.number(count) == 1)
            try insert.run()
            #expect(try reader.number(count) == 2)
        }
    }

    @Test func aSnapshotChangesNothing() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE t (n bigint)")
        let insert = connection.statement("INSERT INTO t VALUES (1)")
        let error = try failure {
            try connection.transaction(.readSnapshot) { _ = try insert.run() }
        }
        #expect(error.sqlState == "25006")
    }

    @Test func aConstraintThatIsCheckedAtTheEndFailsTheTransaction() async throws {
        let connection = try await freshConnection()
        try connection.execute(
            "CREATE TABLE t (n bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)"
        )
        let insert = connection.statement("INSERT INTO t VALUES (1)")
        let error = try failure {
            try connection.transaction(.write) {
                try insert.run()
                try insert.run()
            }
        }
        #expect(error.sqlState == "23505")
        #expect(try connection.number("SELECT count(*) FROM t") == 0)
    }

    /// The server is told of it at the next occasion, which is the transaction.
    @Test(arguments: [PostgresConnection.TransactionKind.readSnapshot, .write])
    func aStatementThatWasGivenUpIsInNoTransactionsWay(
        kind: PostgresConnection.TransactionKind
    ) async throws {
        let connection = try await freshConnection()
        try giveUp(on: connection)
        #expect(try connection.transaction(kind) { try connection.number("SELECT 7") } == 7)
        let named = "SELECT count(*) FROM pg_prepared_statements WHERE name = 's1'"
        #expect(try connection.number(named) == 0)
    }

    @Test func whetherItWasThereToBeGivenUpConcernsNoTransaction() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE t (n bigint)")
        try giveUp(on: connection)
        try connection.execute("DEALLOCATE s1")
        let insert = connection.statement("INSERT INTO t VALUES (1)")
        for number in 1...3 as ClosedRange<Int64> {
            try connection.transaction(.write) { try insert.enqueue() }
            #expect(try connection.number("SELECT count(*) FROM t") == number)
        }
    }

    /// Has a connection prepare a statement, `s1`, that it will not use again.
    private func giveUp(on connection: PostgresConnection) throws {
        let type = connection.statement("SELECT pg_typeof($1)::text")
        type.bind(1, 1)
        try type.run()
        try type.bind(1, text: "")
        try type.run()
    }

    @Test func rowsBeyondMemoryAreReadThroughACursor() async throws {
        let connection = try await freshConnection()
        var sum: Int64 = 0
        var fetches = 0
        try connection.transaction(.readSnapshot) {
            let open = connection.statement(
                "DECLARE c NO SCROLL CURSOR FOR SELECT n FROM generate_series(1, $1) n"
            )
            open.bind(1, 10_000)
            try open.enqueue()
            let fetch = connection.statement("FETCH 1000 FROM c")
            while true {
                let rows = try fetch.rows()
                guard rows.count > 0 else { break }
                fetches += 1
                for row in 0..<rows.count { sum += rows.int64(row, 0) ?? 0 }
            }
        }
        #expect(sum == 50_005_000)
        #expect(fetches == 10)
    }
}
