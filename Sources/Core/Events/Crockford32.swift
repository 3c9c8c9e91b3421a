/// Crockford's base32 for 128-bit values, in lower case: 26 characters, the first at most `7`.
///
/// Source: Douglas Crockford, "Base 32". Decoding takes either case and reads `i` and `l` as 1, `o` as 0.
enum Crockford32 {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let digits: [UInt8] = {
        var table = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() {
            table[Int(character)] = UInt8(value)
            if character >= UInt8(ascii: "a") {
                table[Int(character) - 32] = UInt8(value)
            }
        }
        for (alias, value) in [("i", 1), ("I", 1), ("l", 1), ("L", 1), ("o", 0), ("O", 0)] {
            table[Int(alias.utf8[alias.utf8.startIndex])] = UInt8(value)
        }
        return table
    }()

    static func encode(high: UInt64, low: UInt64) -> String {
        String(unsafeUninitializedCapacity: 26) { buffer in
            var high = high
            var low = low
            for place in stride(from: 25, through: 0, by: -1) {
                buffer[place] = alphabet[Int(low & 31)]
                low = low >> 5 | high << 59
                high >>= 5
            }
            return 26
        }
    }

    static func decode(_ text: some Sequence<UInt8>) -> (high: UInt64, low: UInt64)? {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var count = 0
        for character in text {
            let digit = digits[Int(character)]
            guard digit < 32, count < 26, count > 0 || digit < 8 else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
            count += 1
        }
        return count == 26 ? (high, low) : nil
    }
}
