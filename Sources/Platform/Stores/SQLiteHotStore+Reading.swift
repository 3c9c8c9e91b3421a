public import Conversations
public import Events

extension SQLiteHotStore {
    /// The next offset to read, per partition that was read.
    public func positions() throws -> [TopicPartition: Offset] { try reader.positions() }

    /// What was had of each origin partition, per input partition.
    public func filters() throws -> [TopicPartition: OriginFilter] { try reader.filters() }

    /// The conversations that an account is or was in and has something to see of, the last one spoken in first.
    public func conversations(
        for viewer: Viewer,
        after cursor: ConversationCursor?,
        limit: Int
    ) throws -> [ConversationSummary] {
        try reader.conversations(for: viewer, after: cursor, limit: limit)
    }

    /// A conversation; `nil` if there is none such or the account has never been in it.
    public func conversation(
        _ id: ConversationID,
        for viewer: Viewer
    ) throws -> ConversationDetail? {
        try reader.conversation(id, for: viewer)
    }

    /// A page of a conversation; `nil` if there is none such or the account has never been in it.
    public func events(
        in conversation: ConversationID,
        for viewer: Viewer,
        page: PageRequest
    ) throws -> EventPage? {
        try reader.events(in: conversation, for: viewer, page: page)
    }

    /// A page of a conversation's members; in a channel, for who does not run it, only of those who do.
    public func members(
        of conversation: ConversationID,
        for viewer: Viewer,
        after cursor: MemberCursor?,
        limit: Int
    ) throws -> StoreAnswer<MemberPage> {
        try reader.members(of: conversation, for: viewer, after: cursor, limit: limit)
    }

    /// Who has a message, for its author.
    public func receipts(
        of message: SubmissionID,
        for viewer: Viewer,
        after account: AccountID?,
        limit: Int
    ) throws -> StoreAnswer<MessageReceipts> {
        try reader.receipts(of: message, for: viewer, after: account, limit: limit)
    }

    /// The links to a conversation, the newest first, for those who may make them.
    public func invites(
        to conversation: ConversationID,
        for viewer: Viewer
    ) throws -> StoreAnswer<[StoredInvite]> {
        try reader.invites(to: conversation, for: viewer)
    }

    /// Where a link leads; `nil` if it leads nowhere, or not any more.
    public func preview(of token: InviteToken, for viewer: Viewer) throws -> InvitePreview? {
        try reader.preview(of: token, for: viewer)
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
