import Events

/// Writes the marks that say more than an earlier one; the time kept of each is the first.
struct ReceiptInsertion {
    private struct Key: Hashable {
        var conversation: ConversationID
        var account: AccountID
        var kind: ReceiptMark.Kind
    }

    private let statement: BoundStatement
    /// The highest that the store has; `nil`: the statement looks for itself, for all rows at once.
    private let known: BoundStatement?
    /// The highest of this batch: those that are written all at once don't see one another.
    private var highest: [Key: Int64] = [:]
    /// The mark before, since many of one account come together.
    private var last: (key: Key, seq: Int64)?

    init(_ database: StoreConnection) throws {
        if case .postgres = database.engine {
            known = nil
            statement = try BoundStatement(
                inserting: .receipts,
                database,
                unless: """
                    SELECT 1 FROM receipts
                    WHERE conversation = ?1 AND account = ?2 AND kind = ?3 AND seq >= ?4
                    """
            )
        } else {
            known = try BoundStatement(
                database,
                """
                SELECT seq FROM receipts WHERE conversation = ?1 AND account = ?2 AND kind = ?3
                ORDER BY seq DESC LIMIT 1
                """
            )
            statement = try BoundStatement(inserting: .receipts, database)
        }
    }

    mutating func insert(_ mark: ReceiptMark) throws {
        let key = Key(conversation: mark.conversation, account: mark.account, kind: mark.kind)
        guard mark.seq > (try highestSeq(of: key)) else { return }
        last = (key, mark.seq)
        statement.bind(1, mark.conversation)
        statement.bind(2, mark.account)
        statement.bind(3, mark.kind.rawValue)
        statement.bind(4, mark.seq)
        statement.bind(5, mark.time)
        try statement.run()
    }

    func finish() throws { try statement.finish() }

    private mutating func highestSeq(of key: Key) throws -> Int64 {
        if let last {
            if last.key == key { return last.seq }
            highest[last.key] = last.seq
        }
        last = nil
        if let seq = highest[key] { return seq }
        guard let known else { return .min }
        known.bind(1, key.conversation)
        known.bind(2, key.account)
        known.bind(3, key.kind.rawValue)
        return try known.first { $0.integer(0) } ?? .min
    }
}
