/// Reads JSON strictly (RFC 8259) from bytes that are known to be UTF-8, without building a tree.
///
/// Nesting is bounded. What is not asked for is checked and skipped.
struct JSONScanner {
    /// Why the bytes are not what was expected.
    struct Failure: Error, Equatable {
        let detail: String
    }

    /// A value, with ranges into the bytes for what has content.
    enum Value: Equatable {
        /// Between the quotes; `hasEscapes` if it has to be decoded.
        case string(Range<Int>, hasEscapes: Bool)
        case integer(Int64)
        /// A number that is not a whole one, or too large.
        case number
        case bool(Bool)
        case null
        /// With its braces.
        case object(Range<Int>)
        case array(Range<Int>)
    }

    static let depthMax = 16

    private let bytes: UnsafeBufferPointer<UInt8>
    private let end: Int
    private var index: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, range: Range<Int>? = nil) {
        self.bytes = bytes
        index = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
    }

    /// Reads one object that takes up everything, and calls back for each member.
    mutating func object(
        _ body: (_ key: Range<Int>, _ value: Value) throws(Failure) -> Void
    ) throws(Failure) {
        skipSpace()
        try expect(UInt8(ascii: "{"), "an object was expected")
        try members(depth: 1, body)
        skipSpace()
        guard index == end else { throw Failure(detail: "something follows the object") }
    }

    /// Reads one array that takes up everything, and calls back for each element.
    mutating func array(_ body: (_ value: Value) throws(Failure) -> Void) throws(Failure) {
        skipSpace()
        try expect(UInt8(ascii: "["), "an array was expected")
        try elements(depth: 1, body)
        skipSpace()
        guard index == end else { throw Failure(detail: "something follows the array") }
    }

    /// Whether the bytes of a key are this name.
    func matches(_ range: Range<Int>, _ name: StaticString) -> Bool {
        guard range.count == name.utf8CodeUnitCount else { return false }
        for place in 0..<range.count
        where bytes[range.lowerBound + place] != name.utf8Start[place] { return false }
        return true
    }

    /// The bytes of a string that has no escapes.
    func slice(_ range: Range<Int>) -> Slice<UnsafeBufferPointer<UInt8>> { bytes[range] }

    /// A string's text.
    func text(_ range: Range<Int>, hasEscapes: Bool) throws(Failure) -> String {
        guard hasEscapes else { return String(decoding: bytes[range], as: UTF8.self) }
        var units: [UInt8] = []
        units.reserveCapacity(range.count)
        var place = range.lowerBound
        while place < range.upperBound {
            let byte = bytes[place]
            guard byte == UInt8(ascii: "\\") else {
                units.append(byte)
                place += 1
                continue
            }
            if bytes[place + 1] == UInt8(ascii: "u") {
                let scalar = try escapedScalar(&place, below: range.upperBound)
                units.append(contentsOf: Array(String(Character(scalar)).utf8))
            } else {
                units.append(Self.unescaped(bytes[place + 1]))
                place += 2
            }
        }
        return String(decoding: units, as: UTF8.self)
    }

    private static func unescaped(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: byte
        }
    }

    private func escapedScalar(
        _ place: inout Int,
        below limit: Int
    ) throws(Failure) -> Unicode.Scalar {
        let first = hexadecimal(at: place + 2)
        place += 6
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, place + 6 <= limit, bytes[place] == UInt8(ascii: "\\"),
            bytes[place + 1] == UInt8(ascii: "u")
        else { throw Failure(detail: "half of a surrogate pair") }
        let second = hexadecimal(at: place + 2)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw Failure(detail: "half of a surrogate pair") }
        place += 6
        return scalar
    }

    /// Four hexadecimal digits that were checked before.
    private func hexadecimal(at place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 << 4 | UInt32(Self.digit(bytes[place + $1]) ?? 0) }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension JSONScanner {
    private var current: UInt8? { index < end ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            index += 1
        }
    }

    private mutating func expect(_ byte: UInt8, _ detail: String) throws(Failure) {
        guard current == byte else { throw Failure(detail: detail) }
        index += 1
    }

    /// The members of an object whose brace was read.
    private mutating func members(
        depth: Int,
        _ body: (Range<Int>, Value) throws(Failure) -> Void
    ) throws(Failure) {
        skipSpace()
        if current == UInt8(ascii: "}") {
            index += 1
            return
        }
        while true {
            skipSpace()
            guard case .string(let key, _) = try string() else { return }
            skipSpace()
            try expect(UInt8(ascii: ":"), "a colon was expected")
            let value = try value(depth: depth)
            try body(key, value)
            skipSpace()
            if current == UInt8(ascii: ",") {
                index += 1
                continue
            }
            try expect(UInt8(ascii: "}"), "an object ends with a brace")
            return
        }
    }

    /// The elements of an array whose bracket was read.
    private mutating func elements(
        depth: Int,
        _ body: (Value) throws(Failure) -> Void
    ) throws(Failure) {
        skipSpace()
        if current == UInt8(ascii: "]") {
            index += 1
            return
        }
        while true {
            try body(try value(depth: depth))
            skipSpace()
            if current == UInt8(ascii: ",") {
                index += 1
                continue
            }
            try expect(UInt8(ascii: "]"), "an array ends with a bracket")
            return
        }
    }

    private mutating func value(depth: Int) throws(Failure) -> Value {
        skipSpace()
        let start = index
        switch current {
        case UInt8(ascii: "\""):
            return try string()
        case UInt8(ascii: "{"):
            guard depth < Self.depthMax else { throw Failure(detail: "nested too deeply") }
            index += 1
            try members(depth: depth + 1) { (_, _) throws(Failure) in }
            return .object(start..<index)
        case UInt8(ascii: "["):
            guard depth < Self.depthMax else { throw Failure(detail: "nested too deeply") }
            index += 1
            try elements(depth: depth + 1) { (_) throws(Failure) in }
            return .array(start..<index)
        case UInt8(ascii: "t"):
            try word("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try word("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        default:
            return try number()
        }
    }

    private mutating func word(_ word: StaticString) throws(Failure) {
        let range = index..<(index + word.utf8CodeUnitCount)
        guard range.upperBound <= end, matches(range, word) else {
            throw Failure(detail: "a value was expected")
        }
        index = range.upperBound
    }

    private mutating func string() throws(Failure) -> Value {
        try expect(UInt8(ascii: "\""), "a string was expected")
        let start = index
        var hasEscapes = false
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return .string(start..<(index - 1), hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try skipEscape()
            case ..<0x20:
                throw Failure(detail: "a control character in a string")
            default:
                index += 1
            }
        }
        throw Failure(detail: "a string without an end")
    }

    private mutating func skipEscape() throws(Failure) {
        index += 1
        switch current {
        case UInt8(ascii: "u"):
            guard index + 5 <= end,
                (1...4).allSatisfy({ Self.digit(bytes[index + $0]) != nil })
            else { throw Failure(detail: "four hexadecimal digits were expected") }
            index += 5
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 1
        default:
            throw Failure(detail: "an unknown escape")
        }
    }

    private mutating func digits() -> Int {
        let start = index
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            index += 1
        }
        return index - start
    }

    private mutating func number() throws(Failure) -> Value {
        let start = index
        if current == UInt8(ascii: "-") { index += 1 }
        let hasLeadingZero = current == UInt8(ascii: "0")
        let count = digits()
        guard count > 0, count == 1 || !hasLeadingZero else {
            throw Failure(detail: "a value was expected")
        }
        var isWhole = true
        if current == UInt8(ascii: ".") {
            isWhole = false
            index += 1
            guard digits() > 0 else { throw Failure(detail: "digits were expected") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isWhole = false
            index += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { index += 1 }
            guard digits() > 0 else { throw Failure(detail: "digits were expected") }
        }
        guard isWhole, count <= 19,
            let number = Int64(String(decoding: bytes[start..<index], as: UTF8.self))
        else { return .number }
        return .integer(number)
    }
}
