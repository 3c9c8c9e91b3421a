import Events

/// A query in the engines' words. Words are letters and digits, so there is nothing in them to escape.
extension SearchQuery {
    /// For FTS5: messages of these conversations that match.
    func fts5(in conversations: [ConversationID]) -> String {
        let places = conversations.map { "\"\($0)\"" }.joined(separator: " OR ")
        let words = terms.map { term in
            "\"\(term.words.joined(separator: " "))\"\(term.isPrefix ? " *" : "")"
        }
        return "scope : (\(places)) AND body : (\(words.joined(separator: " AND ")))"
    }

    /// For PostgreSQL's `tsquery`: messages of these conversations that match, or may match.
    ///
    /// A phrase may be anywhere in a text of which not all places are known.
    func tsquery(in conversations: [ConversationID]) -> String {
        let places = conversations.map { "'\(Self.lexeme($0))'" }.joined(separator: " | ")
        let conditions = terms.map { term in
            var words = term.words.map { "'\($0)'" }
            if term.isPrefix { words[words.count - 1] += ":*" }
            guard words.count > 1 else { return words[0] }
            let phrase = words.joined(separator: " <-> ")
            let anywhere = words.joined(separator: " & ")
            return "((\(phrase)) | (\(anywhere) & '\(Self.cutLexeme)'))"
        }
        return "(\(places)) & \(conditions.joined(separator: " & "))"
    }

    /// What stands for a conversation among the words of its messages; no word begins so.
    static func lexeme(_ conversation: ConversationID) -> String { "=\(conversation)" }

    /// What stands among the words of a text of which not all places are known.
    static let cutLexeme = "=cut"
}

extension SearchText {
    /// PostgreSQL keeps the first so many places of a word (its manual, "Limitations" of text search).
    private static let placesMax = 256

    /// The words with their places, and the conversation, as PostgreSQL's `tsvector` is written.
    func tsvector(in conversation: ConversationID) -> String {
        let tokens = tokens
        guard !tokens.isEmpty else { return "" }
        var words = tokens.enumerated().map { "'\($1)':\($0 + 1)" }
        words.append("'\(SearchQuery.lexeme(conversation))'")
        if isCut(tokens) { words.append("'\(SearchQuery.cutLexeme)'") }
        return words.joined(separator: " ")
    }

    /// Whether there is a word of which not all places are kept.
    private func isCut(_ tokens: [String]) -> Bool {
        guard tokens.count > Self.placesMax else { return false }
        var counts: [String: Int] = [:]
        for token in tokens { counts[token, default: 0] += 1 }
        return counts.values.contains { $0 > Self.placesMax }
    }
}
