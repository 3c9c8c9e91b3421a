/// Writes the rows of `PostgresConnection.copy`, column by column, each in exactly its column's type.
public final class PostgresCopyWriter {
    /// So much is gathered before it is sent.
    private static let bufferBytesMax = 64 * 1024
    private static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]

    private let columns: Int
    private let send: (UnsafeRawBufferPointer) throws(PostgresError) -> Void
    private var buffer = GrowingBytes(capacity: 2 * bufferBytesMax)
    private var missing = 0

    init(
        columns: Int,
        _ send: @escaping (UnsafeRawBufferPointer) throws(PostgresError) -> Void
    ) {
        self.columns = columns
        self.send = send
        Self.signature.withUnsafeBytes { buffer.append($0) }
        // No flags, no extension.
        buffer.append(Int32(0))
        buffer.append(Int32(0))
    }

    /// Starts a row; the one before must be complete.
    ///
    /// - Throws: `PostgresError` if the connection is lost.
    public func startRow() throws(PostgresError) {
        precondition(missing == 0, "a row without all its columns")
        if buffer.count >= Self.bufferBytesMax { try sendBuffer() }
        buffer.append(Int16(columns))
        missing = columns
    }

    /// Appends NULL.
    public func appendNull() {
        missing -= 1
        buffer.append(Int32(-1))
    }

    /// Appends an `int8`.
    public func append(_ number: Int64) { append(number, bytes: 8) }

    /// Appends an `int8` or NULL.
    public func append(_ number: Int64?) {
        guard let number else { return appendNull() }
        append(number)
    }

    /// Appends an `int4`.
    public func append(int4 number: Int32) { append(number, bytes: 4) }

    /// Appends an `int2`.
    public func append(int2 number: Int16) { append(number, bytes: 2) }

    /// Appends a `bool`.
    public func append(bool value: Bool) { append(UInt8(value ? 1 : 0), bytes: 1) }

    /// Appends a `bytea`.
    public func append(bytes: UnsafeRawBufferPointer) {
        missing -= 1
        buffer.appendCounted(bytes)
    }

    /// Appends a `bytea` or NULL.
    public func append(bytes: [UInt8]?) {
        guard let bytes else { return appendNull() }
        bytes.withUnsafeBytes { append(bytes: $0) }
    }

    /// Appends a `text` or NULL.
    ///
    /// - Throws: `PostgresError.Code.invalidText` if it contains NUL.
    public func append(text: String?) throws(PostgresError) {
        guard let text else { return appendNull() }
        guard buffer.appendCounted(text) else { throw .nul }
        missing -= 1
    }

    /// Sends the rest.
    func finish() throws(PostgresError) {
        precondition(missing == 0, "a row without all its columns")
        buffer.append(Int16(-1))
        try sendBuffer()
    }

    private func append<Number: FixedWidthInteger>(_ number: Number, bytes: Int32) {
        missing -= 1
        buffer.append(bytes)
        buffer.append(number)
    }

    private func sendBuffer() throws(PostgresError) {
        try send(buffer.bytes)
        buffer.removeAll()
    }
}
