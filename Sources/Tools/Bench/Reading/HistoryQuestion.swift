import Events

/// One request to history, and how its answer must look.
struct HistoryQuestion: Sendable, Equatable {
    /// What is asked for.
    enum Kind: String, CaseIterable, Sendable {
        /// A page somewhere in a conversation.
        case page
        /// The same, as old as archives are.
        case archived
        /// The conversations of an account.
        case list
        /// A word that many use, in all of an account's conversations.
        case searchCommon
        /// A word that hardly anybody uses.
        case searchRare
        /// The beginning of a word.
        case searchPrefix
        /// Two words of one message.
        case searchTwo
        /// A word that many use, in one conversation.
        case searchInside

        /// As a person reads it.
        var title: String {
            switch self {
            case .page: "page"
            case .archived: "archived page"
            case .list: "conversations"
            case .searchCommon: "search: common"
            case .searchRare: "search: rare"
            case .searchPrefix: "search: prefix"
            case .searchTwo: "search: two words"
            case .searchInside: "search: inside one"
            }
        }
    }

    /// What an answer must hold.
    enum Expectation: Sendable, Equatable {
        /// The events before this seq, the newest first: so many.
        case events(before: UInt64, count: Int)
        /// So many conversations, the last spoken in first.
        case conversations(Int)
        /// At least so many messages, with all these words in each, or with words that begin so.
        case hits(words: [String], arePrefixes: Bool, atLeast: Int)
    }

    var kind: Kind
    /// Path and query.
    var uri: String
    /// The place of who asks among the people of the fill.
    var person: Int
    var expectation: Expectation
}
