import Events

/// Which archives hold what of conversations, within one access.
struct ArchiveCatalogue {
    let database: StoreConnection

    private static let columns =
        "archive, first_seq, last_seq, first_time, last_time, events, counts"

    // MARK: Finding

    /// The segments that overlap a span, the nearest first; at most so many.
    func segments(
        of conversation: ConversationID,
        in seqs: ClosedRange<Int64>,
        isBackwards: Bool,
        limit: Int
    ) throws -> [ArchivedSegment] {
        let query = try BoundStatement(
            database,
            """
            SELECT \(Self.columns) FROM archived
            WHERE conversation = ?1 AND last_seq >= ?2 AND first_seq <= ?3
            ORDER BY last_seq \(isBackwards ? "DESC" : "ASC") LIMIT ?4
            """
        )
        query.bind(1, conversation)
        query.bind(2, seqs.lowerBound)
        query.bind(3, seqs.upperBound)
        query.bind(4, Int64(limit))
        return try segments(query, conversation)
    }

    /// The segments in which an event that was accepted about then may be, the likeliest first.
    func segments(
        of conversation: ConversationID,
        about time: Timestamp
    ) throws -> [ArchivedSegment] {
        let query = try BoundStatement(
            database,
            """
            SELECT \(Self.columns) FROM archived
            WHERE conversation = ?1 AND last_time >= ?2 AND first_time <= ?3 ORDER BY last_seq
            """
        )
        query.bind(1, conversation)
        query.bind(2, time - Limits.submissionAgeAheadMax)
        query.bind(3, time + Limits.submissionAgeMax)
        return try segments(query, conversation).sorted { one, other in
            Self.distance(one, time) < Self.distance(other, time)
        }
    }

    /// How long before or after a segment's events a moment is.
    private static func distance(_ segment: ArchivedSegment, _ time: Timestamp) -> Int64 {
        max(
            segment.times.lowerBound.milliseconds - time.milliseconds,
            time.milliseconds - segment.times.upperBound.milliseconds,
            0
        )
    }

    /// Segments after one, in the order of conversation and seq.
    func segments(
        after last: (conversation: ConversationID, seq: Int64)?,
        limit: Int
    ) throws -> [ArchivedSegment] {
        let place = "WHERE (conversation, last_seq) > (?2, ?3)"
        let query = try BoundStatement(
            database,
            """
            SELECT \(Self.columns), conversation FROM archived \(last == nil ? "" : place)
            ORDER BY conversation, last_seq LIMIT ?1
            """
        )
        query.bind(1, Int64(limit))
        if let last {
            query.bind(2, last.conversation)
            query.bind(3, last.seq)
        }
        return try segments(query, nil)
    }

    /// Archives after a key, in the order of their keys.
    func archives(after key: String?, limit: Int) throws -> [StoredArchive] {
        let query = try BoundStatement(
            database,
            """
            SELECT archive, day, shard, events, bytes, sha256 FROM archives
            WHERE archive > ? ORDER BY archive LIMIT ?
            """
        )
        query.bind(1, key ?? "")
        query.bind(2, Int64(limit))
        var archives: [StoredArchive] = []
        try query.eachRow { row in
            archives.append(
                StoredArchive(
                    key: row.text(0),
                    day: row.integer(1),
                    shard: row.integer(2),
                    events: row.integer(3),
                    byteCount: row.integer(4),
                    sha256: row.bytes(5)
                )
            )
        }
        return archives
    }

    /// Reads `columns`, and behind them the conversation unless it is given.
    private func segments(
        _ query: BoundStatement,
        _ conversation: ConversationID?
    ) throws -> [ArchivedSegment] {
        var segments: [ArchivedSegment] = []
        try query.eachRow { row in
            let times = (row.time(3), row.time(4))
            let owner = try conversation ?? row.identifier(7)
            segments.append(
                ArchivedSegment(
                    archive: row.text(0),
                    conversation: owner,
                    seqs: row.integer(1)...max(row.integer(1), row.integer(2)),
                    times: times.0...max(times.0, times.1),
                    events: row.integer(5),
                    counts: SeqCounts(bytes: row.bytes(6))
                )
            )
        }
        return segments
    }

    /// Whether an event is in an archive.
    func holds(_ seq: Int64, of conversation: ConversationID) throws -> Bool {
        try !segments(of: conversation, in: seq...seq, isBackwards: false, limit: 1).isEmpty
    }

    // MARK: What is to be archived

    /// Conversations after one, in their order, that have events before `end` which are in no archive.
    ///
    /// Looks at `limit` conversations. The second value is where to go on; `nil`: these were the last.
    func archivable(
        after conversation: ConversationID?,
        before end: Timestamp,
        limit: Int
    ) throws -> (found: [ArchivableConversation], next: ConversationID?) {
        let list = try BoundStatement(
            database,
            """
            SELECT conversation FROM conversations WHERE conversation > coalesce(?1, x'')
            ORDER BY conversation LIMIT ?2
            """
        )
        list.bind(1, conversation)
        list.bind(2, Int64(limit))
        var conversations: [ConversationID] = []
        try list.eachRow { conversations.append(try $0.identifier(0)) }
        let last = try BoundStatement(
            database,
            "SELECT last_seq FROM archived WHERE conversation = ? ORDER BY last_seq DESC LIMIT 1"
        )
        let first = try BoundStatement(
            database,
            """
            SELECT server_time FROM events WHERE conversation = ? AND seq > ?
            ORDER BY seq LIMIT 1
            """
        )
        var found: [ArchivableConversation] = []
        for conversation in conversations {
            last.bind(1, conversation)
            let archivedSeq = try last.first { $0.integer(0) } ?? 0
            first.bind(1, conversation)
            first.bind(2, archivedSeq)
            guard let time = try first.first({ $0.time(0) }), time < end else { continue }
            found.append(
                ArchivableConversation(
                    conversation: conversation,
                    archivedSeq: archivedSeq,
                    firstTime: time
                )
            )
        }
        return (found, conversations.count == limit ? conversations.last : nil)
    }

    /// Rows of `events` of a conversation, from a seq on, accepted before `end`.
    func rows(
        of conversation: ConversationID,
        after seq: Int64,
        before end: Timestamp,
        limit: Int
    ) throws -> [StoreRow] {
        let columns = StoreTable.events.columns
        let query = try BoundStatement(
            database,
            """
            SELECT \(columns.joined(separator: ", ")) FROM events
            WHERE conversation = ? AND seq > ? ORDER BY seq LIMIT ?
            """
        )
        query.bind(1, conversation)
        query.bind(2, seq)
        query.bind(3, Int64(limit))
        let timePlace = Int32(columns.firstIndex(of: "server_time") ?? 0)
        var rows: [StoreRow] = []
        try query.rows { row in
            // The server's time never falls within a conversation.
            guard row.time(timePlace) < end else { return false }
            rows.append(row.row(of: .events))
            return true
        }
        return rows
    }

    // MARK: What was archived

    /// Notes an archive; one that is known already changes nothing.
    func record(_ archive: StoredArchive, _ segments: [ArchivedSegment]) throws {
        let insert = try BoundStatement(
            database,
            """
            INSERT INTO archives (archive, day, shard, events, bytes, sha256)
            VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """
        )
        insert.bind(1, archive.key)
        insert.bind(2, archive.day)
        insert.bind(3, archive.shard)
        insert.bind(4, archive.events)
        insert.bind(5, archive.byteCount)
        insert.bind(6, archive.sha256)
        try insert.run()
        let part = try BoundStatement(
            database,
            """
            INSERT INTO archived (conversation, last_seq, first_seq, archive, events, first_time,
                last_time, counts)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """
        )
        for segment in segments {
            part.bind(1, segment.conversation)
            part.bind(2, segment.seqs.upperBound)
            part.bind(3, segment.seqs.lowerBound)
            part.bind(4, segment.archive)
            part.bind(5, segment.events)
            part.bind(6, segment.times.lowerBound)
            part.bind(7, segment.times.upperBound)
            part.bind(8, segment.counts.bytes)
            try part.run()
        }
    }

    /// Up to which seq a conversation has rows that an archive has too and that are none of its newest; `nil`: it has none such.
    func droppableSeq(
        of conversation: ConversationID,
        keeping newest: Int
    ) throws -> Int64? {
        let archived = try seq(
            of: conversation,
            "SELECT last_seq FROM archived WHERE conversation = ? ORDER BY last_seq DESC LIMIT 1"
        )
        let kept = try seq(
            of: conversation,
            "SELECT seq FROM events WHERE conversation = ? ORDER BY seq DESC LIMIT 1 OFFSET ?",
            [Int64(newest)]
        )
        // What is dropped before it was indexed would never be found.
        let indexed = try seq(
            of: conversation,
            "SELECT search_seq FROM conversations WHERE conversation = ?"
        )
        guard let archived, let kept, let indexed else { return nil }
        let end = min(archived, kept, indexed)
        return try seq(of: conversation, Self.oldest, [end, 0]) == nil ? nil : end
    }

    /// Drops rows of a conversation that an archive has, but for its newest ones; a number of them at most.
    ///
    /// - Returns: how many were dropped.
    func dropArchived(
        of conversation: ConversationID,
        keeping newest: Int,
        limit: Int
    ) throws -> Int {
        guard let end = try droppableSeq(of: conversation, keeping: newest) else { return 0 }
        let last = try seq(of: conversation, Self.oldest, [end, Int64(limit - 1)])
        let removal = try BoundStatement(
            database,
            "DELETE FROM events WHERE conversation = ? AND seq <= ?"
        )
        removal.bind(1, conversation)
        removal.bind(2, last ?? end)
        return try removal.runCounting()
    }

    /// The first of a conversation's seqs up to one, but for some.
    private static let oldest = """
        SELECT seq FROM events WHERE conversation = ? AND seq <= ? ORDER BY seq
        LIMIT 1 OFFSET ?
        """

    /// The one seq that a query about a conversation gives, if it gives any.
    private func seq(
        of conversation: ConversationID,
        _ sql: String,
        _ numbers: [Int64] = []
    ) throws -> Int64? {
        let query = try BoundStatement(database, sql)
        query.bind(1, conversation)
        for (place, number) in numbers.enumerated() { query.bind(Int32(place + 2), number) }
        return try query.first { $0.integer(0) }
    }

    // MARK: What archives would say if they were written now

    /// Archived rows as the table would hold them: what a message said before it was changed is dropped.
    func folded(_ rows: [StoreRow]) throws -> [StoreRow] {
        guard let seqPlace = StoreTable.events.columns.firstIndex(of: "seq"),
            let contentPlace = StoreTable.events.columns.firstIndex(of: "content"),
            let kindPlace = StoreTable.events.columns.firstIndex(of: "kind")
        else { return rows }
        let changed = try BoundStatement(
            database,
            "SELECT 1 FROM messages WHERE conversation = ? AND message_seq = ? AND scope = x''"
        )
        return try rows.map { row in
            guard row.values[kindPlace] == .integer(EventRow.messageKind) else { return row }
            changed.bind(1, row.values[0])
            changed.bind(2, row.values[seqPlace])
            guard try changed.first({ _ in true }) != nil else { return row }
            var values = row.values
            values[contentPlace] = .bytes([])
            return StoreRow(table: .events, values: values)
        }
    }
}
