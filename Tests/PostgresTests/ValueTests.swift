import Postgres
import Testing

/// What is bound comes back.
@Suite struct ValueTests {
    @Test func numbersComeBack() async throws {
        let connection = try await freshConnection()
        let echo = connection.statement("SELECT $1::int8, $1 IS NULL")
        for number in [0, 1, -1, 255, 256, .max, .min] as [Int64?] + [nil] {
            echo.bind(1, number)
            let rows = try echo.rows()
            #expect(rows.int64(0, 0) == number)
            #expect(rows.bool(0, 1) == (number == nil))
            #expect(rows.isNull(0, 0) == (number == nil))
        }
    }

    @Test func bytesComeBack() async throws {
        let connection = try await freshConnection()
        let echo = connection.statement("SELECT $1::bytea, length($1)")
        let large = [UInt8](repeating: 0xA5, count: 5_000_000)
        for bytes in [[], [0], Array(0...255), large, nil] as [[UInt8]?] {
            echo.bind(1, bytes: bytes)
            let rows = try echo.rows()
            #expect(rows.bytes(0, 0) == bytes)
            #expect(rows.int64(0, 1) == bytes.map { Int64($0.count) })
            #expect(rows.withBytes(0, 0) { $0?.count } == bytes?.count)
        }
        echo.bind(1, bytes: Array(0...9)[3..<5])
        #expect(try echo.rows().bytes(0, 0) == [3, 4])
    }

    @Test func textsComeBack() async throws {
        let connection = try await freshConnection()
        let echo = connection.statement("SELECT $1::text, char_length($1)")
        let texts = ["", "a", "Grüße", "日本語のテキスト", "👩‍👩‍👧 family", "'; DROP TABLE x; --", "\u{1}\\n%s"]
        for text in texts {
            try echo.bind(1, text: text)
            let rows = try echo.rows()
            #expect(rows.text(0, 0) == text)
            #expect(rows.int64(0, 1) == Int64(text.unicodeScalars.count))
        }
        try echo.bind(1, text: nil)
        #expect(try echo.rows().text(0, 0) == nil)
    }

    @Test func aTextWithNULIsRefusedBeforeItIsSent() async throws {
        let connection = try await freshConnection()
        let echo = connection.statement("SELECT $1::text")
        try echo.bind(1, text: "before")
        let texts = PostgresArray(.text)
        for error in [
            try failure { try echo.bind(1, text: "a\0secret") },
            try failure { try texts.append(text: "\0secret") },
            try failure { try echo.bind(1, texts: ["fine", "secret\0"]) },
        ] {
            #expect(error == PostgresError(.invalidText, ""))
            #expect(!error.isRetriable && !"\(error)".contains("secret"))
        }
        #expect(texts.count == 0)
        #expect(try echo.rows().text(0, 0) == "before")
    }

    @Test func arraysComeBackElementByElement() async throws {
        let connection = try await freshConnection()
        let echo = connection.statement(
            """
            SELECT * FROM unnest($1::int8[], $2::bytea[], $3::text[], $4::bool[])
            WITH ORDINALITY AS t(a, b, c, d, n) ORDER BY n
            """
        )
        let numbers = PostgresArray(.int8)
        let blobs = PostgresArray(.bytea)
        let texts = PostgresArray(.text)
        let flags = PostgresArray(.bool)
        for (place, array) in [numbers, blobs, texts, flags].enumerated() {
            echo.bind(place + 1, array)
        }
        // Twice: an emptied array is as good as a new one.
        for round in 1...2 as ClosedRange<Int64> {
            for array in [numbers, blobs, texts, flags] { array.removeAll() }
            #expect(try echo.rows().count == 0)
            numbers.append(round)
            numbers.append(nil)
            numbers.append(.min)
            blobs.append(bytes: [])
            blobs.append(bytes: [1, 2, 3][1...])
            blobs.append(bytes: nil)
            try texts.append(text: nil)
            try texts.append(text: "")
            try texts.append(text: "Grüße")
            flags.append(bool: true)
            flags.appendNull()
            flags.append(bool: false)
            let rows = try echo.rows()
            #expect(rows.count == 3)
            #expect((0..<3).map { rows.int64($0, 0) } == [round, nil, .min])
            #expect((0..<3).map { rows.bytes($0, 1) } == [[], [2, 3], nil])
            #expect((0..<3).map { rows.text($0, 2) } == [nil, "", "Grüße"])
            #expect((0..<3).map { rows.bool($0, 3) } == [true, nil, false])
        }
    }

    @Test func plainArraysSelectRows() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE t (n bigint, b bytea, s text)")
        try connection.execute(
            "INSERT INTO t SELECT n, decode(to_hex(n + 16), 'hex'), n FROM generate_series(1, 9) n"
        )
        let byNumber = connection.statement("SELECT n FROM t WHERE n = ANY($1) ORDER BY n")
        byNumber.bind(1, [3, 1, 20] as [Int64])
        let rows = try byNumber.rows()
        #expect((0..<rows.count).map { rows.int64($0, 0) } == [1, 3])
        byNumber.bind(1, [] as [Int64])
        #expect(try byNumber.rows().count == 0)
        let byBytes = connection.statement("SELECT n FROM t WHERE b = ANY($1)")
        byBytes.bind(1, [[0x12], []] as [[UInt8]])
        #expect(try byBytes.rows().int64(0, 0) == 2)
        let byText = connection.statement("SELECT n FROM t WHERE s = ANY($1)")
        try byText.bind(1, texts: ["5"])
        #expect(try byText.rows().int64(0, 0) == 5)
    }

    @Test func smallerNumbersReadAsNumbersAndOtherTypesAsNothing() async throws {
        let connection = try await freshConnection()
        let rows = try connection.statement(
            "SELECT -2::int2, -4::int4, -8::int8, true, '12345678'::text, sum(1::int8)"
        ).rows()
        #expect((0..<4).map { rows.int64(0, $0) } == [-2, -4, -8, 1])
        #expect(rows.int64(0, 4) == nil)
        #expect(rows.int64(0, 5) == nil)
        #expect(!rows.isNull(0, 4))
    }

    @Test func aNumberGoesIntoASmallerColumnIfItFits() async throws {
        let connection = try await freshConnection()
        try connection.execute("CREATE TABLE t (n int2)")
        let insert = connection.statement("INSERT INTO t VALUES ($1)")
        insert.bind(1, 32_767)
        #expect(try insert.run() == 1)
        insert.bind(1, 32_768)
        #expect(try failure { try insert.run() }.sqlState == "22003")
        #expect(try connection.numbers("SELECT n FROM t") == [32_767])
    }
}
