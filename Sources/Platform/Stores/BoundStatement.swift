import Events
import GRDB
import GRDBSQLite

/// A prepared statement, bound and run without intermediate values.
///
/// GRDB's own arguments cost an array and a `Data` per value; a store writes several rows a message.
struct BoundStatement {
    private let statement: Statement
    private let handle: OpaquePointer
    /// Tells SQLite to copy what is bound.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(_ database: Database, _ sql: String) throws {
        statement = try database.cachedStatement(sql: sql)
        handle = statement.sqliteStatement
        sqlite3_reset(handle)
    }

    func bind(_ place: Int32, _ number: Int64) {
        sqlite3_bind_int64(handle, place, number)
    }

    func bind(_ place: Int32, _ number: Int64?) {
        if let number {
            sqlite3_bind_int64(handle, place, number)
        } else {
            sqlite3_bind_null(handle, place)
        }
    }

    func bind(_ place: Int32, _ time: Timestamp) {
        sqlite3_bind_int64(handle, place, time.milliseconds)
    }

    func bind(_ place: Int32, _ time: Timestamp?) {
        bind(place, time?.milliseconds)
    }

    func bind<Kind>(_ place: Int32, _ id: Identifier<Kind>) {
        withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { bytes in
            _ = sqlite3_bind_blob(handle, place, bytes.baseAddress, 16, Self.transient)
        }
    }

    func bind<Kind>(_ place: Int32, _ id: Identifier<Kind>?) {
        if let id {
            bind(place, id)
        } else {
            sqlite3_bind_null(handle, place)
        }
    }

    func bind(_ place: Int32, _ content: [UInt8]) {
        bind(place, content[...])
    }

    func bind(_ place: Int32, _ content: [UInt8]?) {
        if let content {
            bind(place, content[...])
        } else {
            sqlite3_bind_null(handle, place)
        }
    }

    func bind(_ place: Int32, _ content: ArraySlice<UInt8>) {
        content.withUnsafeBytes { bytes in
            if bytes.isEmpty {
                _ = sqlite3_bind_zeroblob(handle, place, 0)
            } else {
                _ = sqlite3_bind_blob(
                    handle,
                    place,
                    bytes.baseAddress,
                    Int32(bytes.count),
                    Self.transient
                )
            }
        }
    }

    func bind(_ place: Int32, _ text: String) {
        sqlite3_bind_text(handle, place, text, Int32(text.utf8.count), Self.transient)
    }

    func bind(_ place: Int32, _ text: String?) {
        if let text {
            bind(place, text)
        } else {
            sqlite3_bind_null(handle, place)
        }
    }

    func bind(_ place: Int32, _ value: StoreValue) {
        switch value {
        case .null: sqlite3_bind_null(handle, place)
        case .integer(let number): bind(place, number)
        case .text(let text): bind(place, text)
        case .bytes(let bytes): bind(place, bytes)
        }
    }

    /// Runs a statement that gives no rows.
    func run() throws {
        defer { sqlite3_reset(handle) }
        let code = sqlite3_step(handle)
        guard code == SQLITE_DONE || code == SQLITE_ROW else { throw failure(code) }
    }

    /// Runs a query; the row is valid within `body` alone.
    func eachRow(_ body: (ResultRow) throws -> Void) throws {
        defer { sqlite3_reset(handle) }
        while true {
            let code = sqlite3_step(handle)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw failure(code) }
            try body(ResultRow(handle: handle))
        }
    }

    /// Runs a query until `body` has had enough; the row is valid within it alone.
    func rows(while body: (ResultRow) throws -> Bool) throws {
        defer { sqlite3_reset(handle) }
        while true {
            let code = sqlite3_step(handle)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw failure(code) }
            guard try body(ResultRow(handle: handle)) else { return }
        }
    }

    /// The first row, made into a value.
    func first<Value>(_ body: (ResultRow) throws -> Value) throws -> Value? {
        defer { sqlite3_reset(handle) }
        let code = sqlite3_step(handle)
        if code == SQLITE_DONE { return nil }
        guard code == SQLITE_ROW else { throw failure(code) }
        return try body(ResultRow(handle: handle))
    }

    private func failure(_ code: Int32) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code),
            message: String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
        )
    }
}

/// The present row of a running query; columns count from 0.
struct ResultRow {
    fileprivate let handle: OpaquePointer

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    func time(_ column: Int32) -> Timestamp { Timestamp(milliseconds: integer(column)) }

    func optionalTime(_ column: Int32) -> Timestamp? { isNull(column) ? nil : time(column) }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func optionalBytes(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : bytes(column) }

    func bytes(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(sqlite3_column_bytes(handle, column))
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(
            decoding: UnsafeRawBufferPointer(start: start, count: count),
            as: UTF8.self
        )
    }

    func identifier<Kind>(_ column: Int32) throws -> Identifier<Kind> {
        guard let start = sqlite3_column_blob(handle, column),
            sqlite3_column_bytes(handle, column) == 16,
            let id = Identifier<Kind>(bytes: UnsafeRawBufferPointer(start: start, count: 16))
        else { throw StoreError(.database, "an identifier that is not 16 bytes") }
        return id
    }

    func optionalIdentifier<Kind>(_ column: Int32) -> Identifier<Kind>? {
        isNull(column) ? nil : try? identifier(column)
    }

    func value(_ column: Int32) -> StoreValue {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: .integer(integer(column))
        case SQLITE_TEXT: .text(text(column))
        case SQLITE_BLOB: .bytes(bytes(column))
        default: .null
        }
    }
}
