import Events

/// Thinks of questions to an installation that was filled: the same seed gives the same ones.
struct HistoryQuestions: Sendable {
    /// Events of a page, conversations of a list.
    static let pageSize = 30
    /// Letters by which a prefix is asked for: the first two syllables.
    private static let prefixLetters = 4

    private let summary: FillSummary
    private let kinds: [HistoryQuestion.Kind]
    private let kindChoice: WeightedChoice
    /// The last seqs below which an archived page may be asked for, by conversation.
    private let archivedSeqs: [UInt64]
    private let pageChoice: WeightedChoice?
    private let archivedChoice: WeightedChoice?
    /// Conversations of which two words of a message are known.
    private let findable: [Int]
    private var random: SeededRandom

    /// Questions of these kinds, with how likely each is; archived pages end with this UTC day.
    ///
    /// - Throws: `BenchFailure` if nothing that was filled in can be asked for so.
    init(
        _ summary: FillSummary,
        kinds: [(kind: HistoryQuestion.Kind, weight: Double)],
        archivedUntil day: Int?,
        seed: UInt64
    ) throws(BenchFailure) {
        self.summary = summary
        self.kinds = kinds.map(\.kind)
        kindChoice = WeightedChoice(kinds.map(\.weight))
        archivedSeqs = summary.chats.map { chat in
            day.map { Self.archivedSeq(of: chat, until: $0 - summary.firstDay) } ?? 0
        }
        pageChoice = Self.choice(summary.chats.map { Self.pages(below: $0.lastSeq) })
        archivedChoice = Self.choice(archivedSeqs.map(Self.pages))
        findable = summary.chats.indices.filter { summary.chats[$0].words.count == 2 }
        random = SeededRandom(seed: seed)
        let asked = Set(self.kinds)
        if asked.contains(.page), pageChoice == nil {
            throw BenchFailure("no conversation has a page of \(Self.pageSize)")
        }
        if asked.contains(.archived), archivedChoice == nil {
            throw BenchFailure("no conversation has a page as old as that")
        }
        if asked.contains(.searchTwo), findable.isEmpty {
            throw BenchFailure("no two words of a message are known")
        }
    }

    /// The newest page stays where it is quickly read, however old it is.
    private static func archivedSeq(of chat: FillSummary.Chat, until day: Int) -> UInt64 {
        guard day >= 0, let seq = chat.daySeqs.dropFirst(day).first ?? chat.daySeqs.last,
            chat.lastSeq > pageSize
        else { return 0 }
        return min(seq, chat.lastSeq - UInt64(pageSize))
    }

    /// At how many places a whole page ends at or below a seq.
    private static func pages(below seq: UInt64) -> Double {
        seq >= pageSize ? Double(seq - UInt64(pageSize) + 1) : 0
    }

    private static func choice(_ weights: [Double]) -> WeightedChoice? {
        weights.contains { $0 > 0 } ? WeightedChoice(weights) : nil
    }

    /// The next question.
    mutating func next() -> HistoryQuestion {
        let kind = kinds[kindChoice.next(&random)]
        switch kind {
        case .page:
            let chat = pageChoice?.next(&random) ?? 0
            return page(kind, of: chat, below: summary.chats[chat].lastSeq)
        case .archived:
            let chat = archivedChoice?.next(&random) ?? 0
            return page(kind, of: chat, below: archivedSeqs[chat])
        case .list: return list()
        case .searchCommon:
            return search(kind, words: [word(summary.words.common)], by: anybody())
        case .searchRare:
            return search(kind, words: [word(summary.words.rare)], by: anybody())
        case .searchPrefix:
            let start = String(word(summary.words.rare).prefix(Self.prefixLetters))
            return search(kind, words: [start], by: anybody(), arePrefixes: true)
        case .searchTwo:
            let chat = summary.chats[findable[random.below(findable.count)]]
            return search(kind, words: chat.words, by: chat.person, atLeast: 1)
        case .searchInside:
            let chat = summary.chats[random.below(summary.chats.count)]
            let words = [word(summary.words.common)]
            return search(kind, words: words, by: chat.person, inside: chat.conversation)
        }
    }

    private mutating func anybody() -> Int { random.below(summary.people.count) }

    private mutating func word(_ words: [String]) -> String { words[random.below(words.count)] }

    private mutating func page(
        _ kind: HistoryQuestion.Kind,
        of chat: Int,
        below seq: UInt64
    ) -> HistoryQuestion {
        let size = UInt64(Self.pageSize)
        let before = size + 1 + UInt64(random.below(Int(seq - size) + 1))
        let id = summary.chats[chat].conversation
        return HistoryQuestion(
            kind: kind,
            uri: "/v1/conversations/\(id)/events?before_seq=\(before)&limit=\(size)",
            person: summary.chats[chat].person,
            expectation: .events(before: before, count: Self.pageSize)
        )
    }

    private mutating func list() -> HistoryQuestion {
        let person = anybody()
        return HistoryQuestion(
            kind: .list,
            uri: "/v1/conversations?limit=\(Self.pageSize)",
            person: person,
            expectation: .conversations(
                min(Self.pageSize, summary.people[person].conversations)
            )
        )
    }

    private func search(
        _ kind: HistoryQuestion.Kind,
        words: [String],
        by person: Int,
        arePrefixes: Bool = false,
        inside conversation: ConversationID? = nil,
        atLeast: Int = 0
    ) -> HistoryQuestion {
        // Words are lower-case ASCII letters: only what stands between them needs escaping.
        let query = words.map { arePrefixes ? "\($0)%2A" : $0 }.joined(separator: "%20")
        let place = conversation.map { "&conversation_id=\($0)" } ?? ""
        return HistoryQuestion(
            kind: kind,
            uri: "/v1/search?q=\(query)\(place)&limit=\(Self.pageSize)",
            person: person,
            expectation: .hits(words: words, arePrefixes: arePrefixes, atLeast: atLeast)
        )
    }
}
