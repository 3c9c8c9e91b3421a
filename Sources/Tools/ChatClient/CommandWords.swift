/// What stands after a command: words, of which those in quotation marks may have spaces.
struct CommandWords {
    /// Everything, without spaces at its ends.
    let rest: String
    /// The words, without their quotation marks.
    let words: [String]
    /// The last word as it stands, with an opening quotation mark if it has one; empty after a space.
    let fragment: String

    init(_ text: some StringProtocol) {
        rest = String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        var words: [String] = []
        var start: String.Index?
        var isQuoted = false
        var index = text.startIndex
        while index < text.endIndex {
            let character = text[index]
            if Self.isQuote(character) {
                isQuoted = start == nil ? true : !isQuoted
                start = start ?? index
            } else if character == " ", !isQuoted {
                if let first = start { words.append(Self.bare(text[first..<index])) }
                start = nil
            } else if start == nil {
                start = index
            }
            index = text.index(after: index)
        }
        if let first = start { words.append(Self.bare(text[first...])) }
        self.words = words
        fragment = start.map { String(text[$0...]) } ?? ""
    }

    static func isQuote(_ character: Character) -> Bool {
        character == "\"" || character == "“" || character == "”"
    }

    private static func bare(_ text: some StringProtocol) -> String {
        String(text.filter { !isQuote($0) })
    }

    var count: Int { words.count }

    /// All words as one, without quotation marks; `nil`: there are none.
    var whole: String? {
        let text = Self.bare(rest)
        return text.isEmpty ? nil : text
    }

    /// The word, if it is the only one.
    var only: String? { count == 1 ? words[0] : nil }

    /// A number from 1 as the word at this place.
    func number(at place: Int) -> Int? {
        guard place < count, let number = Int(words[place]), number >= 1 else { return nil }
        return number
    }

    /// What stands after the first word, as it was typed; `nil`: nothing.
    var afterFirst: String? {
        let text = rest.drop { $0 != " " }.drop { $0 == " " }
        return text.isEmpty ? nil : String(text)
    }

    /// How a name is written so that it is one word.
    static func quoted(_ name: String) -> String {
        name.contains(" ") ? "\"\(name)\"" : name
    }
}
