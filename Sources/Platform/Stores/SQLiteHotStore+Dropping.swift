public import Events
import GRDB

extension SQLiteHotStore {
    /// So many texts are dropped in one transaction, so that whoever writes the store need not wait long.
    static let droppedPerTransactionMax = 500

    /// Drops the contents of messages that have disappeared by `now` from the store at `path`; blocks.
    ///
    /// Reads show none of them in any case, and digests leave them out. For the process that holds the store's lock; its writer may be at work meanwhile.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public static func dropDisappeared(
        at path: String,
        by now: Timestamp
    ) throws(StoreError) -> Int {
        try StoreError.wrapping {
            var configuration = Configuration()
            configuration.label = "hot-store-dropping"
            configuration.busyMode = .timeout(10)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            var total = 0
            while true {
                let count = try queue.write { try drop(by: now, in: $0) }
                total += count
                if count < droppedPerTransactionMax { return total }
            }
        }
    }

    private static func drop(by now: Timestamp, in database: Database) throws -> Int {
        let statement = try BoundStatement(
            database,
            """
            UPDATE messages SET content = NULL WHERE (conversation, message_seq, scope) IN (
                SELECT conversation, message_seq, scope FROM messages
                WHERE expires_time IS NOT NULL AND content IS NOT NULL AND expires_time <= ?
                ORDER BY expires_time LIMIT \(droppedPerTransactionMax))
            """
        )
        statement.bind(1, now)
        try statement.run()
        return database.changesCount
    }
}
