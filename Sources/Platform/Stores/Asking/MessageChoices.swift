import Events

/// Which of some messages of a conversation an account has hidden or starred.
struct MessageChoices {
    private(set) var hidden: Set<SubmissionID> = []
    private(set) var starred: Set<SubmissionID> = []

    init(of messages: Set<SubmissionID>, _ database: StoreConnection, _ standing: Standing) throws {
        guard !messages.isEmpty else { return }
        let place = "account = ?1 AND conversation = ?2 AND message IN (?3)"
        let query = try BoundStatement(
            database,
            """
            SELECT message, 1 FROM hidden WHERE \(place)
            UNION ALL SELECT message, 0 FROM stars WHERE \(place)
            """
        )
        query.bind(1, standing.account)
        query.bind(2, standing.conversation)
        try query.eachRow(among: messages.sorted(), at: 3) { row in
            let message: SubmissionID = try row.identifier(0)
            if row.integer(1) == 1 { hidden.insert(message) } else { starred.insert(message) }
        }
    }
}
