import Conversations
import EventLog
import Events
import GRDB
import Metrics
import Projections

/// Folds marks over the timeline into ticks, and puts those that moved into the senders' inboxes.
///
/// Ticks are cumulative: readers merge them by maximum, so a repeated or an old one does no harm. Per batch and
/// account only the last of a conversation is told.
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
    ]

    private let inboxPartitionCount: () throws -> Int
    private var inboxPartitions = 0
    private var partitions: [Partition: ReceiptsPartition] = [:]
    private var filters = PartitionFilters()
    private var moved: [CachedTicks] = []
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
        if entry.note(places, cause: record.origin()) { moved.append(entry) }
    }

    func batchApplied(_ outputs: inout Outputs) {
        guard !moved.isEmpty else { return }
        let before = outputs.records.count
        for entry in moved {
            entry.takeRecords(inboxPartitions: inboxPartitions, &outputs)
        }
        moved.removeAll(keepingCapacity: true)
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
