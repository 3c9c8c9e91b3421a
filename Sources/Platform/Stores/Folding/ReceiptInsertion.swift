import Events

/// Writes the marks that say more than an earlier one; the time kept of each is the first.
struct ReceiptInsertion {
    private struct Key: Hashable {
        var conversation: ConversationID
        var account: AccountID
        var kind: ReceiptMark.Kind
    }

    private let statement: BoundStatement
    /// The highest of this batch: those that are written all at once don't see one another.
    private var highest: [Key: Int64] = [:]

    init(_ database: StoreConnection) throws {
        statement = try BoundStatement(
            inserting: .receipts,
            database,
            unless: """
                SELECT 1 FROM receipts
                WHERE conversation = ?1 AND account = ?2 AND kind = ?3 AND seq >= ?4
                """
        )
    }

    mutating func insert(_ mark: ReceiptMark) throws {
        let key = Key(conversation: mark.conversation, account: mark.account, kind: mark.kind)
        guard mark.seq > highest[key, default: .min] else { return }
        highest[key] = mark.seq
        statement.bind(1, mark.conversation)
        statement.bind(2, mark.account)
        statement.bind(3, mark.kind.rawValue)
        statement.bind(4, mark.seq)
        statement.bind(5, mark.time)
        try statement.run()
    }

    func finish() throws { try statement.finish() }
}
