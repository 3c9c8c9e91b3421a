import Events
import NIOCore
import Web

/// Takes a client's bytes apart into WebSocket messages (RFC 6455, section 5), without I/O.
///
/// Fragments are put together up to the limit; control frames may come between them. A frame's announced length is checked before
/// its bytes are waited for, so what is kept is bounded by the limit and one read.
struct WebSocketFrameParser {
    /// What a client said.
    enum Message: Equatable {
        /// A whole text message, unmasked; whether it is UTF-8 is not yet known.
        case text([UInt8])
        case ping([UInt8])
        case pong
        /// The client closes, with this code if it gave one.
        case close(UInt16?)
    }

    /// Why the connection can't go on.
    struct Violation: Error, Equatable {
        let code: CloseCode
        let detail: String

        static func bad(_ detail: String) -> Self { Self(code: .badFrame, detail: detail) }
        static let tooLong = Self(code: .limit, detail: "a message is at most 64 KiB")
    }

    private struct Header {
        let isFinal: Bool
        let opcode: UInt8
        let length: Int
        let mask: UInt32
        let size: Int
    }

    private let bytesMax: Int
    private var pending = ByteBuffer()
    private var fragments: [UInt8]?

    /// A parser that takes messages of at most `bytesMax` bytes.
    init(bytesMax: Int = Limits.frameBytesMax) {
        self.bytesMax = bytesMax
    }

    /// Bytes that wait for the rest of their frame, or to be asked for.
    var pendingBytes: Int { pending.readableBytes + (fragments?.count ?? 0) }

    /// Adds what was read from the socket.
    mutating func append(_ bytes: ByteBuffer) {
        if pending.readableBytes == 0 {
            pending = bytes
        } else {
            pending.discardReadBytes()
            pending.writeImmutableBuffer(bytes)
        }
    }

    /// The next message; `nil` if more bytes are needed.
    mutating func next() throws(Violation) -> Message? {
        while let header = try header() {
            guard pending.readableBytes >= header.size + header.length else { return nil }
            pending.moveReaderIndex(forwardBy: header.size)
            let payload = unmask(header.length, header.mask)
            if pending.readableBytes == 0 { pending = ByteBuffer() }
            if let message = try take(header, payload) { return message }
        }
        return nil
    }

    private func header() throws(Violation) -> Header? {
        let start = pending.readerIndex
        guard let first: UInt8 = pending.getInteger(at: start),
            let second: UInt8 = pending.getInteger(at: start + 1)
        else { return nil }
        guard first & 0x70 == 0 else { throw .bad("no extension was negotiated") }
        guard second & 0x80 != 0 else { throw .bad("a client's frames are masked") }
        let opcode = first & 0x0F
        var size = 2
        var length = Int(second & 0x7F)
        if opcode >= 8, length > 125 || first & 0x80 == 0 {
            throw .bad("a control frame is short and whole")
        }
        if length == 126 {
            guard let long: UInt16 = pending.getInteger(at: start + 2) else { return nil }
            length = Int(long)
            size = 4
        } else if length == 127 {
            guard let long: UInt64 = pending.getInteger(at: start + 2) else { return nil }
            guard long <= UInt64(bytesMax) else { throw .tooLong }
            length = Int(long)
            size = 10
        }
        guard length + (opcode < 8 ? fragments?.count ?? 0 : 0) <= bytesMax else { throw .tooLong }
        guard let mask: UInt32 = pending.getInteger(at: start + size) else { return nil }
        return Header(
            isFinal: first & 0x80 != 0,
            opcode: opcode,
            length: length,
            mask: mask,
            size: size + 4
        )
    }

    private mutating func unmask(_ length: Int, _ mask: UInt32) -> [UInt8] {
        let payload = pending.withUnsafeReadableBytes { source in
            [UInt8](unsafeUninitializedCapacity: length) { target, count in
                let key = mask.bigEndian
                var place = 0
                if let from = source.baseAddress, let to = target.baseAddress {
                    let into = UnsafeMutableRawPointer(to)
                    while place + 4 <= length {
                        let word = from.loadUnaligned(fromByteOffset: place, as: UInt32.self)
                        into.storeBytes(of: word ^ key, toByteOffset: place, as: UInt32.self)
                        place += 4
                    }
                }
                while place < length {
                    let shift = UInt32(24 - 8 * (place & 3))
                    target[place] = source[place] ^ UInt8(truncatingIfNeeded: mask >> shift)
                    place += 1
                }
                count = length
            }
        }
        pending.moveReaderIndex(forwardBy: length)
        return payload
    }

    private mutating func take(_ header: Header, _ payload: [UInt8]) throws(Violation) -> Message? {
        switch header.opcode {
        case 0x0:
            guard fragments != nil else { throw .bad("nothing to continue") }
            fragments?.append(contentsOf: payload)
            guard header.isFinal, let whole = fragments else { return nil }
            fragments = nil
            return .text(whole)
        case 0x1:
            guard fragments == nil else { throw .bad("the message before is not finished") }
            guard !header.isFinal else { return .text(payload) }
            fragments = payload
            return nil
        case 0x2:
            throw .bad("binary frames are not taken")
        case 0x8:
            return .close(try closeCode(payload))
        case 0x9:
            return .ping(payload)
        case 0xA:
            return .pong
        default:
            throw .bad("unknown opcode")
        }
    }

    private func closeCode(_ payload: [UInt8]) throws(Violation) -> UInt16? {
        guard !payload.isEmpty else { return nil }
        guard payload.count >= 2 else { throw .bad("a close code has two bytes") }
        return UInt16(payload[0]) << 8 | UInt16(payload[1])
    }
}
