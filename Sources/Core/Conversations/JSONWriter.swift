/// Writes JSON from left to right, without intermediate values.
///
/// Whoever writes keeps it balanced; commas and escapes come by themselves (RFC 8259).
public struct JSONWriter: Sendable {
    /// The UTF-8 written so far.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Nothing so far.
    public init() {
        bytes.reserveCapacity(4096)
    }

    /// Opens an object.
    public mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
    }

    /// Closes an object.
    public mutating func endObject() {
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    /// Opens an array.
    public mutating func beginArray() {
        separate()
        bytes.append(UInt8(ascii: "["))
        needsComma = false
    }

    /// Closes an array.
    public mutating func endArray() {
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    /// Writes the name of a field; its value comes next.
    public mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a field with a text.
    public mutating func field(_ name: StaticString, _ text: String) {
        key(name)
        value(text)
    }

    /// Writes a field with a text or `null`.
    public mutating func field(_ name: StaticString, _ text: String?) {
        key(name)
        if let text { value(text) } else { null() }
    }

    /// Writes a field with a number.
    public mutating func field(_ name: StaticString, _ number: Int64) {
        key(name)
        value(number)
    }

    /// Writes a field with a number or `null`.
    public mutating func field(_ name: StaticString, _ number: Int64?) {
        key(name)
        if let number { value(number) } else { null() }
    }

    /// Writes a field with a truth value.
    public mutating func field(_ name: StaticString, _ isTrue: Bool) {
        key(name)
        separate()
        bytes.append(contentsOf: (isTrue ? "true" : "false").utf8)
        needsComma = true
    }

    /// Writes a number of ten millionths, as of degrees, with its decimals.
    public mutating func value(e7 number: Int32) {
        separate()
        let (whole, rest) = number.magnitude.quotientAndRemainder(dividingBy: 10_000_000)
        let digits = String(rest)
        let zeros = String(repeating: "0", count: 7 - digits.utf8.count)
        bytes.append(contentsOf: "\(number < 0 ? "-" : "")\(whole).\(zeros)\(digits)".utf8)
        needsComma = true
    }

    /// Writes a number.
    public mutating func value(_ number: Int64) {
        separate()
        bytes.append(contentsOf: String(number).utf8)
        needsComma = true
    }

    /// Writes `null`.
    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
        needsComma = true
    }

    /// Writes a text.
    public mutating func value(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                bytes.append(contentsOf: (byte < 0x10 ? "\\u000" : "\\u00").utf8)
                bytes.append(contentsOf: digits.utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }
}
