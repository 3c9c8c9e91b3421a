/// Bytes as hexadecimal digits.
enum HexDump {
    /// What is shown at most.
    static let bytesMax = 4096

    /// The bytes in groups of four; `…` if there are too many.
    static func text(_ bytes: [UInt8]) -> String {
        var result = ""
        for (place, byte) in bytes.prefix(bytesMax).enumerated() {
            if place > 0, place % 4 == 0 { result += " " }
            result += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return bytes.count > bytesMax ? result + " …" : result
    }
}
