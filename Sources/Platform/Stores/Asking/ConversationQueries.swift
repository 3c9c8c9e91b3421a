import Accounts
import Conversations
import Events

/// What one account may ask of conversations, within one read access.
struct ConversationQueries {
    let database: StoreConnection
    let viewer: Viewer
    private let settings: AccountQueries

    init(database: StoreConnection, viewer: Viewer) {
        self.database = database
        self.viewer = viewer
        settings = AccountQueries(database: database, viewer: viewer)
    }

    /// The conversations, the last one spoken in first.
    func summaries(after cursor: ConversationCursor?, limit: Int) throws -> [ConversationSummary] {
        try summaries(Standing.list(viewer.account, after: cursor, limit: limit, database))
    }

    /// The conversations in the order of their ids.
    func summaries(
        inOrderAfter conversation: ConversationID?,
        limit: Int
    ) throws -> [ConversationSummary] {
        let standings = try Standing.list(
            viewer.account,
            inOrderAfter: conversation,
            limit: limit,
            database
        )
        return try summaries(standings)
    }

    private func summaries(_ standings: [Standing]) throws -> [ConversationSummary] {
        let isToldReads = try settings.privacy().readReceipts
        var needed = NeededParts()
        let summaries = try standings.compactMap { standing in
            try needed.answer { try summary(standing, isToldReads: isToldReads) }
        }
        try needed.check()
        return summaries
    }

    /// A conversation as it is in the list.
    func summary(_ standing: Standing, isToldReads: Bool) throws -> ConversationSummary {
        let marks = MarkQueries(
            database: database,
            standing: standing,
            isToldReads: isToldReads
        )
        return try summary(standing, marks)
    }

    private func summary(
        _ standing: Standing,
        _ marks: MarkQueries
    ) throws -> ConversationSummary {
        let events = EventQueries(database: database, standing: standing, viewer: viewer)
        let last = try events.last()
        let lastSeq = standing.endSeq ?? Int64(clamping: last?.seq ?? 0)
        let messageCount =
            try last.map { Int64(clamping: $0.messageCount) } ?? events.messageCount(at: lastSeq)
        let readSeq = min(try marks.ownRead(), lastSeq)
        let preferences = try settings.preferences(of: standing.conversation)
        let other = standing.kind == .direct ? try events.other() : nil
        return ConversationSummary(
            conversation: standing.conversation,
            kind: standing.kind,
            name: try name(standing, other),
            picture: standing.picture.isEmpty ? nil : standing.picture,
            role: standing.role,
            memberCount: standing.isFormer ? nil : standing.memberCount,
            members: [standing.account, other].compactMap { other == nil ? nil : $0 }.sorted(),
            lastSeq: lastSeq,
            messageCount: messageCount,
            unreadCount: try unread(standing, events, lastSeq: lastSeq, readSeq: readSeq),
            readSeq: readSeq,
            ticks: try marks.ticks(other: other, lastSeq: lastSeq),
            lastServerTime: standing.lastServerTime,
            lastEvent: try last.map(messages(standing).shown),
            mutedUntil: preferences.mutedUntil,
            isArchived: preferences.isArchived
        )
    }

    /// What is there after what was read or sent, of the present or last stay.
    private func unread(
        _ standing: Standing,
        _ events: EventQueries,
        lastSeq: Int64,
        readSeq: Int64
    ) throws -> Int64 {
        let before = (standing.stays.last?.lowerBound ?? 1) - 1
        let seen = max(readSeq, min(standing.lastSentSeq, lastSeq), before)
        guard seen < lastSeq else { return 0 }
        return max(0, try events.messageCount(at: lastSeq) - events.messageCount(at: seen))
    }

    private func name(_ standing: Standing, _ other: AccountID?) throws -> String? {
        guard standing.kind == .direct else { return standing.name }
        guard let other else { return nil }
        let query = try BoundStatement(database, "SELECT name FROM accounts WHERE account = ?")
        query.bind(1, other)
        let name = try query.first { $0.text(0) }
        return name?.isEmpty == true ? nil : name
    }

    private func messages(_ standing: Standing) -> MessageQueries {
        MessageQueries(database: database, standing: standing, now: viewer.now)
    }

    // MARK: One conversation

    /// A conversation; `nil` if the account has no standing in it.
    func detail(_ conversation: ConversationID) throws -> ConversationDetail? {
        guard let standing = try Standing.load(viewer.account, conversation, database) else {
            return nil
        }
        let events = EventQueries(database: database, standing: standing, viewer: viewer)
        let other = standing.kind == .direct ? try events.other() : nil
        let isFormer = standing.isFormer
        return ConversationDetail(
            conversation: conversation,
            kind: standing.kind,
            name: try name(standing, other),
            picture: standing.picture.isEmpty ? nil : standing.picture,
            description: isFormer || standing.description.isEmpty ? nil : standing.description,
            role: standing.role,
            joinedTime: standing.joinedTime,
            leftTime: standing.leftTime,
            memberCount: isFormer ? nil : standing.memberCount,
            settings: isFormer ? nil : standing.settings,
            pins: isFormer ? [] : try pins(standing, events)
        )
    }

    private func pins(_ standing: Standing, _ events: EventQueries) throws -> [PageEvent] {
        let query = try BoundStatement(
            database,
            "SELECT message_seq, pinned_seq, scope = x'' FROM pins WHERE conversation = ? AND scope IN (x'', ?)"
        )
        query.bind(1, standing.conversation)
        query.bind(2, standing.account)
        var pinned: [Int64: (seq: Int64, isShared: Bool)] = [:]
        try query.eachRow { row in
            let isShared = row.integer(2) == 1
            if isShared, pinned[row.integer(0)] != nil { return }
            pinned[row.integer(0)] = (row.integer(1), isShared)
        }
        let order = pinned.filter { $0.value.seq > 0 }.sorted { $0.value.seq < $1.value.seq }
        var needed = NeededParts()
        let pins = try order.compactMap { place -> PageEvent? in
            guard let found = try needed.answer({ try events.message(at: place.key) }),
                let event = found
            else { return nil }
            let shown = try messages(standing).shown(event)
            return shown.state?.presence == .here ? shown : nil
        }
        try needed.check()
        return pins
    }

    /// A page of events; `nil` if the account has no standing in the conversation.
    func events(in conversation: ConversationID, page: PageRequest) throws -> EventPage? {
        guard let standing = try Standing.load(viewer.account, conversation, database) else {
            return nil
        }
        let queries = EventQueries(database: database, standing: standing, viewer: viewer)
        let span = EventQueries.span(page.start)
        var events = try queries.events(in: span, limit: page.limit + 1)
        let hasMore = events.count > page.limit
        if hasMore { events.removeLast() }
        let other = standing.kind == .direct ? try queries.other() : nil
        let lastSeq = try standing.endSeq ?? Int64(clamping: queries.last()?.seq ?? 0)
        let marks = MarkQueries(
            database: database,
            standing: standing,
            isToldReads: try settings.privacy().readReceipts
        )
        return EventPage(
            events: try messages(standing).shown(events),
            hasMore: hasMore,
            ticks: try marks.ticks(other: other, lastSeq: lastSeq),
            missing: try span.map {
                try queries.missing(in: $0.covered(to: hasMore ? events.last : nil))
            }
                ?? []
        )
    }

    // MARK: Members

    /// A page of members, those of a higher role first.
    func members(
        of conversation: ConversationID,
        after cursor: MemberCursor?,
        limit: Int
    ) throws -> StoreAnswer<MemberPage> {
        guard let standing = try Standing.load(viewer.account, conversation, database) else {
            return .notFound
        }
        guard !standing.isFormer else { return .notAMember }
        // Who follows a channel is for those to see who run it.
        let isAll = standing.kind != .channel || (standing.role ?? .member) >= .moderator
        let limit = PageRequest.limit(limit)
        var members: [MemberPage.Member] = []
        var roles: [Role] = []
        for role in Role.allCases.reversed() where role >= (isAll ? .member : .moderator) {
            if let cursor, role > cursor.role { continue }
            let after = role == cursor?.role ? cursor?.account : nil
            let found = try self.members(
                of: standing,
                role,
                after: after,
                limit: limit + 1 - members.count
            )
            members += found
            roles += found.map { _ in role }
            if members.count > limit { break }
        }
        var page = MemberPage(members: members, next: nil)
        if members.count > limit {
            page.members.removeLast()
            page.next = page.members.last.map {
                MemberCursor(role: roles[limit - 1], account: $0.account)
            }
        }
        return .granted(page)
    }

    private func members(
        of standing: Standing,
        _ role: Role,
        after account: AccountID?,
        limit: Int
    ) throws -> [MemberPage.Member] {
        let query = try BoundStatement(
            database,
            """
            SELECT m.account, a.name, m.joined_time
            FROM members m INDEXED BY members_present LEFT JOIN accounts a ON a.account = m.account
            WHERE m.conversation = ?1 AND m.role = ?2 AND m.role IS NOT NULL
                AND m.account > coalesce(?3, x'')
            ORDER BY m.account LIMIT ?4
            """
        )
        query.bind(1, standing.conversation)
        query.bind(2, Int64(role.rawValue))
        query.bind(3, account)
        query.bind(4, Int64(limit))
        var members: [MemberPage.Member] = []
        try query.eachRow { row in
            let name = row.text(1)
            members.append(
                MemberPage.Member(
                    account: try row.identifier(0),
                    name: name.isEmpty ? nil : name,
                    role: standing.kind == .direct ? nil : role,
                    joinedTime: row.time(2)
                )
            )
        }
        return members
    }
}
