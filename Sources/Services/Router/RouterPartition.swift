import Conversations
import Events
import GRDB
import Projections

/// What the router knows of one conversation partition.
final class RouterPartition {
    let conversations: ConversationCache
    let accepted: AcceptedIDs
    /// The time of the newest accepted submission, from which the age of stored ids is counted.
    private(set) var newest: Timestamp?
    private let partition: Partition
    private let partitions: Int

    init(
        _ partition: Partition,
        of partitions: Int,
        _ database: any DatabaseReader,
        isFresh: Bool
    ) throws {
        self.partition = partition
        self.partitions = partitions
        conversations = ConversationCache(partition, database, isFresh: isFresh)
        accepted = try AcceptedIDs(partition, database, isFresh: isFresh)
    }

    /// The conversation's state.
    ///
    /// - Throws: `PoisonRecord` if the conversation lives in another partition: numbering it in two
    ///   places would give two events one seq.
    func conversation(_ id: ConversationID) throws -> CachedConversation {
        if let entry = conversations.cached(id) { return entry }
        guard Partitioner.partition(of: id, count: partitions) == partition else {
            throw PoisonRecord(
                code: "wrong_partition",
                detail: "the conversation belongs to another partition"
            )
        }
        return try conversations.load(id)
    }

    /// Folds an accepted event in.
    ///
    /// `logTime` is the log's own time of the record: an id is forgotten only when both clocks agree that it is old.
    func apply(
        _ event: TimelineEvent,
        to entry: CachedConversation,
        logTime: Timestamp
    ) throws {
        entry.apply(event)
        conversations.touch(entry)
        try accepted.insert(event)
        newest = max(newest ?? event.serverTime, min(event.serverTime, logTime))
    }

    func save(_ database: Database) throws {
        try conversations.save(database)
        try accepted.save(database, newest: newest)
    }

    func saved() {
        conversations.saved()
        accepted.saved()
    }
}
