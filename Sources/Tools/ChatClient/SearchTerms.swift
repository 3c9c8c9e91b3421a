import Foundation

/// What is searched for, as far as it has to be known to mark it where it was found.
struct SearchTerms {
    /// A word, or several in quotation marks, of which the last may be only a beginning.
    private struct Term {
        let words: [String]
        let isPrefix: Bool
    }

    private let terms: [Term]

    init(_ query: String) {
        // Within quotation marks are the pieces at odd places.
        let pieces = query.split(separator: "\"", omittingEmptySubsequences: false)
        terms = pieces.enumerated().flatMap { place, piece -> [Term] in
            place % 2 == 1
                ? [Self.term(piece)] : piece.split(separator: " ").map { Self.term($0) }
        }.filter { !$0.words.isEmpty }
    }

    private static func term(_ text: Substring) -> Term {
        let characters = Array(text)
        let words = Self.words(in: characters).map { folded(characters[$0]) }
        return Term(words: words, isPrefix: text.hasSuffix("*"))
    }

    /// Where it is in a text, in order.
    func marks(in text: [Character]) -> [Range<Int>] {
        let places = Self.words(in: text)
        let words = places.map { Self.folded(text[$0]) }
        var marks: [Range<Int>] = []
        var place = 0
        while place < words.count {
            guard let count = terms.compactMap({ match($0, words[place...]) }).max() else {
                place += 1
                continue
            }
            marks.append(places[place].lowerBound..<places[place + count - 1].upperBound)
            place += count
        }
        return marks
    }

    /// How many words a term takes at the beginning of some; `nil`: it is not there.
    private func match(_ term: Term, _ words: ArraySlice<String>) -> Int? {
        guard words.count >= term.words.count else { return nil }
        for (place, (wanted, word)) in zip(term.words, words).enumerated() {
            let isOpen = term.isPrefix && place == term.words.count - 1
            guard isOpen ? word.hasPrefix(wanted) : word == wanted else { return nil }
        }
        return term.words.count
    }

    private static func words(in text: [Character]) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var start: Int?
        for (place, character) in text.enumerated() {
            let isAlone = Self.isAlone(character)
            if !isAlone, character.isLetter || character.isNumber {
                start = start ?? place
                continue
            }
            if let first = start { words.append(first..<place) }
            start = nil
            if isAlone { words.append(place..<(place + 1)) }
        }
        if let first = start { words.append(first..<text.count) }
        return words
    }

    /// Whether a character is a word of its own: in the scripts that have no spaces between words.
    private static func isAlone(_ character: Character) -> Bool {
        switch character.unicodeScalars.first?.value ?? 0 {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x2E80...0x2FDF, 0x3005...0x3007,
            0x3040...0x312F, 0x31A0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF,
            0x20000...0x3FFFF:
            true
        default: false
        }
    }

    private static func folded(_ characters: ArraySlice<Character>) -> String {
        String(characters).folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil)
    }
}
