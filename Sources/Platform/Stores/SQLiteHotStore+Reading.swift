public import Events

extension SQLiteHotStore {
    /// The next offset to read, per partition that was read.
    public func positions() throws -> [TopicPartition: Offset] { try reader.positions() }

    /// What was had of each origin partition, per input partition.
    public func filters() throws -> [TopicPartition: OriginFilter] { try reader.filters() }

    /// The conversations of an account, the last one spoken in first.
    public func conversations(
        of account: AccountID,
        after cursor: ConversationCursor?,
        limit: Int
    ) throws -> [ConversationSummary] {
        try reader.conversations(of: account, after: cursor, limit: limit)
    }

    /// A page of a conversation; `nil` if there is none such or the account is not in it.
    public func events(
        in conversation: ConversationID,
        visibleTo account: AccountID,
        page: PageRequest
    ) throws -> EventPage? {
        try reader.events(in: conversation, visibleTo: account, page: page)
    }

    /// Who has a message; `nil` if there is none such or the account is not in its conversation.
    public func receipts(
        of message: SubmissionID,
        visibleTo account: AccountID
    ) throws
        -> MessageReceipts?
    {
        try reader.receipts(of: message, visibleTo: account)
    }

    /// Rows in the order of their keys, of what lies after `key`.
    public func rows(
        of table: StoreTable,
        after key: [StoreValue]?,
        limit: Int
    ) throws
        -> [StoreRow]
    {
        try reader.rows(of: table, after: key, limit: limit)
    }
}
