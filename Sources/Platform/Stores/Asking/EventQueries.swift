import Conversations
import Events
import GRDB

/// The events of a conversation that an account may see.
///
/// What everybody sees and what each kind of reader is told lie apart, each in the order of its seqs; a page is taken from the ends of these few
/// lists. So it costs the same however much lies between that is for others.
struct EventQueries {
    let database: Database
    let standing: Standing

    private static let columns = EventRow.columns.joined(separator: ", ")

    /// What is asked for, in which direction.
    struct Span {
        var seqs: ClosedRange<Int64>
        var isBackwards: Bool
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

    /// The last event that the account may see.
    func last() throws -> TimelineEvent? {
        try events(in: Self.span(.newest), limit: 1).first
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
        for reader in standing.readers {
            found += try rows("asides", reader, span, limit)
        }
        found.sort { span.isBackwards ? $0.seq > $1.seq : $0.seq < $1.seq }
        // Who is told by name and by role is told once.
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

    /// How many messages there were for everybody up to a seq.
    ///
    /// A difference of two of these is a number of messages; asides count for nothing, not even one's own that were withheld.
    func messageCount(at seq: Int64) throws -> Int64 {
        let query = try BoundStatement(
            database,
            """
            SELECT message_count FROM events WHERE conversation = ? AND seq <= ?
            ORDER BY seq DESC LIMIT 1
            """
        )
        query.bind(1, standing.conversation)
        query.bind(2, seq)
        return try query.first { $0.integer(0) } ?? 0
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
