import Events
import MartletClient

/// A search of messages, and what it has found so far, the newest first.
struct MessageSearch: Equatable {
    /// A page of it.
    struct Request: Equatable, Sendable {
        let words: String
        /// `nil`: everywhere.
        let conversation: ConversationID?
        /// What the page before names; `nil`: the first page.
        let before: String?
        let limit: Int
    }

    /// Pages without a hit that are fetched one after the other.
    static let emptyPagesMax = 10
    /// Hits kept; who has seen so many is better off with other words.
    static let hitsMax = 1000

    let words: String
    /// `nil`: everywhere.
    let conversation: ConversationID?
    private(set) var hits: [MessageEvent] = []
    /// Gets the next page; `nil`: there is none.
    private(set) var next: String?
    /// Whether everything was searched that there is.
    private(set) var isComplete = true
    /// Whether there are more hits than are kept.
    private(set) var isCut = false
    /// What was found and cannot be read.
    private(set) var missing: [SearchPage.Missing] = []
    /// The page that is being fetched.
    private(set) var request: Request?
    /// Why a page could not be fetched.
    private(set) var failure: String?
    /// The place of the first hit that is shown.
    private(set) var first = 0
    /// Pages without a hit, in a row.
    private var emptyPages = 0

    init(_ words: String, in conversation: ConversationID?) {
        self.words = words
        self.conversation = conversation
    }

    /// Asks for the next page, which is to have so many hits; `nil`: it is under way.
    mutating func ask(limit: Int) -> Request? {
        guard request == nil else { return nil }
        failure = nil
        request = Request(words: words, conversation: conversation, before: next, limit: limit)
        return request
    }

    /// Takes a page, if it is the one that was asked for; says whether to ask for the next one, since there was nothing on it.
    mutating func take(_ page: SearchPage, for request: Request) -> Bool {
        guard request == self.request else { return false }
        self.request = nil
        if !page.messages.isEmpty { first = hits.count }
        hits += page.messages
        missing += page.missing.prefix(Self.hitsMax - min(missing.count, Self.hitsMax))
        isCut = hits.count >= Self.hitsMax && page.nextBefore != nil
        next = isCut ? nil : page.nextBefore
        isComplete = page.isComplete
        emptyPages = page.messages.isEmpty ? emptyPages + 1 : 0
        return emptyPages > 0 && next != nil && emptyPages % Self.emptyPagesMax > 0
    }

    /// A page could not be fetched.
    mutating func fail(_ request: Request, _ why: String) {
        guard request == self.request else { return }
        self.request = nil
        failure = why
    }

    /// Shows older hits, which are here; `false`: they are not.
    mutating func showOlder(by count: Int) -> Bool {
        guard first + count < hits.count else { return false }
        first += count
        return true
    }

    /// Shows newer hits.
    mutating func showNewer(by count: Int) {
        first = max(0, first - count)
    }
}
