import Events

/// Drops contents that have disappeared.
struct Disappearing {
    /// So many are dropped in one transaction, so that whoever writes the store need not wait long.
    static let droppedPerTransactionMax = 500

    let database: StoreConnection

    /// Drops some; the number is `droppedPerTransactionMax` if there may be more.
    func drop(by now: Timestamp) throws -> Int {
        let statement = try BoundStatement(
            database,
            """
            UPDATE messages SET content = NULL WHERE (conversation, message_seq, scope) IN (
                SELECT conversation, message_seq, scope FROM messages
                WHERE expires_time IS NOT NULL AND content IS NOT NULL AND expires_time <= ?
                ORDER BY expires_time LIMIT \(Self.droppedPerTransactionMax))
            """
        )
        statement.bind(1, now)
        return try statement.runCounting()
    }
}
