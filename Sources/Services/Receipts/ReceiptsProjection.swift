import Conversations
import EventLog
import Events
import GRDB
import Metrics
import Projections

/// Folds marks over the timeline into ticks, and puts those that moved into the senders' inboxes; and into each reader's own, how
/// far it has read.
///
/// Both are cumulative: a repeated one does no harm. Per batch and account only the last of a conversation is told, and of a
/// group's ticks one in a while: a thousand that read are a few records for whoever wrote. After a crash batches end elsewhere,
/// and what is told first could be less than what was told before it; so nothing is told until everything has been read that
/// was there at the opening.
///
/// `@unchecked Sendable`: everything mutable is touched only by the runner's one thread.
final class ReceiptsProjection: Projection, @unchecked Sendable {
    /// The least time between two records for one sender in one group.
    static let groupInterval: Duration = .milliseconds(250)

    let name = "receipts"
    let topics: [Topic] = [.timeline, .receipts]
    let migrations =
        [PartitionFilters.migration] + TicksTable.migrations + [ChannelReadsTable.migration]

    private let bounds: ReceiptsPartition.Bounds
    private let now: () -> ContinuousClock.Instant
    private let inboxPartitionCount: () throws -> Int
    private var inboxPartitions = 0
    private var partitions: [Partition: ReceiptsPartition] = [:]
    private var filters = PartitionFilters()
    private let ticks = Counter(label: "receipts_ticks_total")
    private let readMarks = Counter(label: "receipts_read_marks_total")
    private let repetitions = Counter(label: "receipts_repetitions_total")

    /// Makes a projection; `inboxPartitionCount` may block and is asked when partitions are assigned.
    ///
    /// The clock decides only when a group's ticks are told, and nothing about what they are.
    init(
        bounds: ReceiptsPartition.Bounds = .init(),
        now: @escaping () -> ContinuousClock.Instant = { .now },
        inboxPartitionCount: @escaping () throws -> Int
    ) {
        self.bounds = bounds
        self.now = now
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
        partitions[partition] = ReceiptsPartition(
            partition,
            database,
            isFresh: isFresh,
            bounds: bounds
        )
        return [:]
    }

    func close(_ partition: Partition) {
        partitions[partition] = nil
        filters.close(TopicPartition(.timeline, partition))
    }

    func apply(_ record: LogRecord, _ outputs: inout Outputs) throws {
        guard let state = partitions[record.topicPartition.partition] else { return }
        let origin = record.origin()
        if record.topicPartition.topic == .timeline {
            let event = try decoded { () throws(ProtobufReader.Fault) in
                try TimelineEvent(decoding: record.value?[...] ?? [])
            }
            guard filters.admit(event.origin, from: record.topicPartition) else {
                repetitions.increment()
                return
            }
            let time = min(event.serverTime, record.timestamp)
            try state.apply(event, by: origin, at: time)
        } else {
            let receipt = try decoded { () throws(ProtobufReader.Fault) in
                try Receipt(decoding: record.value?[...] ?? [])
            }
            let time = min(receipt.serverTime, record.timestamp)
            try state.apply(receipt, by: origin, at: time)
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

    func caughtUp(_ partition: Partition) {
        partitions[partition]?.caughtUp()
    }

    func batchApplied(_ outputs: inout Outputs) throws {
        let before = outputs.records.count
        let telling = Telling(
            now: now(),
            interval: Self.groupInterval,
            inboxPartitions: inboxPartitions
        )
        var readMarks = 0
        for state in partitions.values where state.mayTell {
            readMarks += try state.tell(telling, &outputs)
        }
        self.readMarks.increment(by: readMarks)
        ticks.increment(by: outputs.records.count - before - readMarks)
    }

    var isSaveUrgent: Bool { partitions.values.contains(where: \.isSaveUrgent) }

    func save(_ database: Database) throws {
        for state in partitions.values { try state.save(database) }
        try filters.save(database)
    }

    func saved() {
        for state in partitions.values { state.saved() }
    }
}
