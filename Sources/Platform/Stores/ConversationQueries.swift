import Events
import GRDB

/// What one account may ask of conversations, within one read access.
struct ConversationQueries {
    let database: Database
    let account: AccountID

    /// The seqs that a member may see.
    private struct Visibility {
        var from: Int64
        var until: Int64
    }

    func summaries(after cursor: ConversationCursor?, limit: Int) throws -> [ConversationSummary] {
        var summaries: [ConversationSummary] = []
        let query = try BoundStatement(
            database,
            """
            SELECT c.conversation, c.kind, c.last_seq, c.message_count, c.last_server_time,
                m.last_sent_seq
            FROM members m JOIN conversations c ON c.conversation = m.conversation
            WHERE m.account = ?1
                AND (?2 IS NULL OR c.last_server_time < ?2
                    OR (c.last_server_time = ?2 AND c.conversation > ?3))
            ORDER BY c.last_server_time DESC, c.conversation LIMIT ?4
            """
        )
        query.bind(1, account)
        query.bind(2, cursor?.lastServerTime.milliseconds)
        query.bind(3, cursor?.conversation)
        query.bind(4, Int64(limit))
        var lastSent: [Int64] = []
        try query.eachRow { row in
            summaries.append(
                ConversationSummary(
                    conversation: try row.identifier(0),
                    kind: PBConversationKind(storedValue: row.integer(1)),
                    name: nil,
                    members: [],
                    lastSeq: row.integer(2),
                    messageCount: row.integer(3),
                    unreadCount: 0,
                    readSeq: 0,
                    ticks: ConversationTicks(deliveredSeq: 0, readSeq: 0),
                    lastServerTime: row.time(4),
                    lastEvent: nil
                )
            )
            lastSent.append(row.integer(5))
        }
        for index in summaries.indices {
            try complete(&summaries[index], lastSentSeq: lastSent[index])
        }
        return summaries
    }

    func events(in conversation: ConversationID, page: PageRequest) throws -> EventPage? {
        guard let visible = try visibility(of: conversation),
            let head = try head(of: conversation)
        else { return nil }
        var events = try events(
            in: conversation,
            kind: head.kind,
            page,
            visible,
            further: 1
        )
        let hasMore = events.count > page.limit
        if hasMore { events.removeLast() }
        let others = try members(of: conversation).filter { $0 != account }
        return EventPage(
            events: events,
            hasMore: hasMore,
            ticks: try ticks(of: conversation, others: others, lastSeq: head.lastSeq)
        )
    }

    private func events(
        in conversation: ConversationID,
        kind: PBConversationKind,
        _ page: PageRequest,
        _ visible: Visibility,
        further: Int = 0
    ) throws -> [StoredEvent] {
        let first: Int64
        let last: Int64
        let order: String
        switch page.start {
        case .newest:
            (first, last, order) = (visible.from, visible.until, "DESC")
        case .before(let seq):
            let bound = seq == .min ? seq : seq - 1
            (first, last, order) = (visible.from, min(bound, visible.until), "DESC")
        case .after(let seq):
            let bound = seq == .max ? seq : seq + 1
            (first, last, order) = (max(bound, visible.from), visible.until, "ASC")
        }
        let query = try BoundStatement(
            database,
            """
            SELECT \(Self.eventColumns) FROM events e
            WHERE conversation = ? AND seq BETWEEN ? AND ? ORDER BY seq \(order) LIMIT ?
            """
        )
        query.bind(1, conversation)
        query.bind(2, first)
        query.bind(3, last)
        query.bind(4, Int64(page.limit + further))
        var events: [StoredEvent] = []
        try query.eachRow { events.append(try StoredEvent($0, kind: kind)) }
        return events
    }

    func receipts(of message: SubmissionID) throws -> MessageReceipts? {
        // Two people may choose the same id: one's own message comes first.
        let query = try BoundStatement(
            database,
            """
            SELECT e.conversation, e.seq, e.sender FROM events e
            JOIN members m ON m.account = ?2 AND m.conversation = e.conversation
            WHERE e.message_id = ?1 AND e.seq >= m.from_seq
                AND (m.until_seq IS NULL OR e.seq <= m.until_seq)
            ORDER BY e.sender = ?2 DESC, e.conversation, e.seq LIMIT 1
            """
        )
        query.bind(1, message)
        query.bind(2, account)
        let place = try query.first { row -> (ConversationID, Int64, AccountID) in
            (try row.identifier(0), row.integer(1), try row.identifier(2))
        }
        guard let (conversation, seq, sender) = place else { return nil }
        let others = try members(of: conversation).filter { $0 != sender }
        return MessageReceipts(
            messageID: message,
            conversation: conversation,
            seq: seq,
            sender: sender,
            members: try others.map { other in
                let read = try time(of: .read, in: conversation, by: other, reaching: seq)
                let delivered = try time(
                    of: .delivered,
                    in: conversation,
                    by: other,
                    reaching: seq
                )
                // What was read has arrived, whichever mark came first.
                let arrived = [delivered, read].compactMap { $0 }.min()
                return MessageReceipts.Member(
                    account: other,
                    deliveredTime: arrived,
                    readTime: read
                )
            }
        )
    }

    // MARK: Parts

    private static let eventColumns = StoreTable.events.columns.map { "e.\($0)" }
        .joined(separator: ", ")

    private func complete(_ summary: inout ConversationSummary, lastSentSeq: Int64) throws {
        let conversation = summary.conversation
        let members = try members(of: conversation)
        let ownRead = try mark(.read, in: conversation, by: account)
        summary.members = members
        summary.readSeq = min(ownRead, summary.lastSeq)
        let seen = max(summary.readSeq, lastSentSeq)
        let countSeen = try messageCount(of: conversation, at: seen)
        summary.unreadCount = max(0, summary.messageCount - countSeen)
        let others = members.filter { $0 != account }
        summary.ticks = try ticks(
            of: conversation,
            others: others,
            lastSeq: summary.lastSeq
        )
        if summary.kind == .direct, let other = others.first {
            summary.name = try name(of: other)
        }
        if let visible = try visibility(of: conversation) {
            summary.lastEvent = try events(
                in: conversation,
                kind: summary.kind,
                PageRequest(.newest, limit: 1),
                visible
            ).first
        }
    }

    private func ticks(
        of conversation: ConversationID,
        others: [AccountID],
        lastSeq: Int64
    ) throws
        -> ConversationTicks
    {
        var ticks = ConversationTicks(
            deliveredSeq: others.isEmpty ? 0 : lastSeq,
            readSeq: others.isEmpty ? 0 : lastSeq
        )
        for other in others {
            let read = try mark(.read, in: conversation, by: other)
            let delivered = try mark(.delivered, in: conversation, by: other)
            ticks.readSeq = min(ticks.readSeq, read)
            // What was read has arrived, whichever mark came first.
            ticks.deliveredSeq = min(ticks.deliveredSeq, max(read, delivered))
        }
        return ticks
    }

    private func visibility(of conversation: ConversationID) throws -> Visibility? {
        let query = try BoundStatement(
            database,
            "SELECT from_seq, until_seq FROM members WHERE account = ? AND conversation = ?"
        )
        query.bind(1, account)
        query.bind(2, conversation)
        return try query.first {
            Visibility(from: $0.integer(0), until: $0.optionalInteger(1) ?? .max)
        }
    }

    private func head(
        of conversation: ConversationID
    ) throws
        -> (kind: PBConversationKind, lastSeq: Int64)?
    {
        let query = try BoundStatement(
            database,
            "SELECT kind, last_seq FROM conversations WHERE conversation = ?"
        )
        query.bind(1, conversation)
        return try query.first { (PBConversationKind(storedValue: $0.integer(0)), $0.integer(1)) }
    }

    /// The members, by id.
    ///
    /// Conversations are direct so far; a group's list will need a page of its own.
    private func members(of conversation: ConversationID) throws -> [AccountID] {
        let query = try BoundStatement(
            database,
            "SELECT account FROM members WHERE conversation = ? ORDER BY account LIMIT 100"
        )
        query.bind(1, conversation)
        var members: [AccountID] = []
        try query.eachRow { members.append(try $0.identifier(0)) }
        return members
    }

    private func name(of account: AccountID) throws -> String? {
        let query = try BoundStatement(database, "SELECT name FROM accounts WHERE account = ?")
        query.bind(1, account)
        let name = try query.first { $0.text(0) }
        return name?.isEmpty == true ? nil : name
    }

    private func messageCount(of conversation: ConversationID, at seq: Int64) throws -> Int64 {
        guard seq > 0 else { return 0 }
        let query = try BoundStatement(
            database,
            """
            SELECT message_count FROM events WHERE conversation = ? AND seq <= ?
            ORDER BY seq DESC LIMIT 1
            """
        )
        query.bind(1, conversation)
        query.bind(2, seq)
        return try query.first { $0.integer(0) } ?? 0
    }

    private func mark(
        _ kind: ReceiptMark.Kind,
        in conversation: ConversationID,
        by account: AccountID
    ) throws -> Int64 {
        let query = try BoundStatement(
            database,
            """
            SELECT seq FROM receipts WHERE conversation = ? AND account = ? AND kind = ?
            ORDER BY seq DESC LIMIT 1
            """
        )
        query.bind(1, conversation)
        query.bind(2, account)
        query.bind(3, kind.rawValue)
        return try query.first { $0.integer(0) } ?? 0
    }

    private func time(
        of kind: ReceiptMark.Kind,
        in conversation: ConversationID,
        by account: AccountID,
        reaching seq: Int64
    ) throws -> Timestamp? {
        let query = try BoundStatement(
            database,
            """
            SELECT server_time FROM receipts
            WHERE conversation = ? AND account = ? AND kind = ? AND seq >= ? ORDER BY seq LIMIT 1
            """
        )
        query.bind(1, conversation)
        query.bind(2, account)
        query.bind(3, kind.rawValue)
        query.bind(4, seq)
        return try query.first { $0.time(0) }
    }
}

extension PBConversationKind {
    init(storedValue: Int64) {
        self = Self(rawValue: Int(storedValue)) ?? .unspecified
    }
}

extension StoredEvent {
    /// Reads a row of `StoreTable.events.columns`.
    fileprivate init(_ row: ResultRow, kind: PBConversationKind) throws {
        self.init(
            conversation: try row.identifier(0),
            conversationKind: kind,
            seq: row.integer(1),
            messageCount: row.integer(2),
            messageID: try row.identifier(3),
            kind: Kind(number: row.integer(4)),
            sender: try row.identifier(5),
            device: try row.identifier(6),
            recipient: row.isNull(7) ? nil : try row.identifier(7),
            serverTime: row.time(8),
            clientTime: row.optionalInteger(9).map(Timestamp.init),
            content: row.bytes(10),
            origin: Origin(
                topicNumber: UInt32(truncatingIfNeeded: row.integer(11)),
                partition: Partition(Int32(truncatingIfNeeded: row.integer(12))),
                offset: Offset(row.integer(13)),
                index: UInt32(truncatingIfNeeded: row.integer(14))
            )
        )
    }
}
