import Conversations
import Events

/// What an account finds among what was said in its conversations, within one read access.
///
/// The index says where the words of the query are, the newest first; each such message is then read as the account sees it, and passed over unless that
/// still matches.
struct SearchQueries {
    let database: StoreConnection
    let viewer: Viewer
    let query: SearchQuery

    /// So many conversations are searched, the last ones spoken in; whoever has more is told so.
    static let conversationsMax = 10_000
    /// So many are searched at a time: each is a term of the query.
    static let conversationsAtOnce = 1000

    /// A page, the newest first; `nil` if the account has no standing in the conversation asked for.
    ///
    /// - Throws: `StoreError` with code `archivesNeeded` for all parts of archives that are on it and were not fetched yet.
    func page(
        in conversation: ConversationID?,
        before cursor: SearchCursor?,
        limit: Int
    ) throws -> SearchPage? {
        var list = try standings(conversation)
        guard conversation == nil || !list.isEmpty else { return nil }
        var page = SearchPage()
        page.isComplete = try list.count <= Self.conversationsMax && isComplete(conversation)
        list = Array(list.prefix(Self.conversationsMax))
        guard !list.isEmpty else { return page }
        let standings = Dictionary(list.map { ($0.conversation, $0) }) { one, _ in one }
        var results = SearchResults(limit: PageRequest.limit(limit), before: cursor)
        while !results.isFull {
            let count = results.candidatesNeeded
            let candidates = try candidates(
                in: list.map(\.conversation),
                before: results.lastID,
                limit: count
            )
            let found = try found(candidates, standings)
            for candidate in candidates { results.take(candidate, found[candidate.id]) }
            if candidates.count < count { break }
        }
        let needed = results.parts.filter { viewer.archived[$0] == nil }
        guard needed.isEmpty else { throw StoreError(needing: needed) }
        page.hits = results.hits
        page.next = results.isFull ? SearchCursor(id: results.lastID) : nil
        return page
    }

    private func standings(_ conversation: ConversationID?) throws -> [Standing] {
        guard let conversation else {
            return try Standing.list(
                viewer.account,
                after: nil,
                limit: Self.conversationsMax + 1,
                database
            )
        }
        return try [Standing.load(viewer.account, conversation, database)].compactMap { $0 }
    }

    /// Whether all that was said in the account's conversations, or in one of them, is indexed.
    private func isComplete(_ conversation: ConversationID?) throws -> Bool {
        let query = try BoundStatement(
            database,
            """
            SELECT 1 FROM members m JOIN conversations c ON c.conversation = m.conversation
            WHERE m.account = ?1 \(conversation == nil ? "" : "AND m.conversation = ?2")
                AND c.last_seq > c.search_seq LIMIT 1
            """
        )
        query.bind(1, viewer.account)
        if let conversation { query.bind(2, conversation) }
        return try query.first { _ in true } == nil
    }

    // MARK: Candidates

    /// Messages that match as far as the index knows, before one, the newest first.
    private func candidates(
        in conversations: [ConversationID],
        before id: Int64,
        limit: Int
    ) throws -> [SearchResults.Candidate] {
        var candidates: [SearchResults.Candidate] = []
        for start in stride(from: 0, to: conversations.count, by: Self.conversationsAtOnce) {
            let some = conversations[start...].prefix(Self.conversationsAtOnce)
            candidates += try self.candidates(among: Array(some), before: id, limit: limit)
        }
        guard conversations.count > Self.conversationsAtOnce else { return candidates }
        return Array(candidates.sorted { $0.id > $1.id }.prefix(limit))
    }

    private func candidates(
        among conversations: [ConversationID],
        before id: Int64,
        limit: Int
    ) throws -> [SearchResults.Candidate] {
        // No join that could be begun at the other end: the words come first.
        let statement = try BoundStatement(
            database,
            """
            SELECT s.id, s.conversation, s.seq
            FROM search_words CROSS JOIN searched s ON s.id = search_words.rowid
            WHERE search_words MATCH ?1 AND search_words.rowid < ?2
            ORDER BY search_words.rowid DESC LIMIT ?3
            """,
            postgres: """
                SELECT id, conversation, seq FROM searched
                WHERE body @@ CAST(CAST($1 AS text) AS tsquery) AND id < $2
                ORDER BY id DESC LIMIT $3
                """
        )
        switch database.engine {
        case .sqlite: statement.bind(1, query.fts5(in: conversations))
        case .postgres: statement.bind(1, query.tsquery(in: conversations))
        }
        statement.bind(2, id)
        statement.bind(3, Int64(limit))
        var candidates: [SearchResults.Candidate] = []
        try plan(forEach: true)
        try statement.eachRow { row in
            candidates.append(
                SearchResults.Candidate(
                    id: row.integer(0),
                    conversation: try row.identifier(1),
                    seq: row.integer(2)
                )
            )
        }
        try plan(forEach: false)
        return candidates
    }

    /// Has PostgreSQL plan for the words that are looked for, or for any.
    ///
    /// Common words are found from the table's end, rare ones by the index; a plan for any would do the one or the other for all.
    private func plan(forEach isCustom: Bool) throws {
        guard case .postgres = database.engine else { return }
        let mode = isCustom ? "force_custom_plan" : "auto"
        let statement = try BoundStatement(
            database,
            "",
            postgres: "SELECT set_config('plan_cache_mode', '\(mode)', true)"
        )
        _ = try statement.first { _ in true }
    }

    // MARK: What they are to the account

    /// What the account sees of candidates, by their numbers; nothing for those that it does not, or that say something else to it.
    private func found(
        _ candidates: [SearchResults.Candidate],
        _ standings: [ConversationID: Standing]
    ) throws -> [Int64: SearchResults.Finding] {
        var found: [Int64: SearchResults.Finding] = [:]
        for (conversation, group) in Dictionary(grouping: candidates, by: \.conversation) {
            guard let standing = standings[conversation] else { continue }
            let ids = try visible(group, standing)
            var events = try events(Array(ids.keys), standing)
            for (seq, id) in ids where events[seq] == nil {
                guard let part = try part(with: seq, of: standing) else { continue }
                found[id] = SearchResults.Finding(part: part, isHit: true)
                guard case .rows(let rows)? = viewer.archived[part] else { continue }
                found[id]?.isHit = false
                events[seq] = try Self.event(of: seq, in: rows, standing)
            }
            let messages = MessageQueries(database: database, standing: standing, now: viewer.now)
            for shown in try messages.shown(Array(events.values)) where matches(shown) {
                guard let id = ids[Int64(clamping: shown.event.seq)] else { continue }
                found[id, default: SearchResults.Finding()].isHit = true
                found[id]?.event = shown
            }
        }
        return found
    }

    /// The numbers of those candidates that the account may see, by seq.
    private func visible(
        _ candidates: [SearchResults.Candidate],
        _ standing: Standing
    ) throws -> [Int64: Int64] {
        let seen = candidates.lazy.filter { standing.sees($0.seq) }
        let ids = Dictionary(seen.map { ($0.seq, $0.id) }) { one, _ in one }
        guard standing.isFormer else { return ids }
        // What was changed since is found by words that the account was never told.
        let versions = try MessageVersions(of: Set(ids.keys), database, standing)
        return ids.filter { versions.shared[$0.key]?.isKnown(to: standing) != false }
    }

    private func matches(_ shown: PageEvent) -> Bool {
        guard case .messagePosted(let post) = shown.event.body, shown.state?.presence == .here
        else { return false }
        return query.matches(SearchText(of: post.content))
    }

    /// What the table has of some seqs.
    private func events(_ seqs: [Int64], _ standing: Standing) throws -> [Int64: TimelineEvent] {
        let query = try BoundStatement(
            database,
            """
            SELECT \(EventRow.columns.joined(separator: ", ")) FROM events
            WHERE conversation = ?1 AND seq IN (?2)
            """
        )
        query.bind(1, standing.conversation)
        var events: [Int64: TimelineEvent] = [:]
        try query.eachRow(among: seqs.sorted(), at: 2) { row in
            events[row.integer(0)] = try EventRow.event(
                row,
                from: 0,
                of: standing.conversation,
                standing.kind
            )
        }
        return events
    }

    /// The part of an archive that has the event of a seq.
    private func part(with seq: Int64, of standing: Standing) throws -> ArchivedPart? {
        let segments = try ArchiveCatalogue(database: database).segments(
            of: standing.conversation,
            in: seq...seq,
            isBackwards: false,
            limit: 1
        )
        return segments.first?.parts(in: seq...seq, isBackwards: false).first
    }

    /// The event of a seq among an archive's rows.
    private static func event(
        of seq: Int64,
        in rows: [StoreRow],
        _ standing: Standing
    ) throws -> TimelineEvent? {
        // The first column is the conversation, the second the seq.
        guard let row = rows.first(where: { $0.values[1] == .integer(seq) }) else { return nil }
        return try EventRow.event(
            ResultRow(row),
            from: 1,
            of: standing.conversation,
            standing.kind
        )
    }
}
