import Foundation

/// What a character is to a search.
///
/// Cases and diacritics of Latin, Greek, Cyrillic, Hebrew and Arabic make no difference, nor do full-width forms and the digits of other scripts; the
/// vowel signs of the scripts of India do. Where words are not parted by spaces (Chinese, Japanese, Thai, Lao, Burmese, Khmer) every
/// character is a word of its own, and a word of several is looked for as a phrase.
enum SearchCharacter: Equatable {
    /// Between words.
    case separator
    /// Nothing, even within a word.
    case ignored
    /// Part of a word.
    case letter(Unicode.Scalar)
    /// Part of a word that is told by two: ß.
    case letters(Unicode.Scalar, Unicode.Scalar)
    /// A word of its own.
    case alone(Unicode.Scalar)

    /// What a character is.
    static func of(_ scalar: Unicode.Scalar) -> SearchCharacter {
        let number = Int(scalar.value)
        return number < table.count ? table[number] : folded(scalar)
    }

    /// The alphabets, whose characters take long to work out.
    private static let table = (0..<0x2500).map { number in
        Unicode.Scalar(number).map(folded) ?? .separator
    }

    private static func folded(_ scalar: Unicode.Scalar) -> SearchCharacter {
        switch scalar.value {
        case let value where isAlone(value): return isWord(scalar) ? .alone(scalar) : .separator
        case 0xAC00...0xD7A3: return .letter(scalar)
        case 0xFF01...0xFF5E: return Unicode.Scalar(scalar.value - 0xFEE0).map(of) ?? .separator
        // A space without width, and the one sign of Arabic that only draws a word out.
        case 0x200B: return .separator
        case 0x0640: return .ignored
        case let value where isDiacritic(value): return .ignored
        default: break
        }
        if scalar.properties.generalCategory == .format || scalar.properties.isVariationSelector {
            return .ignored
        }
        guard isWord(scalar) else { return .separator }
        if scalar.properties.generalCategory == .decimalNumber,
            let value = scalar.properties.numericValue
        {
            return .letter(Unicode.Scalar(UInt8(ascii: "0") + UInt8(value)))
        }
        return lowered(scalar)
    }

    /// Without case and diacritics.
    private static func lowered(_ scalar: Unicode.Scalar) -> SearchCharacter {
        let parts = scalar.properties.lowercaseMapping.decomposedStringWithCanonicalMapping
        let base = parts.unicodeScalars.flatMap { part -> [Unicode.Scalar] in
            if isDiacritic(part.value) { return [] }
            return undecomposable[part].map { Array($0.unicodeScalars) } ?? [part]
        }
        switch base.count {
        case 1: return .letter(base[0])
        case 2: return .letters(base[0], base[1])
        default: return .letter(scalar)
        }
    }

    /// Letters that are made of others though Unicode does not say so.
    private static let undecomposable: [Unicode.Scalar: String] = [
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l",
        "ħ": "h", "ı": "i", "ς": "σ",
    ]

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber,
            .otherNumber:
            true
        default: false
        }
    }

    /// Marks on letters that are left away in writing often enough.
    private static func isDiacritic(_ value: UInt32) -> Bool {
        switch value {
        case 0x0300...0x036F, 0x0483...0x0489, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF,
            0xFE20...0xFE2F:
            true
        case 0x0591...0x05BD, 0x05BF, 0x05C1...0x05C2, 0x05C4...0x05C5, 0x05C7: true
        case 0x0610...0x061A, 0x064B...0x065F, 0x0670, 0x06D6...0x06DC, 0x06DF...0x06E4,
            0x06E7...0x06E8, 0x06EA...0x06ED:
            true
        default: false
        }
    }

    /// Scripts without spaces.
    private static func isAlone(_ value: UInt32) -> Bool {
        switch value {
        // Thai and Lao, Burmese, Khmer.
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0xA9E0...0xA9FF, 0xAA60...0xAA7F:
            true
        // Han, kana, bopomofo.
        case 0x2E80...0x2FDF, 0x3005...0x3007, 0x3021...0x3029, 0x3040...0x312F, 0x31A0...0x31FF,
            0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0xFF66...0xFF9F,
            0x1B000...0x1B16F, 0x20000...0x3FFFF:
            true
        default: false
        }
    }
}
