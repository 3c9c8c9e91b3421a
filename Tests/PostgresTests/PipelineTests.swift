import Postgres
import Testing

@Suite struct PipelineTests {
    @Test func queuedStatementsRunInOrder() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE t (id bigserial, n bigint)")
        let insert = connection.statement("INSERT INTO t (n) VALUES ($1)")
        let count = connection.statement("SELECT count(*), max(n) FROM t")
        try connection.transaction(.write) {
            for number in 1...10_000 as ClosedRange<Int64> {
                insert.bind(1, number)
                try insert.enqueue()
                guard number.isMultiple(of: 2_500) else { continue }
                // A read sees all that was queued before it.
                let rows = try count.rows()
                #expect(rows.int64(0, 0) == number)
                #expect(rows.int64(0, 1) == number)
            }
        }
        #expect(try connection.number("SELECT count(*) FROM t WHERE id = n") == 10_000)
    }

    @Test func twoHundredThousandQueuedInsertsArrive() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE t (n bigint, b bytea)")
        let insert = connection.statement("INSERT INTO t VALUES ($1, $2)")
        try connection.transaction(.write) {
            for number in 1...200_000 as ClosedRange<Int64> {
                insert.bind(1, number)
                insert.bind(2, bytes: [UInt8](repeating: UInt8(number & 0xFF), count: 40))
                try insert.enqueue()
            }
        }
        #expect(try connection.number("SELECT count(DISTINCT n) FROM t") == 200_000)
        #expect(try connection.number("SELECT max(n) FROM t WHERE length(b) = 40") == 200_000)
    }

    @Test func answersLargerThanAllBuffersDoNotStopTheQueue() async throws {
        let connection = try await freshConnection()
        let shout = connection.statement("SELECT repeat('x', 20000), $1::bytea")
        let bytes = [UInt8](repeating: 7, count: 20_000)
        try connection.transaction(.write) {
            for _ in 0..<3_000 {
                shout.bind(1, bytes: bytes)
                try shout.enqueue()
            }
            let rows = try shout.rows()
            #expect(rows.text(0, 0)?.utf8.count == 20_000)
            #expect(rows.bytes(0, 1) == bytes)
        }
    }

    @Test(arguments: ["read", "flush", "queue", "script", "copy", "commit"])
    func aQueuedErrorSurfacesAndNothingIsStored(at place: String) async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE t (n bigint PRIMARY KEY)")
        let insert = connection.statement("INSERT INTO t VALUES ($1)")
        var wentOn = false
        let error = try failure {
            try connection.transaction(.write) {
                for number in [1, 2, 1] as [Int64] {
                    insert.bind(1, number)
                    try insert.enqueue()
                }
                switch place {
                case "read": _ = try connection.number("SELECT 1::int8")
                case "flush": try connection.flush()
                case "queue":
                    for number in 3...100_000 as ClosedRange<Int64> {
                        insert.bind(1, number)
                        try insert.enqueue()
                    }
                case "script": try connection.execute("SELECT 1")
                case "copy": try connection.copy(into: "t", columns: ["n"]) { _ in }
                default: return
                }
                wentOn = true
            }
        }
        #expect(error.sqlState == "23505")
        #expect(!wentOn)
        #expect(try connection.number("SELECT count(*) FROM t") == 0)
        try connection.transaction(.write) { try insert.enqueue() }
        #expect(try connection.number("SELECT count(*) FROM t") == 1)
    }

    @Test func theFirstOfSeveralErrorsIsTheOneThatIsTold() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE t (n bigint PRIMARY KEY CHECK (n > 0))")
        let insert = connection.statement("INSERT INTO t VALUES ($1)")
        let error = try failure {
            try connection.transaction(.write) {
                for number in [1, -1, 1] as [Int64] {
                    insert.bind(1, number)
                    try insert.enqueue()
                }
            }
        }
        #expect(error.sqlState == "23514")
    }

    @Test func anErrorThatWasKeptQuietDoesNotPassForACommit() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE t (n bigint PRIMARY KEY)")
        let insert = connection.statement("INSERT INTO t VALUES (1)")
        let error = try failure {
            try connection.transaction(.write) {
                try insert.run()
                _ = try? insert.run()
            }
        }
        #expect(error.sqlState == "25P02")
        #expect(try connection.number("SELECT count(*) FROM t") == 0)
    }
}
