/// Text made fit for a terminal: what people wrote must not move the cursor, change colours, or overflow the line.
public enum TerminalText {
    /// The text with line ends shown as `⏎` and everything that steers a terminal or hides shown as `·`.
    public static func harmless(_ text: String) -> String {
        var result = ""
        var wasReturn = false
        for scalar in text.unicodeScalars {
            defer { wasReturn = scalar == "\r" }
            if scalar == "\n", wasReturn { continue }
            result.unicodeScalars.append(harmless(scalar))
        }
        return result
    }

    private static func harmless(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: "⏎"
        case 0x09: " "
        // Controls; marks that change the direction of what follows; characters without a glyph.
        case 0x00...0x1F, 0x7F...0x9F, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF,
            0xFFF9...0xFFFB, 0xE0000...0xE007F:
            "·"
        default: scalar
        }
    }

    /// How many columns a terminal needs for the text.
    public static func width(_ text: String) -> Int {
        text.reduce(0) { $0 + width($1) }
    }

    /// The text's beginning, with `…` if it did not fit into that many columns.
    public static func truncated(_ text: String, toWidth columns: Int) -> String {
        guard columns > 0 else { return "" }
        var result = ""
        var used = 0
        for character in text {
            let width = width(character)
            if used + width > columns {
                while used > columns - 1, let last = result.popLast() { used -= Self.width(last) }
                return result + "…"
            }
            result.append(character)
            used += width
        }
        return result
    }

    private static func width(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.value {
        case 0x00...0x10FF: return 1
        // East Asian wide blocks and pictographs (Unicode Standard Annex 11).
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF,
            0x20000...0x3FFFD:
            return 2
        default: return first.properties.isEmojiPresentation ? 2 : 1
        }
    }
}
