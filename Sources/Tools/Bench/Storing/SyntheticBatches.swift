import Conversations
import Events
import Stores

/// Cuts a synthetic log into batches for a store, as they come of the log's records.
struct SyntheticBatches: Sendable {
    private(set) var log: SyntheticLog
    private let partitions: PartitionCounts
    private var positions: [TopicPartition: Offset] = [:]
    private var filters: [TopicPartition: OriginFilter] = [:]
    private var records: [SyntheticRecord] = []
    /// Records that were cut off so far.
    private(set) var taken = 0

    init(_ log: SyntheticLog, partitions: PartitionCounts) {
        self.log = log
        self.partitions = partitions
    }

    /// The next batch of about so many records; `nil`: there is no more.
    mutating func next(_ count: Int) -> StoreBatch? {
        records.removeAll(keepingCapacity: true)
        while records.count < count, !log.isComplete { log.step(&records) }
        guard !records.isEmpty else { return nil }
        taken += records.count
        var batch = StoreBatch()
        for record in records { add(record, to: &batch) }
        return batch
    }

    private mutating func add(_ record: SyntheticRecord, to batch: inout StoreBatch) {
        let place = record.place(partitions)
        let next = positions[place]?.next ?? Offset(1)
        positions[place] = next
        batch.positions[place] = next
        switch record {
        case .account(let event): batch.accounts.append(event)
        case .event(let event):
            var filter = filters[place] ?? OriginFilter()
            _ = filter.admit(event.origin)
            filters[place] = filter
            batch.filters[place] = filter
            batch.events.append(event)
        case .marks(let marks): batch.receipts += marks.storeMarks
        }
    }
}

extension SyntheticMarks {
    /// As a store keeps them.
    fileprivate var storeMarks: [ReceiptMark] {
        let wanted: [(ReceiptMark.Kind, UInt64)] = [(.delivered, deliveredSeq), (.read, readSeq)]
        return wanted.filter { $0.1 > 0 }.map { kind, seq in
            ReceiptMark(
                conversation: conversation,
                account: account,
                kind: kind,
                seq: Int64(clamping: seq),
                time: time
            )
        }
    }
}
