import Events

/// What some messages of a conversation have become, for everybody and for one account.
struct MessageVersions {
    /// A row of `messages`.
    struct Version {
        var expires: Timestamp?
        var edited: Timestamp?
        var moved: Timestamp?
        var deleted: Timestamp?
        var content: [UInt8]?

        /// Whether it says what it said to the account before that left.
        func isKnown(to standing: Standing) -> Bool {
            !standing.hasLeft(by: edited) && !standing.hasLeft(by: moved)
        }
    }

    /// By seq; nothing for a message that nothing was done to.
    private(set) var shared: [Int64: Version] = [:]
    /// The account's own, from events that the other was not told of.
    private(set) var own: [Int64: Version] = [:]

    init(of seqs: Set<Int64>, _ database: StoreConnection, _ standing: Standing) throws {
        guard !seqs.isEmpty else { return }
        let query = try BoundStatement(
            database,
            """
            SELECT message_seq, scope = x'', expires_time, edited_time, moved_time, deleted_time,
                content
            FROM messages
            WHERE conversation = ?1 AND message_seq IN (?2) AND scope IN (x'', ?3)
            """
        )
        query.bind(1, standing.conversation)
        query.bind(3, standing.account)
        try query.eachRow(among: seqs.sorted(), at: 2) { row in
            let version = Version(
                expires: row.optionalTime(2),
                edited: row.optionalTime(3),
                moved: row.optionalTime(4),
                deleted: row.optionalTime(5),
                content: row.optionalBytes(6)
            )
            if row.integer(1) == 1 {
                shared[row.integer(0)] = version
            } else {
                own[row.integer(0)] = version
            }
        }
    }
}
