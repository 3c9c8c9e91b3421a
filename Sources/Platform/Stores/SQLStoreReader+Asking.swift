public import Conversations
public import Events

extension SQLStoreReader {
    /// The conversations that an account is or was in and has something to see of, the last one spoken in first.
    public func conversations(
        for viewer: Viewer,
        after cursor: ConversationCursor?,
        limit: Int
    ) throws -> [ConversationSummary] {
        try read(for: viewer) {
            try ConversationQueries(database: $0, viewer: viewer)
                .summaries(after: cursor, limit: limit)
        }
    }

    /// A conversation; `nil` if there is none such or the account has never been in it.
    public func conversation(
        _ id: ConversationID,
        for viewer: Viewer
    ) throws -> ConversationDetail? {
        try read(for: viewer) { try ConversationQueries(database: $0, viewer: viewer).detail(id) }
    }

    /// A page of a conversation; `nil` if there is none such or the account has never been in it.
    public func events(
        in conversation: ConversationID,
        for viewer: Viewer,
        page: PageRequest
    ) throws -> EventPage? {
        try read(for: viewer) {
            try ConversationQueries(database: $0, viewer: viewer)
                .events(in: conversation, page: page)
        }
    }

    /// A page of a conversation's members; in a channel, for who does not run it, only of those who do.
    public func members(
        of conversation: ConversationID,
        for viewer: Viewer,
        after cursor: MemberCursor?,
        limit: Int
    ) throws -> StoreAnswer<MemberPage> {
        try read(for: viewer) {
            try ConversationQueries(database: $0, viewer: viewer)
                .members(of: conversation, after: cursor, limit: limit)
        }
    }

    /// Who has a message, for its author.
    public func receipts(
        of message: SubmissionID,
        for viewer: Viewer,
        after account: AccountID?,
        limit: Int
    ) throws -> StoreAnswer<MessageReceipts> {
        try read(for: viewer) {
            try ReceiptQueries(database: $0, viewer: viewer)
                .receipts(of: message, after: account, limit: limit)
        }
    }

    /// The links to a conversation, the newest first, for those who may make them.
    public func invites(
        to conversation: ConversationID,
        for viewer: Viewer
    ) throws -> StoreAnswer<[StoredInvite]> {
        try read(for: viewer) {
            try InviteQueries(database: $0).invites(to: conversation, for: viewer)
        }
    }

    /// Where a link leads; `nil` if it leads nowhere, or not any more.
    public func preview(of token: InviteToken, for viewer: Viewer) throws -> InvitePreview? {
        try read(for: viewer) {
            try InviteQueries(database: $0).preview(of: token, at: viewer.now)
        }
    }
}
