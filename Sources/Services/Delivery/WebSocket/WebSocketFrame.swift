import NIOCore

/// Writes a server's WebSocket frames (RFC 6455, section 5): final and unmasked, so that the bytes can be shared by all who get them.
enum WebSocketFrame {
    private static let headerBytesMax = 10

    /// One text frame whose payload `body` writes.
    ///
    /// The header is put right before the payload once its length is known; nothing is copied.
    static func text(
        capacity: Int = 256,
        _ body: (inout JSONWriter) -> Void
    ) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: headerBytesMax + capacity)
        buffer.writeRepeatingByte(0, count: headerBytesMax)
        var writer = JSONWriter(buffer)
        buffer = ByteBuffer()
        body(&writer)
        buffer = writer.take()
        let length = buffer.readableBytes - headerBytesMax
        let size = length < 126 ? 2 : length <= 0xFFFF ? 4 : 10
        let start = headerBytesMax - size
        buffer.setInteger(UInt8(0x81), at: start)
        switch size {
        case 2:
            buffer.setInteger(UInt8(length), at: start + 1)
        case 4:
            buffer.setInteger(UInt8(126), at: start + 1)
            buffer.setInteger(UInt16(length), at: start + 2)
        default:
            buffer.setInteger(UInt8(127), at: start + 1)
            buffer.setInteger(UInt64(length), at: start + 2)
        }
        buffer.moveReaderIndex(to: start)
        return buffer
    }

    /// A ping without payload.
    static let ping = ByteBuffer(bytes: [0x89, 0])

    /// The answer to a ping: its payload, 125 bytes at most.
    static func pong(_ payload: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer(bytes: [0x8A, UInt8(truncatingIfNeeded: payload.count)])
        buffer.writeBytes(payload)
        return buffer
    }

    /// A close frame with a code and a reason of at most 123 bytes; without a code an empty one.
    static func close(_ code: UInt16?, _ reason: String = "") -> ByteBuffer {
        guard let code else { return ByteBuffer(bytes: [0x88, 0]) }
        let reason = Array(reason.utf8.prefix(123))
        var buffer = ByteBuffer(bytes: [0x88, UInt8(reason.count + 2)])
        buffer.writeInteger(code)
        buffer.writeBytes(reason)
        return buffer
    }
}
