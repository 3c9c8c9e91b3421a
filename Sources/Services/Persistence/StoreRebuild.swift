public import EventLog
public import Events
import Projections
public import Stores

/// Folds the log into a store, from where the store stands up to given ends: replay, and the proof of `verify`.
///
/// Can be interrupted at any moment and taken up again: the store says where it stands.
public struct StoreRebuild {
    /// Where to read a partition from, and where to stop.
    public struct Range: Hashable, Sendable {
        /// The first offset to read.
        public var start: Offset
        /// The first offset not to read.
        public var end: Offset

        /// A range of its parts.
        public init(start: Offset, end: Offset) {
            self.start = start
            self.end = end
        }
    }

    /// How far it is.
    public struct Progress: Hashable, Sendable {
        /// Records read, this time.
        public var read: Int64
        /// Records to read, this time.
        public var total: Int64
        /// Records that could not be folded.
        public var poisoned: Int64

        /// Progress of its parts; by default nothing to do.
        public init(read: Int64 = 0, total: Int64 = 0, poisoned: Int64 = 0) {
            self.read = read
            self.total = total
            self.poisoned = poisoned
        }
    }

    /// Records written in one transaction: a quarter of what the store has read, within these bounds.
    ///
    /// Keys come in no order, so every row of a small batch costs a page of a large store; many rows to a page are written at
    /// once only if the batch is large, too. Much more than the store's own size gains nothing, and what is not written yet is lost by a crash.
    public static let recordsPerTransaction = 10_000...200_000
    /// Bytes of records written in one transaction, about.
    public static let bytesPerTransaction = 64 * 1024 * 1024

    private let writer: BatchWriter
    private var ranges: [TopicPartition: Range]
    private var fold: StoreFold
    private var pendingRecords: Int64 = 0
    /// Records that the store had read before.
    private let before: Int64
    /// How far it is.
    public private(set) var progress: Progress

    /// A rebuild of `store` up to `ends`, which says when something was written.
    ///
    /// `limits` is what the log holds of each partition; an end beyond it is brought back. A partition
    /// without limits is left alone.
    public init(
        _ store: any HotStore,
        limits: [TopicPartition: LogAdmin.Watermarks],
        ends: [TopicPartition: Offset],
        onCommit: @escaping @Sendable () -> Void = {}
    ) throws {
        let state = StoreState(positions: try store.positions(), filters: try store.filters())
        writer = BatchWriter(store, onCommit: onCommit)
        fold = StoreFold(state)
        before = state.positions.values.reduce(0) { $0 + $1.number }
        ranges = [:]
        var total: Int64 = 0
        for (partition, end) in ends {
            guard let limit = limits[partition] else { continue }
            let start = max(state.positions[partition] ?? Offset(0), limit.low)
            let end = min(end, limit.high)
            guard start < end else { continue }
            ranges[partition] = Range(start: start, end: end)
            total += end.number - start.number
        }
        progress = Progress(read: 0, total: total, poisoned: 0)
    }

    /// Where to read, share by share: all that has one partition number before what has the next; empty when nothing is left.
    ///
    /// A conversation is in one partition. So a transaction writes many rows of a few conversations and not a few of each: fewer pages of the store.
    public var shares: [[TopicPartition: StartPosition]] {
        Set(ranges.keys.map(\.partition)).sorted().map { partition in
            ranges.filter { $0.key.partition == partition }.mapValues { .offset($0.start) }
        }
    }

    /// Whether every partition was read up to its end.
    public var isComplete: Bool { ranges.isEmpty }

    /// Whether these partitions were read up to their ends.
    public func isComplete(_ share: [TopicPartition: StartPosition]) -> Bool {
        share.keys.allSatisfy { ranges[$0] == nil }
    }

    /// Folds records in that a reader gave, in order per partition; what lies beyond an end is left alone.
    ///
    /// Full batches are written meanwhile on another thread; a write that failed is thrown by a later call.
    public mutating func fold(_ records: [LogRecord]) throws {
        for record in records {
            guard let range = ranges[record.topicPartition], record.offset >= range.start else {
                continue
            }
            if record.offset < range.end {
                do {
                    try fold.apply(record)
                } catch {
                    // The service puts it aside as well: neither store has it.
                    progress.poisoned += 1
                }
                pendingRecords += 1
            }
            advance(record.topicPartition, range, to: record.offset.next)
            if isBatchFull { try handOver() }
        }
    }

    /// Notes that a partition has nothing before `offset` that was not read: its end was reached, or what
    /// lay there is no record.
    public mutating func reach(_ offset: Offset, of partition: TopicPartition) {
        guard let range = ranges[partition], offset > range.start else { return }
        advance(partition, range, to: offset)
    }

    /// Waits until everything that was folded is written.
    ///
    /// - Throws: what the store threw; then nothing that was folded later is written.
    public mutating func flush() throws {
        try handOver()
        try writer.finish()
    }

    private mutating func advance(_ partition: TopicPartition, _ range: Range, to offset: Offset) {
        let next = min(offset, range.end)
        progress.read += next.number - range.start.number
        ranges[partition] = next < range.end ? Range(start: next, end: range.end) : nil
    }

    private var isBatchFull: Bool {
        let bounds = Self.recordsPerTransaction
        let wanted = (before + progress.read) / 4
        let recordsMax = min(max(wanted, Int64(bounds.lowerBound)), Int64(bounds.upperBound))
        return pendingRecords >= recordsMax || fold.bytes >= Self.bytesPerTransaction
    }

    private mutating func handOver() throws {
        var batch = fold.take()
        pendingRecords = 0
        guard !batch.isEmpty else { return }
        batch.sort()
        try writer.write(batch)
    }
}
