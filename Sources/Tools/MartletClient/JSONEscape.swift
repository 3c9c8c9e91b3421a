/// A character that does not stand in a JSON string as it is.
///
/// Quotes, backslashes and controls may not (RFC 8259, section 7). The other controls steer some terminals, separators of lines and paragraphs end a
/// line for some readers, and marks of direction make a text look like another.
struct JSONEscape {
    /// Its UTF-16 code unit; all of them have one.
    let unit: UInt16
    /// How many bytes of UTF-8 it takes.
    let bytes: Int

    /// The character that begins at a place of valid UTF-8, if it is one of these.
    init?(at place: Int, in text: UnsafeBufferPointer<UInt8>) {
        let first = text[place]
        switch first {
        case 0x00...0x1F, UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x7F:
            unit = UInt16(first)
            bytes = 1
        // U+0080 … U+009F, of U+0080 … U+00BF.
        case 0xC2 where text[place + 1] < 0xA0:
            unit = UInt16(text[place + 1])
            bytes = 2
        // U+061C, the Arabic letter mark.
        case 0xD8 where text[place + 1] == 0x9C:
            unit = 0x061C
            bytes = 2
        // U+2000 … U+2FFF.
        case 0xE2:
            unit = 0x2000 | UInt16(text[place + 1] & 0x3F) << 6 | UInt16(text[place + 2] & 0x3F)
            bytes = 3
            switch unit {
            case 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: break
            default: return nil
            }
        default: return nil
        }
    }
}
