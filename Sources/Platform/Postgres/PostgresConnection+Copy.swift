import CPostgres

extension PostgresConnection {
    /// Loads rows with `COPY … FROM STDIN (FORMAT binary)`, the fastest way in.
    ///
    /// Nothing is loaded if it throws. The rows are checked by the server as they come, but it is heard only at the end.
    ///
    /// - Parameters:
    ///   - table: its name, as it is in the catalogue.
    ///   - columns: their names.
    ///   - rows: writes the rows.
    /// - Returns: how many rows were loaded.
    /// - Throws: `PostgresError`, or what `rows` throws.
    @discardableResult
    public func copy(
        into table: String,
        columns: [String],
        _ rows: (PostgresCopyWriter) throws -> Void
    ) throws -> Int {
        let names = columns.map(Self.quoted).joined(separator: ", ")
        let sql = "COPY \(Self.quoted(table)) (\(names)) FROM STDIN (FORMAT binary)"
        let session = session
        try session.startCopy(sql)
        let writer = PostgresCopyWriter(columns: columns.count) { bytes throws(PostgresError) in
            try session.putCopy(bytes)
        }
        do {
            try rows(writer)
            try writer.finish()
        } catch {
            _ = try? session.endCopy(giveUp: true)
            throw error
        }
        return try session.endCopy(giveUp: false)
    }

    private static func quoted(_ name: String) -> String {
        "\"\(name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
    }
}

extension Session {
    fileprivate func startCopy(_ sql: String) throws(PostgresError) {
        let handle = try leavePipeline()
        guard PQsendQuery(handle, sql) == 1 else { throw lose() }
        try flush()
        guard let result = PQgetResult(handle) else { throw lose() }
        defer { PQclear(result) }
        guard PQresultStatus(result) != PGRES_COPY_IN else { return }
        _ = try readCopyEnd(handle)
        throw PostgresError(result: result)
    }

    fileprivate func putCopy(_ bytes: UnsafeRawBufferPointer) throws(PostgresError) {
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        try untilTaken { PQputCopyData($0, start, Int32(bytes.count)) }
    }

    /// Ends a COPY and gives the number of rows.
    fileprivate func endCopy(giveUp: Bool) throws(PostgresError) -> Int {
        let reason = giveUp ? "given up by the client" : nil
        try untilTaken { PQputCopyEnd($0, reason) }
        return try readCopyEnd(open())
    }

    private func readCopyEnd(_ handle: OpaquePointer) throws(PostgresError) -> Int {
        var count = 0
        var failure: PostgresError?
        while let result = PQgetResult(handle) {
            if PQresultStatus(result) == PGRES_COMMAND_OK {
                count = PostgresRows(result).changes
                continue
            }
            failure = failure ?? PostgresError(result: result)
            PQclear(result)
            guard PQstatus(handle) == CONNECTION_OK else { throw lose() }
        }
        if let failure { throw failure }
        return count
    }

    /// Repeats a call that libpq refuses while its buffer is full.
    private func untilTaken(_ call: (OpaquePointer) -> Int32) throws(PostgresError) {
        let handle = try open()
        while true {
            switch call(handle) {
            case 1: return try flush()
            case 0: try flush()
            default: throw lose()
            }
        }
    }
}
