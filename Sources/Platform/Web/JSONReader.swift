/// Reads one JSON object from bytes; never beyond their end, never deeper than `JSONObject.depthMax`.
struct JSONReader {
    struct Failure: Error, Equatable {
        /// What was expected; never content.
        let detail: String
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// An object with nothing after it.
    mutating func document() throws(Failure) -> JSONObject {
        skipSpace()
        guard current == UInt8(ascii: "{") else {
            throw Failure(detail: "the body must be a JSON object")
        }
        let object = try object(depth: 1)
        skipSpace()
        guard index == bytes.count else { throw Failure(detail: "something follows the object") }
        return object
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            index += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ byte: UInt8, _ detail: String) throws(Failure) {
        guard take(byte) else { throw Failure(detail: detail) }
    }

    private mutating func object(depth: Int) throws(Failure) -> JSONObject {
        index += 1
        var object = JSONObject()
        skipSpace()
        if take(UInt8(ascii: "}")) { return object }
        repeat {
            skipSpace()
            let name = try string()
            skipSpace()
            try expect(UInt8(ascii: ":"), "a colon was expected")
            let value = try value(depth: depth)
            guard object.members.count < JSONObject.membersMax else {
                throw Failure(detail: "an object has too many members")
            }
            guard object.add(name, value) else { throw Failure(detail: "a name comes twice") }
            skipSpace()
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"), "an object ends with a brace")
        return object
    }

    private mutating func array(depth: Int) throws(Failure) -> [JSONObject.Value] {
        index += 1
        var elements: [JSONObject.Value] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return elements }
        repeat {
            guard elements.count < JSONObject.elementsMax else {
                throw Failure(detail: "an array has too many elements")
            }
            elements.append(try value(depth: depth))
            skipSpace()
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"), "an array ends with a bracket")
        return elements
    }

    private mutating func value(depth: Int) throws(Failure) -> JSONObject.Value {
        skipSpace()
        switch current {
        case UInt8(ascii: "\""):
            return .string(try string())
        case UInt8(ascii: "{"):
            guard depth < JSONObject.depthMax else { throw Failure(detail: "nested too deeply") }
            return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["):
            guard depth < JSONObject.depthMax else { throw Failure(detail: "nested too deeply") }
            return .array(try array(depth: depth + 1))
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
        let count = word.utf8CodeUnitCount
        guard bytes.count - index >= count,
            (0..<count).allSatisfy({ bytes[index + $0] == word.utf8Start[$0] })
        else { throw Failure(detail: "a value was expected") }
        index += count
    }

    // MARK: Numbers

    private mutating func digits() -> Int {
        let start = index
        while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            index += 1
        }
        return index - start
    }

    private mutating func number() throws(Failure) -> JSONObject.Value {
        let start = index
        _ = take(UInt8(ascii: "-"))
        let hasLeadingZero = current == UInt8(ascii: "0")
        let count = digits()
        guard count > 0, count == 1 || !hasLeadingZero else {
            throw Failure(detail: "a value was expected")
        }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            guard digits() > 0 else { throw Failure(detail: "digits were expected") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            guard digits() > 0 else { throw Failure(detail: "digits were expected") }
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isWhole, count <= 19, let number = Int64(text) { return .integer(number) }
        return .number(Double(text) ?? .infinity)
    }
}

extension JSONReader {
    /// A string, its quotes included in the bytes but not in the text.
    private mutating func string() throws(Failure) -> String {
        try expect(UInt8(ascii: "\""), "a string was expected")
        let start = index
        var hasEscapes = false
        while let byte = current, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw Failure(detail: "a control character in a string") }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                index += 1
            }
            index += 1
        }
        let end = min(index, bytes.count)
        try expect(UInt8(ascii: "\""), "a string without an end")
        let units =
            hasEscapes
            ? try unescaped(start..<end)
            : String(validating: bytes[start..<end], as: UTF8.self)
        guard let units else { throw Failure(detail: "text is not UTF-8") }
        return units
    }

    private func unescaped(_ range: Range<Int>) throws(Failure) -> String? {
        var units: [UInt8] = []
        units.reserveCapacity(range.count)
        var place = range.lowerBound
        while place < range.upperBound {
            guard bytes[place] == UInt8(ascii: "\\") else {
                units.append(bytes[place])
                place += 1
                continue
            }
            switch bytes[place + 1] {
            case UInt8(ascii: "u"):
                let scalar = try escapedScalar(&place, below: range.upperBound)
                units.append(contentsOf: String(Character(scalar)).utf8)
                continue
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0C)
            case UInt8(ascii: "n"): units.append(0x0A)
            case UInt8(ascii: "r"): units.append(0x0D)
            case UInt8(ascii: "t"): units.append(0x09)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
                units.append(bytes[place + 1])
            default: throw Failure(detail: "an unknown escape")
            }
            place += 2
        }
        return String(validating: units, as: UTF8.self)
    }

    /// `\uXXXX`, or two of them for what lies beyond 16 bits.
    private func escapedScalar(
        _ place: inout Int,
        below limit: Int
    ) throws(Failure) -> Unicode.Scalar {
        let first = try hexadecimal(at: place + 2, below: limit)
        place += 6
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, place + 6 <= limit, bytes[place] == UInt8(ascii: "\\"),
            bytes[place + 1] == UInt8(ascii: "u")
        else { throw Failure(detail: "half of a surrogate pair") }
        let second = try hexadecimal(at: place + 2, below: limit)
        place += 6
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw Failure(detail: "half of a surrogate pair") }
        return scalar
    }

    private func hexadecimal(at start: Int, below limit: Int) throws(Failure) -> UInt32 {
        guard start + 4 <= limit else { throw Failure(detail: "four digits were expected") }
        var value: UInt32 = 0
        for byte in bytes[start..<(start + 4)] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"):
                value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: throw Failure(detail: "four digits were expected")
            }
        }
        return value
    }
}
