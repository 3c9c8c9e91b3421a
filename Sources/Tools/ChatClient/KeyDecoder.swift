/// A key, or what stands for one.
enum Key: Equatable, Sendable {
    case text(String)
    case paste(String)
    case enter
    case tab
    case backspace
    case delete
    case left
    case right
    case up
    case down
    case home
    case end
    case pageUp
    case pageDown
    /// Ctrl with a letter, in lower case.
    case control(Character)
}

/// Makes keys of a terminal's bytes, which may be cut anywhere.
struct KeyDecoder {
    private static let pasteBytesMax = 64 * 1024
    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    private var bytes: [UInt8] = []
    private var paste: [UInt8]?

    /// The keys in these bytes and those kept from before.
    mutating func decode(_ more: some Sequence<UInt8>) -> [Key] {
        bytes.append(contentsOf: more)
        var keys: [Key] = []
        while !bytes.isEmpty {
            if paste != nil {
                guard let key = continuePaste() else { break }
                keys.append(key)
                continue
            }
            guard let (key, count) = next() else { break }
            bytes.removeFirst(count)
            if let key {
                keys.append(key)
            }
        }
        return keys
    }

    private mutating func continuePaste() -> Key? {
        guard var pasted = paste else { return nil }
        while !bytes.isEmpty {
            if bytes.starts(with: Self.pasteEnd) {
                bytes.removeFirst(Self.pasteEnd.count)
                paste = nil
                let text = String(decoding: pasted, as: UTF8.self)
                    .replacing("\r\n", with: "\n").replacing("\r", with: "\n")
                return .paste(DisplayWidth.sanitized(text))
            }
            if Self.pasteEnd.starts(with: bytes), bytes.count < Self.pasteEnd.count {
                break
            }
            let byte = bytes.removeFirst()
            if pasted.count < Self.pasteBytesMax {
                pasted.append(byte)
            }
        }
        paste = pasted
        return nil
    }

    /// The next key and its count of bytes; `nil`: not all of it is there yet.
    private mutating func next() -> (Key?, Int)? {
        let first = bytes[0]
        switch first {
        case 0x1B: return escape()
        case 0x0D, 0x0A: return (.enter, 1)
        case 0x7F, 0x08: return (.backspace, 1)
        case 0x01: return (.home, 1)
        case 0x05: return (.end, 1)
        case 0x09: return (.tab, 1)
        case 0x00: return (nil, 1)
        case 0x01...0x1A: return (.control(Character(Unicode.Scalar(first + 0x60))), 1)
        case 0x1C...0x1F: return (nil, 1)
        case 0x20..<0x7F: return (.text(String(Character(Unicode.Scalar(first)))), 1)
        default: return utf8(first)
        }
    }

    private func utf8(_ first: UInt8) -> (Key?, Int)? {
        let count = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1
        guard count > 1 else { return (nil, 1) }
        guard bytes.count >= count else { return nil }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else { return (nil, 1) }
        return (.text(text), count)
    }

    private mutating func escape() -> (Key?, Int)? {
        guard bytes.count >= 2 else { return nil }
        guard bytes[1] == UInt8(ascii: "[") || bytes[1] == UInt8(ascii: "O") else {
            // Escape, or Alt with a key: neither means anything here.
            return (nil, bytes[1] == 0x1B ? 1 : 2)
        }
        guard let last = bytes[2...].firstIndex(where: { (0x40...0x7E).contains($0) }) else {
            return bytes.count > 16 ? (nil, bytes.count) : nil
        }
        let parameter = String(decoding: bytes[2..<last], as: UTF8.self)
        let count = last + 1
        switch (bytes[last], parameter.split(separator: ";").first ?? "") {
        case (UInt8(ascii: "A"), _): return (.up, count)
        case (UInt8(ascii: "B"), _): return (.down, count)
        case (UInt8(ascii: "C"), _): return (.right, count)
        case (UInt8(ascii: "D"), _): return (.left, count)
        case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), "1"), (UInt8(ascii: "~"), "7"):
            return (.home, count)
        case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), "4"), (UInt8(ascii: "~"), "8"):
            return (.end, count)
        case (UInt8(ascii: "~"), "3"): return (.delete, count)
        case (UInt8(ascii: "~"), "5"): return (.pageUp, count)
        case (UInt8(ascii: "~"), "6"): return (.pageDown, count)
        case (UInt8(ascii: "~"), "200"):
            paste = []
            return (nil, count)
        default: return (nil, count)
        }
    }
}
