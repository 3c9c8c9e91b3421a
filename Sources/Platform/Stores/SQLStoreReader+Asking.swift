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

    /// The same conversations in the order of their ids, which nothing that happens changes.
    public func conversations(
        for viewer: Viewer,
        inOrderAfter conversation: ConversationID?,
        limit: Int
    ) throws -> [ConversationSummary] {
        try read(for: viewer) {
            try ConversationQueries(database: $0, viewer: viewer)
                .summaries(inOrderAfter: conversation, limit: limit)
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

    /// A message, with who has reacted to it and, for its author, who has it; `nil` if there is none such, or it is not for the account.
    public func message(
        _ id: SubmissionID,
        in conversation: ConversationID,
        for viewer: Viewer
    ) throws -> MessageDetail? {
        try read(for: viewer) {
            try MessageDetailQueries(database: $0, viewer: viewer)
                .detail(of: id, in: conversation)
        }
    }

    /// Who has a message, for its author; of one that only archives have when its conversation is named.
    public func receipts(
        of message: SubmissionID,
        in conversation: ConversationID?,
        for viewer: Viewer,
        after account: AccountID?,
        limit: Int
    ) throws -> StoreAnswer<MessageReceipts> {
        try read(for: viewer) {
            try ReceiptQueries(database: $0, viewer: viewer)
                .receipts(of: message, in: conversation, after: account, limit: limit)
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
