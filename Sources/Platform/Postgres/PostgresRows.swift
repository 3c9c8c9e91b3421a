import CPostgres

/// A statement's result: rows and columns, both counted from 0, all in memory.
///
/// A cell that is NULL reads as `nil`. For more rows than memory should hold, ask page by page.
public final class PostgresRows {
    private let result: OpaquePointer

    /// Takes over a libpq result.
    init(_ result: OpaquePointer) {
        self.result = result
    }

    deinit {
        PQclear(result)
    }

    /// How many rows there are.
    public var count: Int { Int(PQntuples(result)) }

    /// How many rows the statement inserted, changed, deleted or gave.
    public var changes: Int {
        PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// Such as `COMMIT`.
    var tag: String { PQcmdStatus(result).map { String(cString: $0) } ?? "" }

    /// Whether a cell is NULL.
    public func isNull(_ row: Int, _ column: Int) -> Bool {
        PQgetisnull(result, Int32(row), Int32(column)) != 0
    }

    /// A cell of type `int8`, `int4`, `int2` or `bool` (0 or 1); `nil` as well if it is of another type, such as a `sum`, which is `numeric`.
    public func int64(_ row: Int, _ column: Int) -> Int64? {
        withBytes(row, column) { bytes -> Int64? in
            guard let bytes else { return nil }
            switch PQftype(result, Int32(column)) {
            case PostgresType.int8: return Self.number(bytes, as: Int64.self)
            case PostgresType.int4: return Self.number(bytes, as: Int32.self)
            case PostgresType.int2: return Self.number(bytes, as: Int16.self)
            case PostgresType.bool: return Self.number(bytes, as: Int8.self)
            default: return nil
            }
        }
    }

    /// A cell of type `bool`.
    public func bool(_ row: Int, _ column: Int) -> Bool? { int64(row, column).map { $0 != 0 } }

    /// A copy of a cell of type `bytea`.
    public func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
        withBytes(row, column) { $0.map(Array.init) }
    }

    /// A cell of type `text`, or of another that is sent as text: `varchar`, `name`, `json`.
    public func text(_ row: Int, _ column: Int) -> String? {
        withBytes(row, column) { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    /// Lends a cell's bytes as the server sent them, in binary format; they are valid within `body` alone.
    public func withBytes<Value, Failure: Error>(
        _ row: Int,
        _ column: Int,
        _ body: (UnsafeRawBufferPointer?) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard !isNull(row, column) else { return try body(nil) }
        let length = Int(PQgetlength(result, Int32(row), Int32(column)))
        let start = PQgetvalue(result, Int32(row), Int32(column))
        return try body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : length))
    }

    private static func number<Number: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer,
        as type: Number.Type
    ) -> Int64? {
        guard bytes.count == MemoryLayout<Number>.size else { return nil }
        return Int64(Number(bigEndian: bytes.loadUnaligned(as: type)))
    }
}
