import Events

/// A page of a search that is being filled.
struct SearchResults {
    /// So many messages that match are looked at for one page; what the account may not see of them is passed over.
    static let candidatesMax = 500
    /// So many parts of archives are on one page.
    static let partsMax = 8

    /// A message that matches as far as the index knows.
    struct Candidate {
        var id: Int64
        var conversation: ConversationID
        var seq: Int64
    }

    /// What a candidate is to the account.
    struct Finding {
        /// The part of an archive that it is in.
        var part: ArchivedPart?
        /// What is shown of it; `nil`: nothing, or that can't be read or was not fetched yet.
        var event: PageEvent?
        var isHit = false
    }

    private let limit: Int
    private var count = 0
    /// What was found.
    private(set) var hits: [SearchPage.Hit] = []
    /// The parts of archives that were needed to say so, in the order in which they came.
    private(set) var parts: [ArchivedPart] = []
    /// The last candidate that was taken.
    private(set) var lastID: Int64
    /// Whether there is a candidate that has no place any more.
    private(set) var isFull = false

    init(limit: Int, before cursor: SearchCursor?) {
        self.limit = limit
        lastID = cursor?.id ?? .max
    }

    /// How many candidates to look at next: one more than there is room for.
    ///
    /// Nearly always the first ones are what is shown. If not, the same search is made once more, for all the others.
    var candidatesNeeded: Int { count == 0 ? limit + 1 : Self.candidatesMax - count + 1 }

    /// Takes the next candidate, unless the page is full.
    mutating func take(_ candidate: Candidate, _ finding: Finding?) {
        let part = finding?.part.flatMap { parts.contains($0) ? nil : $0 }
        let hasRoom =
            hits.count < limit && count < Self.candidatesMax
            && (part == nil || parts.count < Self.partsMax)
        guard hasRoom, !isFull else {
            isFull = true
            return
        }
        count += 1
        lastID = candidate.id
        if let part { parts.append(part) }
        guard let finding, finding.isHit else { return }
        hits.append(
            SearchPage.Hit(
                conversation: candidate.conversation,
                seq: candidate.seq,
                event: finding.event
            )
        )
    }
}
