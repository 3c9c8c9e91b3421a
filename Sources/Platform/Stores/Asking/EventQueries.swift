import Conversations
import Events

/// The events of a conversation that an account may see.
///
/// What everybody sees and what each kind of reader is told lie apart, each in the order of its seqs; a page is taken from the ends of these few
/// lists. So it costs the same however much lies between that is for others.
struct EventQueries {
    let database: StoreConnection
    let standing: Standing
    /// What was fetched of archives.
    let archived: ArchivedParts

    init(database: StoreConnection, standing: Standing, viewer: Viewer) {
        self.database = database
        self.standing = standing
        archived = viewer.archived
    }

    private static let columns = EventRow.columns.joined(separator: ", ")

    /// What is asked for, in which direction.
    struct Span {
        var seqs: ClosedRange<Int64>
        var isBackwards: Bool

        /// What a page covers of it that ends with an event; `nil`: all.
        func covered(to last: TimelineEvent?) -> Span {
            guard let last else { return self }
            let seq = Int64(clamping: last.seq)
            var span = self
            span.seqs =
                isBackwards
                ? min(seq, seqs.upperBound)...seqs.upperBound
                : seqs.lowerBound...max(seq, seqs.lowerBound)
            return span
        }

        /// What of it comes after a segment, in its direction; `nil`: nothing.
        func rest(after segment: ArchivedSegment) -> ClosedRange<Int64>? {
            let (first, last) =
                isBackwards
                ? (seqs.lowerBound, segment.seqs.lowerBound - 1)
                : (segment.seqs.upperBound + 1, seqs.upperBound)
            return first <= last ? first...last : nil
        }
    }

    /// The span of a request.
    static func span(_ start: PageRequest.Start) -> Span? {
        switch start {
        case .newest: return Span(seqs: 1...Int64.max, isBackwards: true)
        case .before(let seq):
            return seq > 1 ? Span(seqs: 1...(seq - 1), isBackwards: true) : nil
        case .after(let seq):
            guard seq < .max else { return nil }
            return Span(seqs: max(seq + 1, 1)...Int64.max, isBackwards: false)
        }
    }

    /// So many events of a span at most, in its direction.
    func events(in span: Span?, limit: Int) throws -> [TimelineEvent] {
        guard let span else { return [] }
        var events: [TimelineEvent] = []
        let stays = span.isBackwards ? standing.stays.reversed() : standing.stays
        for stay in stays where stay.overlaps(span.seqs) {
            let part = Span(seqs: stay.clamped(to: span.seqs), isBackwards: span.isBackwards)
            events += try visible(in: part, limit: limit - events.count)
            if events.count >= limit { break }
        }
        return events
    }

    /// The last event that the account may see; `nil` also if it is known which one that is, and it can't be read.
    func last() throws -> TimelineEvent? {
        let span = standing.endSeq.map { Span(seqs: $0...$0, isBackwards: true) }
        return try events(in: span ?? Self.span(.newest), limit: 1).first
    }

    /// The message of this seq, if there is one that the account may see.
    func message(at seq: Int64) throws -> TimelineEvent? {
        let span = Span(seqs: seq...seq, isBackwards: true)
        guard let event = try events(in: span, limit: 1).first else { return nil }
        guard case .messagePosted = event.body else { return nil }
        return event
    }

    private func visible(in span: Span, limit: Int) throws -> [TimelineEvent] {
        var found = try rows("events", nil, span, limit)
        found += try archivedEvents(in: span, limit: limit, beside: found)
        for reader in standing.readers {
            found += try rows("asides", reader, span, limit)
        }
        found.sort { span.isBackwards ? $0.seq > $1.seq : $0.seq < $1.seq }
        // Who is told by name and by role is told once, and what is in an archive may still be in the table.
        var events: [TimelineEvent] = []
        for event in found where events.last?.seq != event.seq {
            events.append(event)
            if events.count == limit { break }
        }
        return events
    }

    private func rows(
        _ table: String,
        _ reader: EventReader?,
        _ span: Span,
        _ limit: Int
    ) throws -> [TimelineEvent] {
        let query = try BoundStatement(
            database,
            """
            SELECT \(Self.columns) FROM \(table)
            WHERE conversation = ?1 \(reader == nil ? "" : "AND reader = ?5")
                AND seq BETWEEN ?2 AND ?3
            ORDER BY seq \(span.isBackwards ? "DESC" : "ASC") LIMIT ?4
            """
        )
        query.bind(1, standing.conversation)
        query.bind(2, span.seqs.lowerBound)
        query.bind(3, span.seqs.upperBound)
        query.bind(4, Int64(limit))
        if let reader { query.bind(5, reader.key) }
        var events: [TimelineEvent] = []
        try query.eachRow { row in
            events.append(
                try EventRow.event(row, from: 0, of: standing.conversation, standing.kind)
            )
        }
        return events
    }

    // MARK: Archives

    /// What archives hold of a span, as far as it is among the first so many, given what the table holds of it.
    ///
    /// - Throws: `StoreError` with code `archivesNeeded` for what was not fetched yet, as much as will be needed.
    private func archivedEvents(
        in span: Span,
        limit: Int,
        beside found: [TimelineEvent]
    ) throws -> [TimelineEvent] {
        guard let span = try unstored(span) else { return [] }
        // What the table holds comes after all of this.
        let room = span.isBackwards ? limit - found.count : limit
        var events: [TimelineEvent] = []
        var needed: [ArchivedPart] = []
        var count = 0
        var left: ClosedRange<Int64>? = span.seqs
        while let seqs = left, count < room {
            let segments = try ArchiveCatalogue(database: database).segments(
                of: standing.conversation,
                in: seqs,
                isBackwards: span.isBackwards,
                limit: room
            )
            let parts = segments.lazy.flatMap { $0.parts(in: seqs, isBackwards: span.isBackwards) }
            for part in parts where count < room {
                switch archived[part] {
                case nil:
                    needed.append(part)
                    // What is not dense is asked for again.
                    count += part.seqs.clamped(to: seqs).count
                case .unreadable?: continue
                case .rows(let rows)?:
                    let found = try self.events(rows, in: seqs)
                    events += found
                    count += found.count
                }
            }
            // So many segments hold as many events, unless some can't be read.
            left = segments.count < room ? nil : segments.last.flatMap { span.rest(after: $0) }
        }
        guard needed.isEmpty else { throw StoreError(needing: needed) }
        return events
    }

    /// What the table does not have of a span: it has everything from its oldest event on.
    private func unstored(_ span: Span) throws -> Span? {
        let query = try BoundStatement(
            database,
            "SELECT seq FROM events WHERE conversation = ? ORDER BY seq LIMIT 1"
        )
        query.bind(1, standing.conversation)
        guard let oldest = try query.first({ $0.integer(0) }) else { return span }
        guard span.seqs.lowerBound < oldest else { return nil }
        var span = span
        span.seqs = span.seqs.lowerBound...min(span.seqs.upperBound, oldest - 1)
        return span
    }

    /// Rows of an archive as events; those outside a span are left out before they are read.
    private func events(
        _ rows: [StoreRow],
        in seqs: ClosedRange<Int64>
    ) throws -> [TimelineEvent] {
        try rows.compactMap { row in
            // The first column is the conversation.
            guard case .integer(let seq) = row.values[1], seqs.contains(seq) else { return nil }
            let row = ResultRow(row)
            return try EventRow.event(row, from: 1, of: standing.conversation, standing.kind)
        }
    }

    /// When nothing more is fetched, so many segments of a stay are told of one by one as missing.
    static let missingSegmentsMax = 256

    /// What can't be read of a span, of what the account may see; the lowest first.
    func missing(in span: Span) throws -> [MissingEvents] {
        guard archived.count > 0 || archived.rest != nil, let span = try unstored(span) else {
            return []
        }
        var missing: [MissingEvents] = []
        for stay in standing.stays where stay.overlaps(span.seqs) {
            var seen = span
            seen.seqs = stay.clamped(to: span.seqs)
            missing += try self.missing(inStay: seen)
        }
        return missing.sorted { $0.seqs.lowerBound < $1.seqs.lowerBound }
    }

    private func missing(inStay span: Span) throws -> [MissingEvents] {
        let catalogue = ArchiveCatalogue(database: database)
        let limit = archived.rest == nil ? archived.count : Self.missingSegmentsMax
        let segments = try catalogue.segments(
            of: standing.conversation,
            in: span.seqs,
            isBackwards: span.isBackwards,
            limit: limit
        )
        let parts = segments.flatMap { $0.parts(in: span.seqs, isBackwards: span.isBackwards) }
        var missing: [MissingEvents] = parts.compactMap { part in
            guard case .unreadable(let reason)? = archived[part] else { return nil }
            return MissingEvents(seqs: part.seqs.clamped(to: span.seqs), reason: reason)
        }
        // What was fetched is nearer than this, so all that is farther away is missing.
        guard let reason = archived.rest, segments.count == limit,
            let rest = segments.last.flatMap({ span.rest(after: $0) }),
            let farthest = try catalogue.segments(
                of: standing.conversation,
                in: rest,
                isBackwards: !span.isBackwards,
                limit: 1
            ).first?.seqs.clamped(to: rest)
        else { return missing }
        let seqs =
            span.isBackwards
            ? farthest.lowerBound...rest.upperBound : rest.lowerBound...farthest.upperBound
        missing.append(MissingEvents(seqs: seqs, reason: reason))
        return missing
    }

    // MARK: One message

    /// Where a message is.
    enum Finding {
        /// Here, as far as the account may see it.
        case found(TimelineEvent)
        /// There is none such, or it is not for the account.
        case nowhere
        /// It may be among what can't be read.
        case unreadable(MissingEvents.Reason)
    }

    /// The message of this id that the account may see, if there is one.
    ///
    /// - Throws: `StoreError` with code `archivesNeeded`.
    func find(_ message: SubmissionID) throws -> Finding {
        var isStored = false
        for table in ["events", "asides"] {
            let query = try BoundStatement(
                database,
                "SELECT seq FROM \(table) WHERE message_id = ? AND conversation = ? AND kind = 16"
            )
            query.bind(1, message)
            query.bind(2, standing.conversation)
            var seqs: [Int64] = []
            try query.eachRow { seqs.append($0.integer(0)) }
            isStored = isStored || !seqs.isEmpty
            // Two may have chosen the same id, and only one of the messages may be for the account.
            for seq in seqs {
                if let event = try self.message(at: seq), event.submission == message {
                    return .found(event)
                }
            }
        }
        return isStored ? .nowhere : try findArchived(message)
    }

    /// Looks for a message in what archives hold: in the likeliest part, and as long as that is in vain in as many more at once as were looked through.
    private func findArchived(_ message: SubmissionID) throws -> Finding {
        let segments = try ArchiveCatalogue(database: database).segments(
            of: standing.conversation,
            about: message.uuidTimestamp
        )
        let place = StoreTable.events.columns.firstIndex(of: "message_id") ?? 0
        var reason: MissingEvents.Reason?
        var unknown: [ArchivedPart] = []
        var inVain = 0
        for part in segments.flatMap({ $0.parts(in: $0.seqs, isBackwards: true) }) {
            switch archived[part] {
            case nil:
                unknown.append(part)
                continue
            case .unreadable(let found)?: reason = reason ?? found
            case .rows(let rows)?:
                let found = rows.first { $0.values[place] == .bytes(message.bytes) }
                guard case .integer(let seq)? = found?.values[1] else { break }
                return try self.message(at: seq).map { .found($0) } ?? .nowhere
            }
            inVain += 1
        }
        guard unknown.isEmpty else {
            throw StoreError(needing: Array(unknown.prefix(max(1, inVain))))
        }
        return reason.map { .unreadable($0) } ?? .nowhere
    }

    /// How many messages there were for everybody up to a seq.
    ///
    /// A difference of two of these is a number of messages; asides count for nothing, not even one's own that were withheld.
    func messageCount(at seq: Int64) throws -> Int64 {
        let query = try BoundStatement(
            database,
            """
            SELECT message_count, seq FROM events WHERE conversation = ? AND seq <= ?
            ORDER BY seq DESC LIMIT 1
            """
        )
        query.bind(1, standing.conversation)
        query.bind(2, seq)
        let stored = try query.first { (count: $0.integer(0), seq: $0.integer(1)) }
        let segment = try ArchiveCatalogue(database: database).segments(
            of: standing.conversation,
            in: 0...seq,
            isBackwards: true,
            limit: 1
        ).first
        guard let segment, segment.seqs.upperBound > stored?.seq ?? 0,
            let count = segment.counts.messageCount(at: seq)
        else { return stored?.count ?? 0 }
        // What the table has within an archive's reach is in the archive, too.
        return max(count, stored?.count ?? 0)
    }

    /// The other account of a direct conversation.
    func other() throws -> AccountID? {
        let query = try BoundStatement(
            database,
            """
            SELECT account FROM members WHERE conversation = ? AND account <> ?
            ORDER BY account LIMIT 1
            """
        )
        query.bind(1, standing.conversation)
        query.bind(2, standing.account)
        return try query.first { try $0.identifier(0) }
    }
}
