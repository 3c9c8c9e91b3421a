import Postgres
import ServerSupport
import Testing

/// Prints what the ways of writing cost; asserts nothing but that all is there.
@Suite struct SpeedTests {
    private static let rows: Int64 = 100_000
    private static let body = [UInt8](repeating: 0x6D, count: 100)

    @Test func printHowFastRowsGoIn() async throws {
        let connection = try await freshConnection()
        try connection.execute(
            "CREATE TABLE t (c bytea, seq bigint, body bytea, PRIMARY KEY (c, seq))"
        )
        let ways: [(String, (PostgresConnection) throws -> Void)] = [
            ("queued inserts", Self.queue), ("unnest by 1,000", Self.unnest), ("COPY", Self.copy),
        ]
        for (name, write) in ways {
            try connection.execute("TRUNCATE t")
            let time = try ContinuousClock().measure { try write(connection) }
            #expect(try connection.number("SELECT count(*) FROM t") == Self.rows)
            let rate = Int(Double(Self.rows) / (time / .seconds(1)))
            print("postgres: \(name): \(rate) rows/s")
        }
        try Self.read(connection)
    }

    private static func conversation(_ number: Int64) -> [UInt8] {
        (0..<16).map { $0 == 0 ? UInt8(number % 100) : $0 }
    }

    private static func queue(_ connection: PostgresConnection) throws {
        let insert = connection.statement("INSERT INTO t VALUES ($1, $2, $3)")
        try connection.transaction(.write) {
            insert.bind(3, bytes: body)
            for number in 0..<rows {
                insert.bind(1, bytes: conversation(number))
                insert.bind(2, number)
                try insert.enqueue()
            }
        }
    }

    private static func unnest(_ connection: PostgresConnection) throws {
        let insert = connection.statement(
            "INSERT INTO t SELECT * FROM unnest($1, $2, $3) ON CONFLICT DO NOTHING"
        )
        let (ids, seqs, bodies) = (
            PostgresArray(.bytea), PostgresArray(.int8), PostgresArray(.bytea)
        )
        for (place, array) in [ids, seqs, bodies].enumerated() { insert.bind(place + 1, array) }
        try connection.transaction(.write) {
            for number in 0..<rows {
                ids.append(bytes: conversation(number))
                seqs.append(number)
                bodies.append(bytes: body)
                guard ids.count == 1_000 else { continue }
                try insert.enqueue()
                for array in [ids, seqs, bodies] { array.removeAll() }
            }
        }
    }

    private static func copy(_ connection: PostgresConnection) throws {
        try connection.copy(into: "t", columns: ["c", "seq", "body"]) { row in
            for number in 0..<rows {
                try row.startRow()
                row.append(bytes: conversation(number))
                row.append(number)
                row.append(bytes: body)
            }
        }
    }

    private static func read(_ connection: PostgresConnection) throws {
        let page = connection.statement(
            "SELECT seq, body FROM t WHERE c = $1 AND seq < $2 ORDER BY seq DESC LIMIT 30"
        )
        let count = 2_000
        var rows = 0
        let time = try ContinuousClock().measure {
            for number in 0..<count {
                page.bind(1, bytes: conversation(Int64(number)))
                page.bind(2, Int64(50_000 + number))
                rows += try page.rows().count
            }
        }
        #expect(rows == 30 * count)
        print("postgres: a page of 30: \(Int(time / .microseconds(1)) / count) µs")
    }
}
