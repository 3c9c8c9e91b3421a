import Postgres
import Testing

@Suite struct CopyTests {
    private struct Stop: Error {}

    @Test func rowsOfEveryTypeAreLoaded() async throws {
        let connection = try await freshConnection()
        try connection.execute(
            #"CREATE TABLE "a ""table""" (n bigint, i int, s smallint, f bool, b bytea, t text)"#
        )
        let columns = ["n", "i", "s", "f", "b", "t"]
        let count = try connection.copy(into: #"a "table""#, columns: columns) { row in
            for number in 0..<50_000 as Range<Int64> {
                try row.startRow()
                row.append(number)
                row.append(int4: Int32(number))
                row.append(int2: Int16(truncatingIfNeeded: number))
                row.append(bool: number.isMultiple(of: 2))
                row.append(bytes: number.isMultiple(of: 3) ? nil : [1, 2, 3])
                try row.append(text: number == 7 ? nil : "Grüße \(number)")
            }
        }
        #expect(count == 50_000)
        let sql = #"""
            SELECT count(*) FROM "a ""table""" WHERE n = i AND f = (n % 2 = 0) AND (b IS NULL) = (n % 3 = 0)
            AND coalesce(t = 'Grüße ' || n, n = 7)
            """#
        #expect(try connection.number(sql) == 50_000)
    }

    @Test func aCopyThatFailsLoadsNothingAndLeavesTheConnectionFit() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE t (n bigint PRIMARY KEY)")
        let twice = try failure {
            try connection.copy(into: "t", columns: ["n"]) { row in
                for number in 0..<100_000 as Range<Int64> {
                    try row.startRow()
                    row.append(number % 99_999)
                }
            }
        }
        #expect(twice.sqlState == "23505")
        let mistyped = try failure {
            try connection.copy(into: "t", columns: ["n"]) { row in
                try row.startRow()
                row.append(bool: true)
            }
        }
        #expect(mistyped.sqlState == "22P03" || mistyped.sqlState == "08P01", "\(mistyped)")
        #expect(
            try failure { try connection.copy(into: "no_such", columns: ["n"]) { _ in } }.sqlState
                == "42P01"
        )
        #expect(throws: Stop.self) {
            try connection.copy(into: "t", columns: ["n"]) { row in
                try row.startRow()
                row.append(1)
                throw Stop()
            }
        }
        #expect(try connection.number("SELECT count(*) FROM t") == 0)
        #expect(try connection.copy(into: "t", columns: ["n"]) { _ in } == 0)
    }

    @Test func aCopyBelongsToItsTransaction() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE t (n bigint, s text)")
        let insert = connection.statement("INSERT INTO t VALUES (1)")
        func load(_ text: String) throws {
            try connection.transaction(.write) {
                try insert.enqueue()
                try connection.copy(into: "t", columns: ["n", "s"]) { row in
                    try row.startRow()
                    row.append(2)
                    try row.append(text: text)
                }
                try insert.enqueue()
            }
        }
        try load("fine")
        #expect(try connection.number("SELECT count(*) FROM t") == 3)
        #expect(try failure { try load("\0") } == PostgresError(.invalidText, ""))
        #expect(try connection.number("SELECT count(*) FROM t") == 3)
    }
}
