/// How many columns text takes in a terminal, and what of it may go there.
enum DisplayWidth {
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
        0x1FA70...0x1FAFF, 0x20000...0x3FFFD,
    ]

    /// Columns of one character (after Unicode's East Asian Width, UAX #11, and emoji presentation).
    static func of(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        if first.value < 0x1100 {
            // An emoji variation selector makes a wide picture of a narrow sign.
            return character.unicodeScalars.contains("\u{FE0F}") ? 2 : 1
        }
        let isWide = wide.contains { $0.contains(first.value) }
        let isPicture =
            first.properties.isEmojiPresentation || character.unicodeScalars.contains("\u{FE0F}")
        return isWide || isPicture ? 2 : 1
    }

    /// Columns of a text without control characters.
    static func of(_ text: some StringProtocol) -> Int {
        text.reduce(0) { $0 + of($1) }
    }

    /// What may be shown of somebody else's text: nothing that moves the cursor, turns the direction or is a command to the terminal.
    static func sanitized(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { isForbidden($0) }) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\t" {
                result.append(" ")
            } else if scalar == "\n" || !isForbidden(scalar) {
                result.append(scalar)
            } else if scalar != "\r" {
                result.append("\u{FFFD}")
            }
        }
        return String(result)
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A: false
        case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069, 0x2028, 0x2029: true
        default: false
        }
    }

    /// Breaks a text into rows of at most so many columns, at spaces where there are any.
    static func wrap(_ text: String, columns: Int) -> [String] {
        let columns = max(columns, 2)
        var rows: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var row = ""
            var width = 0
            for word in pieces(of: line) {
                let wordWidth = of(word)
                if width + wordWidth <= columns {
                    row += word
                    width += wordWidth
                    continue
                }
                if width > 0 {
                    rows.append(row)
                    row = ""
                    width = 0
                }
                if word.allSatisfy({ $0 == " " }) {
                    continue
                }
                for character in word {
                    let characterWidth = of(character)
                    if width + characterWidth > columns {
                        rows.append(row)
                        row = ""
                        width = 0
                    }
                    row.append(character)
                    width += characterWidth
                }
            }
            rows.append(row)
        }
        return rows
    }

    /// As much of a text as fits into one row, without what may not be shown.
    static func cut(_ text: String, columns: Int) -> String {
        var result = ""
        var width = 0
        for character in sanitized(text).replacing("\n", with: " ") {
            let next = of(character)
            guard width + next <= columns else { break }
            result.append(character)
            width += next
        }
        return result
    }

    /// Words and the spaces between them, each its own piece.
    private static func pieces(of line: Substring) -> [Substring] {
        var pieces: [Substring] = []
        var rest = line
        while let first = rest.first {
            let piece = rest.prefix { ($0 == " ") == (first == " ") }
            pieces.append(piece)
            rest = rest[piece.endIndex...]
        }
        return pieces
    }
}
