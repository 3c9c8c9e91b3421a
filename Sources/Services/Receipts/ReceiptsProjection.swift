import Conversations
import EventLog
import Events
import GRDB
import Metrics
import Projections

/// Folds marks over the timeline into ticks, and puts those that moved into the senders' inboxes.
///
/// Ticks are cumulative: a repeated one does no harm. Per batch and account only the last of a conversation is told. After a
/// crash batches end elsewhere, and what is told first could be less than what was told before it; so nothing is told until
/// everything has been read that was there at the opening.
///
/// `@unchecked Sendable`: everything mutable is touched only by the runner's one thread.
final class ReceiptsProjection: Projection, @unchecked Sendable {
    let name = "receipts"
    let topics: [Topic] = [.timeline, .receipts]
    let migrations = [
        PartitionFilters.migration,
        Migration(
            "receipts-1",
            sql: """
                CREATE TABLE ticks (
                    partition INTEGER NOT NULL,
                    conversation BLOB NOT NULL,
                    state BLOB NOT NULL,
                    held_since INTEGER NOT NULL,
                    PRIMARY KEY (partition, conversation)
                ) WITHOUT ROWID;
                CREATE INDEX ticks_held ON ticks (partition, held_since)
                    WHERE held_since < 9223372036854775807;
                """
        ),
        Migration(
            "receipts-2",
            sql: """
                ALTER TABLE ticks ADD COLUMN owed INTEGER NOT NULL DEFAULT 0;
                CREATE INDEX ticks_owed ON ticks (partition, conversation) WHERE owed = 1;
                """
        ),
    ]
    /// How many conversations with owed ticks one batch tells of at most.
    private static let owedPerBatchMax = 1000

    private let inboxPartitionCount: () throws -> Int
    private var inboxPartitions = 0
    private var partitions: [Partition: ReceiptsPartition] = [:]
    private var filters = PartitionFilters()
    /// What the batch that is being applied has moved.
    private var due: [CachedTicks] = []
    private let ticks = Counter(label: "receipts_ticks_total")
    private let repetitions = Counter(label: "receipts_repetitions_total")

    /// Makes a projection; `inboxPartitionCount` may block and is asked when partitions are assigned.
    init(inboxPartitionCount: @escaping () throws -> Int) {
        self.inboxPartitionCount = inboxPartitionCount
    }

    func open(
        _ partition: Partition,
        _ database: any DatabaseReader,
        isFresh: Bool
    ) throws
        -> [Topic: StartPosition]
    {
        inboxPartitions = try inboxPartitionCount()
        try filters.open(TopicPartition(.timeline, partition), database, isFresh: isFresh)
        partitions[partition] = ReceiptsPartition(partition, database, isFresh: isFresh)
        return [:]
    }

    func close(_ partition: Partition) {
        partitions[partition] = nil
        filters.close(TopicPartition(.timeline, partition))
    }

    func apply(_ record: LogRecord, _ outputs: inout Outputs) throws {
        guard let state = partitions[record.topicPartition.partition] else { return }
        state.lastRecord = record.origin()
        if record.topicPartition.topic == .timeline {
            let event = try decoded { () throws(ProtobufReader.Fault) in
                try TimelineEvent(decoding: record.value?[...] ?? [])
            }
            guard filters.admit(event.origin, from: record.topicPartition) else {
                repetitions.increment()
                return
            }
            let entry = try state.conversation(event.conversation)
            note(entry.value.apply(event), of: entry, in: state, record, event.serverTime)
        } else {
            let receipt = try decoded { () throws(ProtobufReader.Fault) in
                try Receipt(decoding: record.value?[...] ?? [])
            }
            let entry = try state.conversation(receipt.conversation)
            note(entry.value.apply(receipt), of: entry, in: state, record, receipt.serverTime)
        }
    }

    private func decoded<Value>(
        _ body: () throws(ProtobufReader.Fault) -> Value
    ) throws(PoisonRecord) -> Value {
        do {
            return try body()
        } catch {
            throw PoisonRecord(code: "undecodable", detail: error.reason)
        }
    }

    private func note(
        _ places: [Int]?,
        of entry: CachedTicks,
        in state: ReceiptsPartition,
        _ record: LogRecord,
        _ time: Timestamp
    ) {
        guard let places else { return }
        state.touch(entry, at: min(time, record.timestamp))
        guard !places.isEmpty else { return }
        entry.note(places, cause: record.origin())
        if state.isCatchingUp {
            entry.isOwed = true
        } else {
            tell(entry, cause: record.origin())
        }
    }

    /// Tells of a conversation after this batch.
    private func tell(_ entry: CachedTicks, cause: Origin) {
        if entry.isOwed { entry.noteAll(cause: cause) }
        guard !entry.isDue else { return }
        entry.isDue = true
        due.append(entry)
    }

    func caughtUp(_ partition: Partition) {
        partitions[partition]?.caughtUp()
    }

    func batchApplied(_ outputs: inout Outputs) throws {
        for state in partitions.values where state.mayOwe {
            for entry in try state.nextOwed(countMax: Self.owedPerBatchMax) {
                state.touch(entry)
                tell(entry, cause: state.lastRecord)
            }
        }
        guard !due.isEmpty else { return }
        let before = outputs.records.count
        for entry in due {
            entry.takeRecords(inboxPartitions: inboxPartitions, &outputs)
        }
        due.removeAll(keepingCapacity: true)
        ticks.increment(by: outputs.records.count - before)
    }

    func save(_ database: Database) throws {
        for state in partitions.values { try state.save(database) }
        try filters.save(database)
    }

    func saved() {
        for state in partitions.values { state.saved() }
    }
}
