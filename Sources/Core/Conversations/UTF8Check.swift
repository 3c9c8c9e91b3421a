/// Validates UTF-8 and counts its scalars in one pass without making a string.
enum UTF8Check {
    /// How many Unicode scalars the bytes are; `nil` if they are not UTF-8 (Unicode 15, table 3-7).
    static func scalarCount(_ bytes: ArraySlice<UInt8>) -> Int? {
        bytes.withUnsafeBytes { bytes in
            var count = 0
            var place = 0
            while place < bytes.count {
                let first = bytes[place]
                count += 1
                if first < 0x80 {
                    place += 1
                    continue
                }
                guard let length = length(first), place + length <= bytes.count,
                    isSecond(bytes[place + 1], after: first)
                else { return nil }
                for next in place + 2..<max(place + 2, place + length)
                where bytes[next] & 0xC0 != 0x80 {
                    return nil
                }
                place += length
            }
            return count
        }
    }

    /// How many bytes a scalar takes that starts so; `nil` if none starts so.
    private static func length(_ first: UInt8) -> Int? {
        switch first {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: nil
        }
    }

    /// Keeps out overlong forms, surrogates and what lies past U+10FFFF.
    private static func isSecond(_ second: UInt8, after first: UInt8) -> Bool {
        switch first {
        case 0xE0: (0xA0...0xBF).contains(second)
        case 0xED: (0x80...0x9F).contains(second)
        case 0xF0: (0x90...0xBF).contains(second)
        case 0xF4: (0x80...0x8F).contains(second)
        default: second & 0xC0 == 0x80
        }
    }
}
