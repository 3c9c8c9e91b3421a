import Events
import NIOCore

/// Writes JSON into a buffer, without intermediate strings.
struct JSONWriter {
    private var buffer: ByteBuffer

    init(_ buffer: ByteBuffer) {
        self.buffer = buffer
    }

    /// What was written; the writer is empty afterwards.
    mutating func take() -> ByteBuffer {
        let written = buffer
        buffer = ByteBuffer()
        return written
    }

    /// Punctuation and names, as they stand.
    mutating func raw(_ text: StaticString) {
        buffer.writeStaticString(text)
    }

    /// JSON that was written before.
    mutating func raw(bytes: [UInt8]) {
        buffer.writeBytes(bytes)
    }

    /// A whole number.
    mutating func integer(_ number: some FixedWidthInteger) {
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { digits in
            var place = digits.count
            var rest = number.magnitude
            repeat {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                place -= 1
                digits[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
                rest = quotient
            } while rest != 0
            if number < 0 {
                place -= 1
                digits[place] = UInt8(ascii: "-")
            }
            buffer.writeBytes(UnsafeRawBufferPointer(rebasing: digits[place...]))
        }
    }

    /// An identifier's 26 characters, quoted.
    mutating func id<Kind>(_ id: Identifier<Kind>) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 28) { target in
            var high = id.high
            var low = id.low
            target[0] = UInt8(ascii: "\"")
            for place in stride(from: 26, through: 1, by: -1) {
                target[place] = Self.base32[Int(low & 31)]
                low = low >> 5 | high << 59
                high >>= 5
            }
            target[27] = UInt8(ascii: "\"")
            return 28
        }
    }

    /// A position, quoted: the same text as its `description`.
    mutating func position(_ position: InboxPosition, epochText: String) {
        raw("\"")
        buffer.writeString(epochText)
        raw(".")
        integer(position.offset.number)
        raw("\"")
    }

    /// A string, quoted and escaped.
    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { escaped(UnsafeRawBufferPointer($0)) }
    }

    /// A string of bytes that are known to be UTF-8, quoted and escaped.
    mutating func string(utf8: ArraySlice<UInt8>) {
        utf8.withUnsafeBytes { escaped($0) }
    }

    private mutating func escaped(_ bytes: UnsafeRawBufferPointer) {
        raw("\"")
        var start = 0
        for place in bytes.indices {
            let byte = bytes[place]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
                continue
            }
            buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<place]))
            escape(byte)
            start = place + 1
        }
        buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        raw("\"")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): raw("\\\"")
        case UInt8(ascii: "\\"): raw("\\\\")
        case UInt8(ascii: "\n"): raw("\\n")
        case UInt8(ascii: "\r"): raw("\\r")
        case UInt8(ascii: "\t"): raw("\\t")
        default:
            raw("\\u00")
            buffer.writeInteger(Self.base32[Int(byte >> 4)])
            buffer.writeInteger(Self.base32[Int(byte & 15)])
        }
    }

    /// Crockford's alphabet; its first sixteen are the hexadecimal digits.
    private static let base32 = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
}
