import Events
import GRDBSQLite
import Postgres

/// The present row of a running query, or a row that was kept; columns count from 0.
struct ResultRow {
    enum Source {
        case sqlite(OpaquePointer)
        case postgres(PostgresRows, Int)
        case kept([StoreValue])
    }

    let source: Source

    init(sqlite handle: OpaquePointer) {
        source = .sqlite(handle)
    }

    init(_ rows: PostgresRows, _ place: Int) {
        source = .postgres(rows, place)
    }

    init(_ row: StoreRow) {
        source = .kept(row.values)
    }

    func integer(_ column: Int32) -> Int64 {
        switch source {
        case .sqlite(let handle): sqlite3_column_int64(handle, column)
        case .postgres(let rows, let place): rows.int64(place, Int(column)) ?? 0
        case .kept(let values):
            if case .integer(let number) = values[Int(column)] { number } else { 0 }
        }
    }

    func isNull(_ column: Int32) -> Bool {
        switch source {
        case .sqlite(let handle): sqlite3_column_type(handle, column) == SQLITE_NULL
        case .postgres(let rows, let place): rows.isNull(place, Int(column))
        case .kept(let values): values[Int(column)] == .null
        }
    }

    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    func time(_ column: Int32) -> Timestamp { Timestamp(milliseconds: integer(column)) }

    func optionalTime(_ column: Int32) -> Timestamp? { isNull(column) ? nil : time(column) }

    func optionalBytes(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : bytes(column) }

    func bytes(_ column: Int32) -> [UInt8] { withBytes(column) { Array($0) } }

    func text(_ column: Int32) -> String {
        switch source {
        case .sqlite(let handle):
            guard let start = sqlite3_column_text(handle, column) else { return "" }
            let count = Int(sqlite3_column_bytes(handle, column))
            return String(
                decoding: UnsafeRawBufferPointer(start: start, count: count),
                as: UTF8.self
            )
        case .postgres(let rows, let place):
            return rows.text(place, Int(column)) ?? ""
        case .kept(let values):
            if case .text(let text) = values[Int(column)] { return text }
            return ""
        }
    }

    private func withBytes<Value>(
        _ column: Int32,
        _ body: (UnsafeRawBufferPointer) -> Value
    ) -> Value {
        switch source {
        case .sqlite(let handle):
            let start = sqlite3_column_blob(handle, column)
            let count = Int(sqlite3_column_bytes(handle, column))
            return body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
        case .postgres(let rows, let place):
            return rows.withBytes(place, Int(column)) {
                body($0 ?? UnsafeRawBufferPointer(start: nil, count: 0))
            }
        case .kept(let values):
            guard case .bytes(let bytes) = values[Int(column)] else {
                return body(UnsafeRawBufferPointer(start: nil, count: 0))
            }
            return bytes.withUnsafeBytes(body)
        }
    }

    func identifier<Kind>(_ column: Int32) throws -> Identifier<Kind> {
        guard let id = withBytes(column, { Identifier<Kind>(bytes: $0) }) else {
            throw StoreError(.database, "an identifier that is not 16 bytes")
        }
        return id
    }

    func optionalIdentifier<Kind>(_ column: Int32) -> Identifier<Kind>? {
        isNull(column) ? nil : try? identifier(column)
    }

    /// The value of a column that holds a type.
    func value(_ column: Int32, _ type: StoreColumnType) -> StoreValue {
        guard !isNull(column) else { return .null }
        return switch type {
        case .integer: .integer(integer(column))
        case .text: .text(text(column))
        case .bytes: .bytes(bytes(column))
        }
    }

    /// All columns of a table, in their order.
    func row(of table: StoreTable) -> StoreRow {
        let values = table.columns.enumerated().map { value(Int32($0), table.type(of: $1)) }
        return StoreRow(table: table, values: values)
    }
}
