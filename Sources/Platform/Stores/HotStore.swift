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

    /// Drops the contents of messages that have disappeared by `now`, some at a time; blocks.
    ///
    /// Reads show none of them in any case, and digests leave them out. Another thread may be writing meanwhile.
    ///
    /// - Returns: how many there were.
    func dropDisappeared(by now: Timestamp) throws -> Int

    /// Indexes what some events say, in a transaction of its own; blocks. Another thread may be writing meanwhile.
    ///
    /// Searches find what was indexed, so call it until it gives 0, and again after batches. `limit` is a number of events, brought
    /// into 1 … 4,000.
    ///
    /// - Returns: how many events it looked at; 0: everything is indexed.
    func indexTexts(limit: Int) throws -> Int

    /// Notes an archive, in one transaction; one that is known already changes nothing.
    func record(_ archive: StoredArchive, _ segments: [ArchivedSegment]) throws

    /// Drops events of a conversation that an archive has, but for its newest ones; `limit` of them at most.
    ///
    /// - Returns: how many were dropped.
    func dropArchived(
        of conversation: ConversationID,
        keeping newest: Int,
        limit: Int
    ) throws -> Int

    /// Builds what a store that is opened for building leaves out until everything is in it; blocks, and can be called again.
    ///
    /// What is missing until then makes some queries slow, and none wrong. Whoever opens the store for serving has it built as well.
    func finishBuilding() throws

    /// Lets go of the store; everything that was written is kept.
    func close() throws
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
public protocol HotStoreReader: StoreRows, Sendable {
    /// The store as it is now, unmoved by later batches; a snapshot's is itself.
    ///
    /// Let go of it soon: what it sees can't be cleaned up.
    func snapshot() throws -> any HotStoreReader

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

    /// The same conversations in the order of their ids, which nothing that happens changes.
    func conversations(
        for viewer: Viewer,
        inOrderAfter conversation: ConversationID?,
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

    /// A message, with who has reacted to it and, for its author, who has it; `nil` if there is none such, or it is not for the account.
    ///
    /// - Throws: `StoreError` with code `archiveUnreadable` if it may be in an archive that can't be read.
    func message(
        _ id: SubmissionID,
        in conversation: ConversationID,
        for viewer: Viewer
    ) throws -> MessageDetail?

    /// Who has a message, for its author; of one that only archives have when its conversation is named.
    ///
    /// - Throws: `StoreError` with code `archiveUnreadable` if it may be in an archive that can't be read.
    func receipts(
        of message: SubmissionID,
        in conversation: ConversationID?,
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
    ) throws -> StarPage

    /// A page of an account's conversations as they are now, each with what came after a moment.
    ///
    /// Pages go through all of them in the order of their ids, and hold as many as asked for, or fewer with many events.
    func changes(for viewer: Viewer, from cursor: SyncCursor, limit: Int) throws -> SyncPage

    /// What is known of the account itself; `nil`: it was not heard of yet.
    func profile(of viewer: Viewer) throws -> StoredProfile?

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

    /// The messages of an account's conversations, or of one of them, that match, the newest first; `nil` if it has never been in that one.
    ///
    /// Of an account in more than ten thousand conversations those are searched that were last spoken in. Found is what a message says to everybody,
    /// if it still says so to this account: not what disappears, and not what was withheld. A page may hold fewer than asked for, or none, though the list
    /// goes on: what the account may not see is passed over, and only so much of it.
    func search(
        _ query: SearchQuery,
        in conversation: ConversationID?,
        for viewer: Viewer,
        before cursor: SearchCursor?,
        limit: Int
    ) throws -> SearchPage?

    // MARK: Archives

    /// Conversations after one, in their order, that have events before `end` which are in no archive.
    ///
    /// Looks at `limit` conversations. The second value is where to go on; `nil`: these were the last.
    func archivable(
        after conversation: ConversationID?,
        before end: Timestamp,
        limit: Int
    ) throws -> (found: [ArchivableConversation], next: ConversationID?)

    /// Rows of table `events` of a conversation, after a seq, accepted before `end`, in order.
    func archivableRows(
        of conversation: ConversationID,
        after seq: Int64,
        before end: Timestamp,
        limit: Int
    ) throws -> [StoreRow]

    /// The archives that the store relies on, in the order of their keys, after one.
    func archives(after key: String?, limit: Int) throws -> [StoredArchive]

    /// The segments of conversations after one, in the order of conversation and seq; `limit` of them at most.
    func archivedSegments(
        after last: (conversation: ConversationID, seq: Int64)?,
        limit: Int
    ) throws -> [ArchivedSegment]

    /// Archived rows as the table would hold them: what a message said before it was changed is dropped.
    func folded(_ rows: [StoreRow]) throws -> [StoreRow]
}

extension HotStoreReader {
    /// Who has a message, for its author, wherever the tables have it.
    public func receipts(
        of message: SubmissionID,
        for viewer: Viewer,
        after account: AccountID?,
        limit: Int
    ) throws -> StoreAnswer<MessageReceipts> {
        try receipts(of: message, in: nil, for: viewer, after: account, limit: limit)
    }
}
