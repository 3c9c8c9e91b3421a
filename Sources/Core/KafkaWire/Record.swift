public import NIOCore

/// One record of a batch.
public struct Record: Sendable, Equatable {
    /// A header of a record.
    public struct Header: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Its value.
        public var value: ByteBuffer?

        /// A header of its parts.
        public init(name: String, value: ByteBuffer?) {
            self.name = name
            self.value = value
        }
    }

    /// Where in the partition.
    public var offset: Int64
    /// Milliseconds since 1970, by the producer's clock.
    public var timestamp: Int64
    /// The key.
    public var key: ByteBuffer?
    /// The value; `nil`: a tombstone.
    public var value: ByteBuffer?
    /// Further fields.
    public var headers: [Header]

    /// A record of its parts.
    public init(
        offset: Int64,
        timestamp: Int64,
        key: ByteBuffer?,
        value: ByteBuffer?,
        headers: [Header] = []
    ) {
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// Reads the next record.
    init(from cursor: inout ByteBuffer, header: RecordBatchHeader) throws(WireError) {
        let length = try cursor.readVarint()
        guard length >= 0, length <= cursor.readableBytes,
            var body = cursor.readSlice(length: Int(length))
        else { throw WireError(.invalidLength) }
        guard body.readInteger(as: Int8.self) != nil else { throw WireError(.truncated) }
        timestamp = header.baseTimestamp &+ (try body.readVarint())
        offset = header.baseOffset &+ (try body.readVarint())
        key = try Self.readBytes(from: &body)
        value = try Self.readBytes(from: &body)
        headers = []
        let count = try body.readVarint()
        guard count >= 0, count <= body.readableBytes else { throw WireError(.invalidLength) }
        for _ in 0..<count {
            guard let name = try Self.readBytes(from: &body) else {
                throw WireError(.unexpectedNull)
            }
            let value = try Self.readBytes(from: &body)
            headers.append(Header(name: String(buffer: name), value: value))
        }
    }

    private static func readBytes(from body: inout ByteBuffer) throws(WireError) -> ByteBuffer? {
        let length = try body.readVarint()
        if length == -1 { return nil }
        guard length >= 0, length <= body.readableBytes else { throw WireError(.invalidLength) }
        return body.readSlice(length: Int(length))
    }

    /// Appends the record.
    func write(to buffer: inout ByteBuffer, header: RecordBatchHeader) {
        var body = ByteBuffer()
        body.writeInteger(Int8(0))
        body.writeVarint(timestamp &- header.baseTimestamp)
        body.writeVarint(offset &- header.baseOffset)
        Self.write(key, to: &body)
        Self.write(value, to: &body)
        body.writeVarint(Int64(headers.count))
        for header in headers {
            Self.write(ByteBuffer(string: header.name), to: &body)
            Self.write(header.value, to: &body)
        }
        buffer.writeVarint(Int64(body.readableBytes))
        buffer.writeImmutableBuffer(body)
    }

    private static func write(_ bytes: ByteBuffer?, to body: inout ByteBuffer) {
        guard let bytes else {
            body.writeVarint(-1)
            return
        }
        body.writeVarint(Int64(bytes.readableBytes))
        body.writeImmutableBuffer(bytes)
    }
}
