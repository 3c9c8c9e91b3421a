import Events

/// Reads JSON where it lies, front to back, without building a tree.
///
/// For the frames and pages of our own servers: the caller names the keys that it knows and skips the others.
/// Never reads past the end, and nesting costs no stack when it is skipped. Keys that are written with escapes are
/// unknown keys; none of ours is. Text that is not UTF-8 is repaired.
struct JSONReader {
    /// The text is not JSON, or not of the shape asked for.
    struct Malformed: Error {}

    let bytes: UnsafeRawBufferPointer
    var index = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The first byte of the next value, or 0 at the end.
    mutating func peek() -> UInt8 {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return bytes[index]
            }
        }
        return 0
    }

    /// Whether nothing but white space is left.
    var isAtEnd: Bool {
        mutating get { peek() == 0 && index >= bytes.count }
    }

    // MARK: Objects and arrays

    /// Calls `field` with each key of the object that comes next; it must read or skip the value.
    mutating func object(
        _ field: (UnsafeRawBufferPointer, inout JSONReader) throws(Malformed) -> Void
    ) throws(Malformed) {
        try expect(UInt8(ascii: "{"))
        if peek() == UInt8(ascii: "}") {
            index += 1
            return
        }
        while true {
            let key = try rawString().bytes
            try expect(UInt8(ascii: ":"))
            try field(key, &self)
            guard try continues(until: UInt8(ascii: "}")) else { return }
        }
    }

    /// Calls `element` at each element of the array that comes next; it must read or skip it.
    mutating func array(
        _ element: (inout JSONReader) throws(Malformed) -> Void
    ) throws(Malformed) {
        try expect(UInt8(ascii: "["))
        if peek() == UInt8(ascii: "]") {
            index += 1
            return
        }
        while true {
            try element(&self)
            guard try continues(until: UInt8(ascii: "]")) else { return }
        }
    }

    private mutating func continues(until end: UInt8) throws(Malformed) -> Bool {
        let next = peek()
        index += 1
        if next == UInt8(ascii: ",") {
            return true
        }
        guard next == end else { throw Malformed() }
        return false
    }

    private mutating func expect(_ byte: UInt8) throws(Malformed) {
        guard peek() == byte else { throw Malformed() }
        index += 1
    }

    // MARK: Values

    /// Skips whatever value comes next.
    mutating func skipValue() throws(Malformed) {
        var depth = 0
        repeat {
            switch peek() {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                index += 1
                guard depth >= 0 else { throw Malformed() }
            case UInt8(ascii: "\""):
                _ = try rawString()
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard depth > 0 else { throw Malformed() }
                index += 1
            case 0:
                throw Malformed()
            default:
                try skipWord()
            }
        } while depth > 0
    }

    mutating func skipWord() throws(Malformed) {
        let start = index
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "]"), UInt8(ascii: "}"),
                UInt8(ascii: "\""), UInt8(ascii: "["), UInt8(ascii: "{"), 0x00...0x20:
                guard index > start else { throw Malformed() }
                return
            default:
                index += 1
            }
        }
    }

    /// Skips a `null`; says whether there was one.
    mutating func skipNull() throws(Malformed) -> Bool {
        guard peek() == UInt8(ascii: "n") else { return false }
        try skipWord()
        return true
    }

    /// An integer, or `nil` for `null`.
    mutating func integer() throws(Malformed) -> Int64? {
        if try skipNull() {
            return nil
        }
        let isNegative = peek() == UInt8(ascii: "-")
        if isNegative {
            index += 1
        }
        var value: Int64 = 0
        let start = index
        while index < bytes.count, case let digit = bytes[index] &- UInt8(ascii: "0"), digit < 10 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(digit))
            guard !overflow, !carry else { throw Malformed() }
            value = sum
            index += 1
        }
        guard index > start else { throw Malformed() }
        return isNegative ? -value : value
    }

    /// An integer from 0, or `nil` for `null`.
    mutating func unsigned() throws(Malformed) -> UInt64? {
        guard let value = try integer() else { return nil }
        guard value >= 0 else { throw Malformed() }
        return UInt64(value)
    }

    /// A string, or `nil` for `null`.
    mutating func string() throws(Malformed) -> String? {
        if try skipNull() {
            return nil
        }
        let (raw, hasEscapes) = try rawString()
        guard hasEscapes else { return String(decoding: raw, as: UTF8.self) }
        return try Self.unescape(raw)
    }

    /// An identifier in its text form, or `nil` for anything else.
    mutating func identifier<Kind>() throws(Malformed) -> Identifier<Kind>? {
        guard peek() == UInt8(ascii: "\"") else {
            try skipValue()
            return nil
        }
        return Identifier(utf8: try rawString().bytes)
    }

    /// A position, or `nil` for anything else.
    mutating func position() throws(Malformed) -> InboxPosition? {
        guard peek() == UInt8(ascii: "\"") else {
            try skipValue()
            return nil
        }
        return InboxPosition(utf8: try rawString().bytes)
    }

    /// A string's bytes between the quotes, as they stand, and whether there are escapes in it.
    mutating func rawString() throws(Malformed) -> (
        bytes: UnsafeRawBufferPointer, hasEscapes: Bool
    ) {
        try expect(UInt8(ascii: "\""))
        let start = index
        var hasEscapes = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                index += 1
                return (UnsafeRawBufferPointer(rebasing: bytes[start..<(index - 1)]), hasEscapes)
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                index += 1
            }
            index += 1
        }
        throw Malformed()
    }

    // MARK: Escapes

    private static func unescape(_ raw: UnsafeRawBufferPointer) throws(Malformed) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            let byte = raw[index]
            index += 1
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            guard index < raw.count else { throw Malformed() }
            let escape = raw[index]
            index += 1
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(escape)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                let scalar = try unicodeEscape(raw, &index)
                result.append(contentsOf: Array(String(Character(scalar)).utf8))
            default: throw Malformed()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func unicodeEscape(
        _ raw: UnsafeRawBufferPointer,
        _ index: inout Int
    ) throws(Malformed) -> Unicode.Scalar {
        let first = try fourHexDigits(raw, &index)
        if let scalar = Unicode.Scalar(first) {
            return scalar
        }
        // A surrogate: only the pair of both halves says something.
        let replacement: Unicode.Scalar = "\u{FFFD}"
        guard first < 0xDC00, index + 6 <= raw.count, raw[index] == UInt8(ascii: "\\"),
            raw[index + 1] == UInt8(ascii: "u")
        else { return replacement }
        var after = index + 2
        let second = try fourHexDigits(raw, &after)
        guard (0xDC00..<0xE000).contains(second) else { return replacement }
        index = after
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? replacement
    }

    private static func fourHexDigits(
        _ raw: UnsafeRawBufferPointer,
        _ index: inout Int
    ) throws(Malformed) -> UInt32 {
        guard index + 4 <= raw.count else { throw Malformed() }
        var value: UInt32 = 0
        for _ in 0..<4 {
            switch raw[index] {
            case let byte where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"):
                value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case let byte
            where byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"):
                value = value << 4 | UInt32(byte | 0x20 - UInt8(ascii: "a") + 10)
            default:
                throw Malformed()
            }
            index += 1
        }
        return value
    }
}

/// Whether the bytes are those of this literal.
func == (bytes: UnsafeRawBufferPointer, literal: StaticString) -> Bool {
    guard bytes.count == literal.utf8CodeUnitCount else { return false }
    let other = literal.utf8Start
    for place in 0..<bytes.count where bytes[place] != other[place] {
        return false
    }
    return true
}
