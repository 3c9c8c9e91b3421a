public import Accounts
public import Conversations
public import Events

/// A store that the log builds: batches go in, with the positions they bring it to.
///
/// Everything in it is a fold of the log up to `positions()`: two stores at the same positions hold the same rows,
/// however the batches were cut and the partitions interleaved.
public protocol HotStore: HotStoreReader {
    /// Writes a batch, with the positions and filters it brings, in one transaction.
    ///
    /// - Throws: `StoreError`; then nothing of the batch was written.
    @discardableResult
    func apply(_ batch: StoreBatch) throws -> StoreWriteReport

    /// The store as it is now, unmoved by later batches.
    ///
    /// Let go of it soon: what it sees can't be cleaned up.
    func snapshot() throws -> any HotStoreReader
}

/// What writing a batch came to.
public struct StoreWriteReport: Hashable, Sendable {
    /// Events written.
    public var eventsWritten = 0
    /// Events whose place (conversation, seq) was taken by another; the first one stands.
    ///
    /// Always 0 unless the log is damaged.
    public var eventsInConflict = 0

    /// Nothing written.
    public init() {}
}

/// Asks a store; every call sees one state of it.
///
/// What is asked for a viewer is answered unless its device was removed from its account: then `StoreError` with code `deviceRemoved` is thrown.
public protocol HotStoreReader: Sendable {
    /// The next offset to read, per partition that was read.
    func positions() throws -> [TopicPartition: Offset]

    /// What was had of each origin partition, per input partition.
    func filters() throws -> [TopicPartition: OriginFilter]

    /// The conversations that an account is or was in and has something to see of, the last one spoken in first.
    func conversations(
        for viewer: Viewer,
        after cursor: ConversationCursor?,
        limit: Int
    ) throws -> [ConversationSummary]

    /// A conversation; `nil` if there is none such or the account has never been in it.
    func conversation(_ id: ConversationID, for viewer: Viewer) throws -> ConversationDetail?

    /// A page of a conversation; `nil` if there is none such or the account has never been in it.
    func events(
        in conversation: ConversationID,
        for viewer: Viewer,
        page: PageRequest
    ) throws -> EventPage?

    /// A page of a conversation's members; in a channel, for who does not run it, only of those who do.
    func members(
        of conversation: ConversationID,
        for viewer: Viewer,
        after cursor: MemberCursor?,
        limit: Int
    ) throws -> StoreAnswer<MemberPage>

    /// Who has a message, for its author.
    func receipts(
        of message: SubmissionID,
        for viewer: Viewer,
        after account: AccountID?,
        limit: Int
    ) throws -> StoreAnswer<MessageReceipts>

    /// The links to a conversation, the newest first, for those who may make them.
    func invites(
        to conversation: ConversationID,
        for viewer: Viewer
    ) throws -> StoreAnswer<[StoredInvite]>

    /// Where a link leads; `nil` if it leads nowhere, or not any more.
    func preview(of token: InviteToken, for viewer: Viewer) throws -> InvitePreview?

    /// Lets the viewer ask, unless its device was removed from its account; every other call does so itself.
    ///
    /// - Throws: `StoreError` with code `deviceRemoved`.
    func admit(_ viewer: Viewer) throws

    /// The messages that an account has starred and may still see, the last starred first.
    ///
    /// A page may hold fewer than asked for, or none, though the list goes on: what is gone is passed over, and only so much of it.
    func starred(
        for viewer: Viewer,
        before cursor: StarCursor?,
        limit: Int
    ) throws -> StorePage<PageEvent, StarCursor>

    /// What an account lets others know.
    func privacy(of viewer: Viewer) throws -> Privacy

    /// A page of an account's contacts, by account.
    func contacts(
        of viewer: Viewer,
        after account: AccountID?,
        limit: Int
    ) throws -> StorePage<StoredContact, AccountID>

    /// An account's devices that were not removed, the newest first.
    func devices(of viewer: Viewer) throws -> [StoredDevice]

    /// A page of those who wait to be let in, by account; for those who decide about them.
    func joinRequests(
        to conversation: ConversationID,
        for viewer: Viewer,
        after account: AccountID?,
        limit: Int
    ) throws -> StoreAnswer<StorePage<StoredJoinRequest, AccountID>>

    /// A page of those who may not come in, by account; for those who decide about them.
    func bans(
        from conversation: ConversationID,
        for viewer: Viewer,
        after account: AccountID?,
        limit: Int
    ) throws -> StoreAnswer<StorePage<StoredBan, AccountID>>

    /// Rows in the order of their keys, of what lies after `key`: how digests and comparisons see the store.
    func rows(of table: StoreTable, after key: [StoreValue]?, limit: Int) throws -> [StoreRow]
}
