/// Reads the JSON of archives in place, strictly: as `JSONWriter` writes it, without spaces, and with whole numbers only.
///
/// For a file that says the same thing a million times: no values are made but those that are asked for.
struct JSONScanner {
    private let bytes: UnsafeRawBufferPointer
    private var place = 0

    private static let depthMax = 8
    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Reads an object; `member` is called with each name and must take the value.
    mutating func object(
        _ member: (String, inout JSONScanner) throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        try expect(UInt8(ascii: "{"), "an object was expected")
        if take(UInt8(ascii: "}")) { return }
        repeat {
            let name = try string()
            try expect(UInt8(ascii: ":"), "a colon was expected")
            try member(name, &self)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"), "an object ends with a brace")
    }

    /// Reads an array; `element` is called for each element and must take it.
    mutating func array(
        _ element: (inout JSONScanner) throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        try expect(UInt8(ascii: "["), "an array was expected")
        if take(UInt8(ascii: "]")) { return }
        repeat { try element(&self) } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"), "an array ends with a bracket")
    }

    /// Reads a whole number that fits 64 bits.
    mutating func integer() throws(ArchiveError) -> Int64 {
        let isNegative = take(UInt8(ascii: "-"))
        let start = place
        var value: Int64 = 0
        while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            let digit = Int64(byte - UInt8(ascii: "0"))
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) =
                isNegative
                ? product.subtractingReportingOverflow(digit)
                : product.addingReportingOverflow(digit)
            guard !overflow, !carry else { throw fault("a number of more than 64 bits") }
            value = sum
            place += 1
        }
        guard place > start else { throw fault("a number was expected") }
        guard bytes[start] != UInt8(ascii: "0") || place == start + 1 && !isNegative else {
            throw fault("a number with needless zeros")
        }
        return value
    }

    /// Reads a text.
    mutating func string() throws(ArchiveError) -> String {
        let (raw, isPlain) = try rawString()
        let text =
            isPlain
            ? String(validating: raw, as: UTF8.self)
            : String(validating: try unescaped(raw), as: UTF8.self)
        guard let text else { throw fault("a text that is not UTF-8") }
        return text
    }

    /// Reads a text without escapes, as it stands there: a name or digits, to be checked by who asks.
    mutating func plainString() throws(ArchiveError) -> UnsafeRawBufferPointer {
        let (raw, isPlain) = try rawString()
        guard isPlain else { throw fault("an escape where none is needed") }
        return raw
    }

    /// What stands between quotation marks, and whether there is no escape in it.
    private mutating func rawString() throws(ArchiveError) -> (UnsafeRawBufferPointer, Bool) {
        try expect(Self.quote, "a text was expected")
        let start = place
        var isPlain = true
        while let byte = current, byte != Self.quote {
            guard byte >= 0x20 else { throw fault("a control character in a text") }
            if byte == Self.backslash {
                isPlain = false
                place += 1
            }
            place += 1
        }
        guard place < bytes.count else { throw fault("a text without an end") }
        let raw = UnsafeRawBufferPointer(rebasing: bytes[start..<place])
        place += 1
        return (raw, isPlain)
    }

    /// Passes over a value of whatever kind.
    mutating func skip(depth: Int = 0) throws(ArchiveError) {
        guard depth < Self.depthMax else { throw fault("nested too deeply") }
        switch current {
        case Self.quote: _ = try rawString()
        case UInt8(ascii: "{"):
            place += 1
            if take(UInt8(ascii: "}")) { return }
            repeat {
                _ = try rawString()
                try expect(UInt8(ascii: ":"), "a colon was expected")
                try skip(depth: depth + 1)
            } while take(UInt8(ascii: ","))
            try expect(UInt8(ascii: "}"), "an object ends with a brace")
        case UInt8(ascii: "["):
            place += 1
            if take(UInt8(ascii: "]")) { return }
            repeat { try skip(depth: depth + 1) } while take(UInt8(ascii: ","))
            try expect(UInt8(ascii: "]"), "an array ends with a bracket")
        default: try skipWord()
        }
    }

    /// Checks that nothing follows.
    func end() throws(ArchiveError) {
        guard place == bytes.count else { throw fault("something follows the object") }
    }

    // MARK: Parts

    private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        place += 1
        return true
    }

    private mutating func expect(_ byte: UInt8, _ reason: String) throws(ArchiveError) {
        guard take(byte) else { throw fault(reason) }
    }

    private func fault(_ reason: String) -> ArchiveError {
        ArchiveError(.corrupt, "\(reason), at byte \(place)")
    }

    /// Passes over a number of any kind, `true`, `false` or `null`.
    private mutating func skipWord() throws(ArchiveError) {
        let start = place
        while let byte = current, Self.isWord(byte) { place += 1 }
        guard place > start else { throw fault("a value was expected") }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// Undoes what `JSONWriter` escapes: quotation marks, backslashes and control characters.
    private func unescaped(_ raw: UnsafeRawBufferPointer) throws(ArchiveError) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            guard raw[index] == Self.backslash else {
                plain.append(raw[index])
                index += 1
                continue
            }
            guard index + 1 < raw.count else { throw fault("half an escape") }
            switch raw[index + 1] {
            case Self.quote, Self.backslash: plain.append(raw[index + 1])
            case UInt8(ascii: "n"): plain.append(0x0A)
            case UInt8(ascii: "u"):
                let digits = raw[(index + 2)..<min(index + 6, raw.count)]
                guard digits.count == 4,
                    digits.allSatisfy({ Self.isHexadecimal($0) }),
                    let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 16),
                    code < 0x20
                else { throw fault("an escape that is never written") }
                plain.append(code)
                index += 4
            default: throw fault("an escape that is never written")
            }
            index += 2
        }
        return plain
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
