import Events
import GRDB
import GRDBSQLite
import Postgres

/// A prepared statement, bound and run without intermediate values.
///
/// GRDB's own arguments cost an array and a `Data` per value; a store writes several rows a message.
struct BoundStatement {
    private enum Engine {
        case sqlite(Statement, OpaquePointer)
        case postgres(PostgresStatement)
        case bulk(PostgresBulk)
    }

    private let engine: Engine
    /// Tells SQLite to copy what is bound.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    /// Prepares a statement; one that was prepared before is taken again.
    ///
    /// `postgres` is what PostgreSQL is told if `PortableSQL` can't say it.
    init(_ database: StoreConnection, _ sql: String, postgres: String? = nil) throws {
        switch database.engine {
        case .sqlite(let database):
            let statement = try database.cachedStatement(sql: sql)
            engine = .sqlite(statement, statement.sqliteStatement)
            sqlite3_reset(statement.sqliteStatement)
        case .postgres(let connection):
            engine = .postgres(connection.statement(postgres ?? PortableSQL.postgres(sql)))
        }
    }

    /// Prepares the insertion of many rows of a table, all columns bound in their order.
    ///
    /// A row is left out if its place is taken, or if `unless`, a query that may say `?1` for the row's first column and so on, finds
    /// something. Call `finish` at the end; rows may be written only then, and don't see one another.
    init(inserting table: StoreTable, _ database: StoreConnection, unless: String? = nil) throws {
        if case .postgres(let connection) = database.engine {
            engine = .bulk(PostgresBulk(into: table, unless: unless, connection))
        } else {
            engine = try Self.insertion(into: table, database, unless)
        }
    }

    private static func insertion(
        into table: StoreTable,
        _ database: StoreConnection,
        _ unless: String?
    ) throws -> Engine {
        let columns = table.columns
        let places = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        let values =
            unless.map { "SELECT \(places) WHERE NOT EXISTS (\($0))" } ?? "VALUES (\(places))"
        return try BoundStatement(
            database,
            """
            INSERT INTO \(table.rawValue) (\(columns.joined(separator: ", "))) \(values)
            ON CONFLICT DO NOTHING
            """
        ).engine
    }

    // MARK: Binding

    func bind(_ place: Int32, _ number: Int64) {
        switch engine {
        case .sqlite(_, let handle): sqlite3_bind_int64(handle, place, number)
        case .postgres(let statement): statement.bind(Int(place), number)
        case .bulk(let bulk): bulk.column(place).append(number)
        }
    }

    func bind(_ place: Int32, _ number: Int64?) {
        switch engine {
        case .sqlite(_, let handle):
            if let number {
                sqlite3_bind_int64(handle, place, number)
            } else {
                sqlite3_bind_null(handle, place)
            }
        case .postgres(let statement): statement.bind(Int(place), number)
        case .bulk(let bulk): bulk.column(place).append(number)
        }
    }

    func bind(_ place: Int32, _ time: Timestamp) { bind(place, time.milliseconds) }

    func bind(_ place: Int32, _ time: Timestamp?) { bind(place, time?.milliseconds) }

    func bind<Kind>(_ place: Int32, _ id: Identifier<Kind>) {
        withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { bind(place, bytes: $0) }
    }

    func bind<Kind>(_ place: Int32, _ id: Identifier<Kind>?) {
        if let id { bind(place, id) } else { bindNoBytes(place) }
    }

    func bind(_ place: Int32, _ content: [UInt8]) {
        content.withUnsafeBytes { bind(place, bytes: $0) }
    }

    func bind(_ place: Int32, _ content: [UInt8]?) {
        if let content { bind(place, content) } else { bindNoBytes(place) }
    }

    func bind(_ place: Int32, _ content: ArraySlice<UInt8>) {
        content.withUnsafeBytes { bind(place, bytes: $0) }
    }

    private func bind(_ place: Int32, bytes: UnsafeRawBufferPointer) {
        switch engine {
        case .sqlite(_, let handle):
            if bytes.isEmpty {
                sqlite3_bind_zeroblob(handle, place, 0)
            } else {
                let count = Int32(bytes.count)
                sqlite3_bind_blob(handle, place, bytes.baseAddress, count, Self.transient)
            }
        case .postgres(let statement): statement.bind(Int(place), bytes: bytes)
        case .bulk(let bulk): bulk.column(place).append(bytes: bytes)
        }
    }

    private func bindNoBytes(_ place: Int32) {
        switch engine {
        case .sqlite(_, let handle): sqlite3_bind_null(handle, place)
        case .postgres(let statement): statement.bind(Int(place), bytes: nil)
        case .bulk(let bulk): bulk.column(place).appendNull()
        }
    }

    /// Binds a text, without the character NUL, which PostgreSQL can't keep.
    func bind(_ place: Int32, _ text: String) { bind(place, Optional(text)) }

    func bind(_ place: Int32, _ text: String?) {
        let text = text?.storable
        switch engine {
        case .sqlite(_, let handle):
            if let text {
                sqlite3_bind_text(handle, place, text, Int32(text.utf8.count), Self.transient)
            } else {
                sqlite3_bind_null(handle, place)
            }
        // What could be refused is not in it any more.
        case .postgres(let statement): try? statement.bind(Int(place), text: text)
        case .bulk(let bulk): try? bulk.column(place).append(text: text)
        }
    }

    func bind(_ place: Int32, _ value: StoreValue) {
        switch value {
        case .null: bindNoBytes(place)
        case .integer(let number): bind(place, number)
        case .text(let text): bind(place, text)
        case .bytes(let bytes): bind(place, bytes)
        }
    }

    // MARK: Running

    /// Runs a statement that gives no rows; in PostgreSQL together with what follows.
    func run() throws {
        switch engine {
        case .sqlite(_, let handle):
            defer { sqlite3_reset(handle) }
            let code = sqlite3_step(handle)
            guard code == SQLITE_DONE || code == SQLITE_ROW else { throw failure(code, handle) }
        case .postgres(let statement): try statement.enqueue()
        case .bulk(let bulk): try bulk.endRow()
        }
    }

    /// Sees to it that everything that was run is in the tables.
    func finish() throws {
        if case .bulk(let bulk) = engine { try bulk.send() }
    }

    /// Runs a statement that gives no rows, and says how many it has changed.
    func runCounting() throws -> Int {
        if case .postgres(let statement) = engine { return try statement.run() }
        try run()
        guard case .sqlite(_, let handle) = engine else { return 0 }
        return Int(sqlite3_changes(sqlite3_db_handle(handle)))
    }

    /// Runs a query; the row is valid within `body` alone.
    func eachRow(_ body: (ResultRow) throws -> Void) throws {
        try rows {
            try body($0)
            return true
        }
    }

    /// Runs a query until `body` has had enough; the row is valid within it alone.
    func rows(while body: (ResultRow) throws -> Bool) throws {
        switch engine {
        case .sqlite(_, let handle):
            defer { sqlite3_reset(handle) }
            while true {
                let code = sqlite3_step(handle)
                if code == SQLITE_DONE { return }
                guard code == SQLITE_ROW else { throw failure(code, handle) }
                guard try body(ResultRow(sqlite: handle)) else { return }
            }
        case .postgres(let statement):
            let rows = try statement.rows()
            for place in 0..<rows.count {
                guard try body(ResultRow(rows, place)) else { return }
            }
        case .bulk: return
        }
    }

    /// The first row, made into a value.
    func first<Value>(_ body: (ResultRow) throws -> Value) throws -> Value? {
        var value: Value?
        try rows {
            value = try body($0)
            return false
        }
        return value
    }

    /// Runs a query that says `IN (?N)`, for all of these values; each row is valid within `body` alone.
    ///
    /// In no order, unless there is one value.
    func eachRow<Kind>(
        among ids: [Identifier<Kind>],
        at place: Int32,
        _ body: (ResultRow) throws -> Void
    ) throws {
        if case .postgres(let statement) = engine {
            statement.bind(Int(place), ids.map(\.bytes))
            return try eachRow(body)
        }
        for id in ids {
            bind(place, id)
            try eachRow(body)
        }
    }

    /// Runs a query that says `IN (?N)`, for all of these values; each row is valid within `body` alone.
    ///
    /// In no order, unless there is one value.
    func eachRow(
        among numbers: [Int64],
        at place: Int32,
        _ body: (ResultRow) throws -> Void
    ) throws {
        if case .postgres(let statement) = engine {
            statement.bind(Int(place), numbers)
            return try eachRow(body)
        }
        for number in numbers {
            bind(place, number)
            try eachRow(body)
        }
    }

    private func failure(_ code: Int32, _ handle: OpaquePointer) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code),
            message: String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
        )
    }
}

extension String {
    /// The same without NUL.
    fileprivate var storable: String {
        utf8.contains(0) ? replacing("\0", with: "\u{FFFD}") : self
    }
}
