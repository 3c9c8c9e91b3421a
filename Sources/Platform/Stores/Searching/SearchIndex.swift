import Events

/// The index of what messages say, within one transaction that writes.
///
/// `searched` has a row for each message that can be found. Its number grows with the message's time, so that what is found lies in the order in which
/// it is shown. In SQLite the words themselves lie in `search_words`, which keeps no copy of what it indexes and has to be told exactly what to
/// forget: hence `searched.body`. It takes rows in their order far better than others, so what the fold takes out waits in `search_removed`.
struct SearchIndex {
    let database: StoreConnection

    /// A row whose words are to be put into `search_words`, or taken out of it.
    struct Words {
        var id: Int64
        var conversation: ConversationID
        var body: String
    }

    private var isSQLite: Bool {
        if case .sqlite = database.engine { true } else { false }
    }

    /// The first number for messages of a millisecond; there are 2²⁰ for each.
    static func id(at time: Timestamp) -> Int64 {
        min(max(time.milliseconds, 0), (1 << 43) - 1) << 20
    }

    // MARK: Taking out

    /// Takes out what a message says, if it was indexed: it is not found any more.
    func remove(_ seq: Int64, of conversation: ConversationID) throws {
        let place = "FROM searched WHERE conversation = ?1 AND seq = ?2"
        let keeping = """
            INSERT INTO search_removed (id, conversation, body)
            SELECT id, conversation, body \(place)
            """
        for sql in isSQLite ? [keeping, "DELETE \(place)"] : ["DELETE \(place)"] {
            let statement = try BoundStatement(database, sql)
            statement.bind(1, conversation)
            statement.bind(2, seq)
            try statement.run()
        }
    }

    /// Forgets the words of what was taken out, so many messages or bytes at most; gives their number, and whether that was all.
    ///
    /// Nothing may be put in before that: numbers are used again.
    func forgetRemoved(limit: Int, bytesMax: Int) throws -> (count: Int, isAll: Bool) {
        guard isSQLite else { return (0, true) }
        let query = try BoundStatement(
            database,
            "SELECT id, conversation, body FROM search_removed ORDER BY id LIMIT ?1"
        )
        query.bind(1, Int64(limit))
        var removed: [Words] = []
        var bytes = 0
        try query.rows { row in
            let words = Words(
                id: row.integer(0),
                conversation: try row.identifier(1),
                body: row.text(2)
            )
            removed.append(words)
            bytes += words.body.utf8.count
            return bytes < bytesMax
        }
        guard let last = removed.last else { return (0, true) }
        let forgetting = try BoundStatement(
            database,
            """
            INSERT INTO search_words (search_words, rowid, scope, body)
            VALUES ('delete', ?1, ?2, ?3)
            """
        )
        for words in removed { try run(forgetting, words) }
        let deletion = try BoundStatement(database, "DELETE FROM search_removed WHERE id <= ?1")
        deletion.bind(1, last.id)
        try deletion.run()
        return (removed.count, removed.count < limit && bytes < bytesMax)
    }

    private func run(_ statement: BoundStatement, _ words: Words) throws {
        statement.bind(1, words.id)
        statement.bind(2, words.conversation.description)
        statement.bind(3, words.body)
        try statement.run()
    }

    // MARK: Putting in

    /// Notes what a message says, and gives what is to be written with `write` at the end; `nil`: nothing.
    ///
    /// Nothing happens if it is there already: what a message says is taken out before it is changed.
    func insert(
        _ text: SearchText,
        of seq: Int64,
        in conversation: ConversationID,
        at time: Timestamp
    ) throws -> Words? {
        let statement = try BoundStatement(
            database,
            """
            INSERT INTO searched (id, conversation, seq, body)
            SELECT coalesce(max(id) + 1, ?1), ?2, ?3, ?4
            FROM searched WHERE id BETWEEN ?1 AND ?1 + 1048574
            ON CONFLICT DO NOTHING RETURNING id
            """,
            postgres: """
                INSERT INTO searched (id, conversation, seq, body)
                SELECT coalesce(max(id) + 1, $1), $2, $3, CAST(CAST($4 AS text) AS tsvector)
                FROM searched WHERE id BETWEEN $1 AND $1 + 1048574
                ON CONFLICT DO NOTHING
                """
        )
        statement.bind(1, Self.id(at: time))
        statement.bind(2, conversation)
        statement.bind(3, seq)
        guard isSQLite else {
            statement.bind(4, text.tsvector(in: conversation))
            try statement.run()
            return nil
        }
        let body = String(decoding: text.bytes, as: UTF8.self)
        statement.bind(4, body)
        let id = try statement.first { $0.integer(0) }
        return id.map { Words(id: $0, conversation: conversation, body: body) }
    }

    /// Writes words in the order of their rows, as SQLite does it without beginning a new segment for each.
    func write(_ words: [Words]) throws {
        guard !words.isEmpty else { return }
        let statement = try BoundStatement(
            database,
            "INSERT INTO search_words (rowid, scope, body) VALUES (?1, ?2, ?3)"
        )
        for words in words.sorted(by: { $0.id < $1.id }) { try run(statement, words) }
    }
}
