import Events
import GRDB

/// Who is told what the consumer's thread finds; thread-safe, and does not block.
protocol InboxSubscriber: Sendable {
    /// A partition was assigned and its state loaded.
    func opened(_ partition: InboxOpening)
    /// A partition was taken away.
    func closed(_ partition: Partition)
    /// A batch was read; `done` is called when it has been dealt with.
    func received(_ news: [InboxNews], done: @escaping @Sendable () -> Void)
    /// The checkpoint is on disk: everything below `next` is in the index.
    func committed(_ partitions: [Partition: InboxIndex.PartitionRow])
}

/// A partition as it is when this instance takes it over.
struct InboxOpening: Sendable {
    let partition: Partition
    /// How many partitions the inbox has.
    let partitionCount: Int
    let epoch: InboxEpochText
    /// The index is complete from here on.
    let keptFrom: Offset
    /// Where reading goes on: everything below is in the index.
    let next: Offset
    /// The end of the log when the partition was opened.
    let logEnd: Offset
    /// Who was in which group or channel, below `next`.
    let members: InboxMembers
    /// Which messages say something else by then.
    let redactions: Redactions
    /// What the accounts let others know by then.
    let accounts: InboxAccounts
    /// Reads the index; `nil` in tests that have none.
    let database: (any DatabaseReader)?
}

/// What a batch brought to one partition.
struct InboxNews: Sendable {
    let partition: Partition
    let entries: [InboxEntry]
    /// The offset after the last record.
    let end: Offset
    /// The index is complete from here on.
    let keptFrom: Offset
    /// Everything was read that was there at the opening.
    let isCaughtUp: Bool
}

/// What the inbox's consumer asks of the log, apart from its records; may block.
protocol InboxLog: Sendable {
    /// How many partitions the inbox has.
    func partitionCount() throws -> Int
    /// The first offset kept, and the offset that the next record will get.
    func watermarks(_ partition: Partition) throws -> (low: Offset, high: Offset)
    /// The epoch of the inbox.
    func epoch() throws -> UInt64
    /// What `memberships` has now: for an index that knows nothing. Blocks.
    func memberships(_ partition: Partition) throws -> InboxMemberships
    /// What `accounts` has now of the partition's accounts: for an index that knows nothing. Blocks.
    func accounts(_ partition: Partition) throws -> InboxAccounts.Snapshot
}

/// What a partition of `memberships` says.
struct InboxMemberships: Sendable {
    /// Who is in which group or channel.
    var members: [InboxIndex.MemberChange] = []
    /// Who has blocked whom.
    var blocks: [InboxAccounts.Change] = []
}
