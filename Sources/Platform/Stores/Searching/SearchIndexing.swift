import Conversations
import Events

/// Brings the index of what messages say up to what the tables hold, some events at a time, within one transaction.
///
/// Kept apart from the fold, which is faster without. Up to `conversations.search_seq` a conversation's events were looked at; a message that is changed
/// later was taken out by the fold, and its change is an event that is still to come here. So a message that was changed is indexed with what it
/// says now, when the last change is reached or before.
struct SearchIndexing {
    /// So many events are looked at in one transaction, so that whoever writes the store need not wait long.
    static let eventsPerTransactionMax = 4000
    /// With so many bytes of content read it ends.
    static let bytesPerTransactionMax = 512 * 1024
    /// So many are asked for at a time: an engine may have all of them in memory before the first is looked at.
    static let eventsPerQuery = 128

    private let database: StoreConnection
    private let index: SearchIndex
    private var words: [SearchIndex.Words] = []
    private var bytesRead = 0

    private init(_ database: StoreConnection) {
        self.database = database
        index = SearchIndex(database: database)
    }

    /// Looks at some events and gives their number; 0 means that there is no more to do.
    ///
    /// A conversation without any counts as one, and so does a message that was taken out.
    static func run(limit: Int, _ database: StoreConnection) throws -> Int {
        var indexing = SearchIndexing(database)
        return try indexing.index(limit: min(max(limit, 1), eventsPerTransactionMax))
    }

    /// A conversation that is not indexed to its end.
    private struct Unfinished {
        var conversation: ConversationID
        var seq: Int64
        var lastSeq: Int64
    }

    private mutating func index(limit: Int) throws -> Int {
        let removed = try index.forgetRemoved(
            limit: limit,
            bytesMax: Self.bytesPerTransactionMax
        )
        guard removed.isAll else { return removed.count }
        var count = removed.count
        for unfinished in try unfinished(limit: limit) {
            guard count < limit, bytesRead < Self.bytesPerTransactionMax else { break }
            count += max(try index(unfinished, limit: limit - count), 1)
        }
        try index.write(words)
        return count
    }

    private func unfinished(limit: Int) throws -> [Unfinished] {
        let query = try BoundStatement(
            database,
            """
            SELECT conversation, search_seq, last_seq FROM conversations
            WHERE last_seq > search_seq LIMIT ?1
            """
        )
        query.bind(1, Int64(limit))
        var unfinished: [Unfinished] = []
        try query.eachRow { row in
            unfinished.append(
                Unfinished(
                    conversation: try row.identifier(0),
                    seq: row.integer(1),
                    lastSeq: row.integer(2)
                )
            )
        }
        return unfinished
    }

    private mutating func index(_ unfinished: Unfinished, limit: Int) throws -> Int {
        let query = try BoundStatement(
            database,
            """
            SELECT \(EventRow.columns.joined(separator: ", ")) FROM events
            WHERE conversation = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3
            """
        )
        query.bind(1, unfinished.conversation)
        var count = 0
        var seq = unfinished.seq
        while count < limit, bytesRead < Self.bytesPerTransactionMax {
            let end = min(count + Self.eventsPerQuery, limit)
            query.bind(2, seq)
            query.bind(3, Int64(end - count))
            try query.rows { row in
                count += 1
                seq = row.integer(0)
                // What can't be read can't be found, and holds up nothing.
                if let event = try? EventRow.event(row, from: 0, of: unfinished.conversation, nil) {
                    try index(event)
                }
                return bytesRead < Self.bytesPerTransactionMax
            }
            if count < end, bytesRead < Self.bytesPerTransactionMax {
                seq = unfinished.lastSeq
                break
            }
        }
        let statement = try BoundStatement(
            database,
            "UPDATE conversations SET search_seq = ?2 WHERE conversation = ?1"
        )
        statement.bind(1, unfinished.conversation)
        statement.bind(2, seq)
        try statement.run()
        return count
    }

    private mutating func index(_ event: TimelineEvent) throws {
        switch event.body {
        case .messagePosted(let post):
            // Of one that was changed or disappears the content is not here.
            try index(post.content, of: Int64(clamping: event.seq), event, event.serverTime)
        case .acted(.editMessage), .acted(.moveLiveLocation):
            let seq = Int64(clamping: event.messageSeq)
            guard let content = try content(of: seq, event) else { return }
            let time = try time(of: seq, event) ?? event.serverTime
            try index(content[...], of: seq, event, time)
        default: break
        }
    }

    private mutating func index(
        _ content: ArraySlice<UInt8>,
        of seq: Int64,
        _ event: TimelineEvent,
        _ time: Timestamp
    ) throws {
        bytesRead += content.count
        let text = SearchText(of: content)
        guard !text.bytes.isEmpty else { return }
        let new = try index.insert(text, of: seq, in: event.conversation, at: time)
        if let new { words.append(new) }
    }

    /// What a message that was changed says to everybody now; `nil` if that is gone, or disappears.
    private func content(of seq: Int64, _ event: TimelineEvent) throws -> [UInt8]? {
        let query = try BoundStatement(
            database,
            """
            SELECT content FROM messages
            WHERE \(MessageFold.place) AND scope = x'' AND expires_time IS NULL
            """
        )
        query.bind(1, event.conversation)
        query.bind(2, seq)
        return try query.first { $0.optionalBytes(0) } ?? nil
    }

    private func time(of seq: Int64, _ event: TimelineEvent) throws -> Timestamp? {
        let query = try BoundStatement(
            database,
            "SELECT server_time FROM events WHERE conversation = ?1 AND seq = ?2"
        )
        query.bind(1, event.conversation)
        query.bind(2, seq)
        return try query.first { $0.time(0) }
    }
}
