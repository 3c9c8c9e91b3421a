/// What somebody looks for: messages that hold all of some words, beginnings of words and phrases.
///
/// Words are parted by spaces and matched whole; `"…"` is a phrase, and so is a word of several by the rules of `SearchText`, such as `e-mail`. A `*` at the
/// end of a word lets it go on. Nothing else means anything: no engine's own syntax gets through.
public struct SearchQuery: Equatable, Sendable {
    /// Why a text is no query.
    public enum Fault: Error, Equatable, Sendable {
        /// There is no word in it.
        case empty
        /// More than `charactersMax` characters.
        case tooLong
        /// More than `termsMax` words and phrases.
        case tooManyTerms
        /// A phrase without an end.
        case openPhrase
        /// Less than two characters before a `*`.
        case shortPrefix
    }

    /// So many Unicode scalars at most.
    public static let charactersMax = 200
    /// So many words and phrases at most.
    public static let termsMax = 10

    /// Words one after the other.
    struct Term: Equatable {
        /// At least one.
        var words: [String]
        /// Whether the last of them may go on.
        var isPrefix = false
    }

    /// What a message has to hold, all of it; at least one.
    let terms: [Term]

    /// Reads what a person has typed.
    public init(_ text: String) throws(Fault) {
        guard text.unicodeScalars.prefix(Self.charactersMax + 1).count <= Self.charactersMax else {
            throw .tooLong
        }
        let parts = text.unicodeScalars.split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count % 2 == 1 else { throw .openPhrase }
        var terms: [Term] = []
        for (place, part) in parts.enumerated() {
            if place % 2 == 1 {
                terms += [Term(words: SearchText.tokens(of: String(part)))]
            } else {
                for word in part.split(whereSeparator: \.properties.isWhitespace) {
                    terms.append(try Self.term(String(word)))
                }
            }
        }
        self.terms = terms.filter { !$0.words.isEmpty }
        guard !self.terms.isEmpty else { throw .empty }
        guard self.terms.count <= Self.termsMax else { throw .tooManyTerms }
    }

    private static func term(_ word: String) throws(Fault) -> Term {
        var term = Term(words: SearchText.tokens(of: word))
        guard word.hasSuffix("*") else { return term }
        guard let last = term.words.last?.unicodeScalars, let first = last.first else {
            throw .shortPrefix
        }
        // What is a word of its own does not go on.
        if case .alone = SearchCharacter.of(first) { return term }
        guard last.count >= 2 else { throw .shortPrefix }
        term.isPrefix = true
        return term
    }

    /// Whether a text holds all of it.
    func matches(_ text: SearchText) -> Bool {
        let words = text.tokens
        return terms.allSatisfy { $0.isIn(words) }
    }
}

extension SearchQuery.Term {
    fileprivate func isIn(_ text: [String]) -> Bool {
        guard words.count <= text.count, let last = words.last else { return false }
        return (0...(text.count - words.count)).contains { start in
            let part = text[start..<(start + words.count)]
            guard part.dropLast().elementsEqual(words.dropLast()), let end = part.last else {
                return false
            }
            return isPrefix ? end.utf8.starts(with: last.utf8) : end == last
        }
    }
}
