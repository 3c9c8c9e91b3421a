import Events

/// The index of what messages say, within one transaction that writes.
///
/// `searched` has a row for each message that can be found. Its number grows with the message's time, so that what is found lies in the order in which
/// it is shown. In SQLite the words themselves lie in `search_words`, which keeps no copy of what it indexes and has to be told exactly what to
/// forget: hence `searched.body`.
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

    /// Forgets what a message says, if it was indexed.
    func remove(_ seq: Int64, of conversation: ConversationID) throws {
        if isSQLite {
            guard let words = try words(of: seq, conversation) else { return }
            try forget(words)
        }
        let statement = try BoundStatement(
            database,
            "DELETE FROM searched WHERE conversation = ?1 AND seq = ?2"
        )
        statement.bind(1, conversation)
        statement.bind(2, seq)
        try statement.run()
    }

    private func words(of seq: Int64, _ conversation: ConversationID) throws -> Words? {
        let query = try BoundStatement(
            database,
            "SELECT id, body FROM searched WHERE conversation = ?1 AND seq = ?2"
        )
        query.bind(1, conversation)
        query.bind(2, seq)
        return try query.first { row in
            Words(id: row.integer(0), conversation: conversation, body: row.text(1))
        }
    }

    private func forget(_ words: Words) throws {
        let statement = try BoundStatement(
            database,
            """
            INSERT INTO search_words (search_words, rowid, scope, body)
            VALUES ('delete', ?1, ?2, ?3)
            """
        )
        try run(statement, words)
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
