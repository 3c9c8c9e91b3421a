import Events
import MartletClient

/// Finding messages, and going to them.
extension ChatModel {
    // MARK: Searching

    /// Searches for words, or without words for older hits of the same.
    mutating func find(_ words: String?, isHere: Bool) throws(Complaint) -> [ChatEffect] {
        guard let words else {
            guard search != nil else { throw Complaint(text: "/search WORDS: search for what?") }
            return findOlder()
        }
        search = MessageSearch(words, in: isHere ? try here() : nil)
        return askForHits()
    }

    /// Shows older hits.
    mutating func findOlder() -> [ChatEffect] {
        guard let search else { return [] }
        if self.search?.showOlder(by: hitsPerPage) == true { return [.panel(.search)] }
        guard search.next != nil || search.hits.isEmpty || search.request != nil else {
            return [.panel(.search), .notice("that is all that was found")]
        }
        return askForHits()
    }

    /// Shows newer hits, which were there before.
    mutating func findNewer() -> [ChatEffect] {
        search?.showNewer(by: hitsPerPage)
        return [.panel(.search)]
    }

    private mutating func askForHits() -> [ChatEffect] {
        let request = search?.ask(limit: hitsPerPage)
        return [.panel(.search)] + (request.map { [.search($0)] } ?? [])
    }

    /// Takes a page of hits.
    mutating func found(_ page: SearchPage, for request: MessageSearch.Request) -> [ChatEffect] {
        guard search?.request == request else { return [] }
        for message in page.messages { learnOther(from: message) }
        guard search?.take(page, for: request) == true else { return [] }
        return search?.ask(limit: hitsPerPage).map { [.search($0)] } ?? []
    }

    /// A page of hits could not be fetched.
    mutating func notFound(_ request: MessageSearch.Request, _ why: String) {
        search?.fail(request, why)
    }

    // MARK: Going there

    /// Goes to a hit, by its number.
    mutating func open(_ number: Int) throws(Complaint) -> [ChatEffect] {
        guard let search, !search.hits.isEmpty else {
            throw Complaint(text: "/open N: goes to a hit of /search")
        }
        guard search.hits.indices.contains(number - 1) else {
            throw Complaint(text: "there is no hit \(number); /search shows them")
        }
        let hit = search.hits[number - 1]
        var effects: [ChatEffect] = []
        if hit.conversationID != conversation {
            let unread = elsewhere[hit.conversationID]
            turn(to: try target(of: hit))
            // What is new there is not what one goes to see.
            elsewhere[hit.conversationID] = unread
            history.leaveEnd()
            effects = [.jumped]
        }
        goal = MessagePlace(hit.messageID, seq: hit.seq)
        return effects + (history.contains(hit.seq) ? arrived() : fetch(.around(hit.seq)))
    }

    /// Is where one wanted to go.
    mutating func arrived() -> [ChatEffect] {
        guard let goal else { return [] }
        if message(goal.messageID) != nil { return [.show(goal.messageID)] }
        self.goal = nil
        return [.notice("the message is gone, or cannot be read at the moment")]
    }

    private func target(of hit: MessageEvent) throws(Complaint) -> ChatTarget {
        guard hit.conversationKind == "direct" else {
            return ChatTarget(.conversation(hit.conversationID))
        }
        guard let other = directs[hit.conversationID] else {
            throw Complaint(text: "it is not known with whom that conversation is")
        }
        return ChatTarget(.account(other))
    }
}
