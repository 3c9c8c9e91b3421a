public import GRDB
import GRDBSQLite

/// Binds values to a statement's parameters, from the first on, without boxing them.
///
/// GRDB's own arguments cost an allocation a value, which is most of the price of writing a row.
public struct StatementBinder {
    private let statement: OpaquePointer
    private var place: Int32 = 0

    init(_ statement: OpaquePointer) {
        self.statement = statement
    }

    /// Binds a number.
    public mutating func integer(_ value: some BinaryInteger) {
        place += 1
        sqlite3_bind_int64(statement, place, Int64(truncatingIfNeeded: value))
    }

    /// Binds nothing.
    public mutating func null() {
        place += 1
        sqlite3_bind_null(statement, place)
    }

    /// Binds bytes; SQLite copies them.
    public mutating func blob(_ value: [UInt8]) {
        place += 1
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        _ = value.withUnsafeBytes { bytes in
            // A null pointer would be NULL and not an empty blob.
            if let start = bytes.baseAddress, !bytes.isEmpty {
                return sqlite3_bind_blob(
                    statement,
                    place,
                    start,
                    Int32(bytes.count),
                    transient
                )
            }
            return sqlite3_bind_zeroblob(statement, place, 0)
        }
    }
}

extension Statement {
    /// Executes a statement that returns no rows, such as one from `Database.cachedStatement`, with what
    /// `bind` binds to all its parameters.
    ///
    /// - Throws: `DatabaseError`.
    public func execute(binding bind: (inout StatementBinder) -> Void) throws {
        var binder = StatementBinder(sqliteStatement)
        bind(&binder)
        let code = sqlite3_step(sqliteStatement)
        sqlite3_reset(sqliteStatement)
        guard code != SQLITE_DONE, code != SQLITE_ROW else { return }
        let message = sqlite3_errmsg(sqlite3_db_handle(sqliteStatement)).map {
            String(cString: $0)
        }
        throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
}
