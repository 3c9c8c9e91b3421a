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

    /// For PostgreSQL's `tsquery`: messages of these conversations that match.
    func tsquery(in conversations: [ConversationID]) -> String {
        let places = conversations.map { "'\(Self.lexeme($0))'" }.joined(separator: " | ")
        let words = terms.map { term in
            let phrase = term.words.map { "'\($0)'" }.joined(separator: " <-> ")
            return "(\(phrase)\(term.isPrefix ? ":*" : ""))"
        }
        return "(\(places)) & \(words.joined(separator: " & "))"
    }

    /// What stands for a conversation among the words of its messages; no word begins so.
    static func lexeme(_ conversation: ConversationID) -> String { "=\(conversation)" }
}

extension SearchText {
    /// The words with their places, and the conversation, as PostgreSQL's `tsvector` is written.
    func tsvector(in conversation: ConversationID) -> String {
        guard !bytes.isEmpty else { return "" }
        let words = tokens.enumerated().map { "'\($1)':\($0 + 1)" }
        return "'\(SearchQuery.lexeme(conversation))' \(words.joined(separator: " "))"
    }
}
