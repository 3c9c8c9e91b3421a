import KafkaWire
import NIOCore

/// What a partition remembers of idempotent producers, and the decision whether a batch is new, a repetition or out of order.
struct ProducerTable: Sendable {
    /// How many batches are remembered of a producer: as many as it may have in flight.
    static let batchesMax = 5
    /// How many producers are remembered in a partition; the one that was silent longest is forgotten first.
    static let producersMax = 1000

    /// A batch that was taken.
    struct Batch: Sendable, Equatable {
        var firstSequence: Int32 = -1
        var lastSequence: Int32 = -1
        var baseOffset: Int64 = -1
    }

    /// A producer.
    struct Entry: Sendable {
        var epoch: Int16
        var count = 0
        /// The latest batch is first.
        var batches = InlineArray<5, Batch>(repeating: Batch())
        var lastOffset: Int64 = -1

        var lastSequence: Int32 { batches[0].lastSequence }

        mutating func add(_ batch: Batch, lastOffset: Int64) {
            var index = min(count, ProducerTable.batchesMax - 1)
            while index > 0 {
                batches[index] = batches[index - 1]
                index -= 1
            }
            batches[0] = batch
            count = min(count + 1, ProducerTable.batchesMax)
            self.lastOffset = lastOffset
        }
    }

    /// What to do with a batch.
    enum Decision: Equatable {
        case new
        case duplicate(baseOffset: Int64)
        case oldDuplicate
        case outOfOrder
        case staleEpoch
    }

    private(set) var entries: [Int64: Entry] = [:]

    /// Whether a batch may be appended.
    ///
    /// A producer that is not known (any more) may begin anywhere: retention may have removed what it wrote before.
    func decide(_ header: RecordBatchHeader) -> Decision {
        guard header.isIdempotent, let entry = entries[header.producerID] else { return .new }
        if header.producerEpoch < entry.epoch { return .staleEpoch }
        if header.producerEpoch > entry.epoch {
            return header.baseSequence == 0 ? .new : .outOfOrder
        }
        for index in 0..<entry.count {
            let batch = entry.batches[index]
            if batch.firstSequence == header.baseSequence
                && batch.lastSequence == header.lastSequence
            {
                return .duplicate(baseOffset: batch.baseOffset)
            }
        }
        let next = Int32((Int64(entry.lastSequence) + 1) & 0x7fff_ffff)
        if header.baseSequence == next { return .new }
        let behind = (Int64(entry.lastSequence) - Int64(header.lastSequence)) & 0x7fff_ffff
        return behind < 0x4000_0000 ? .oldDuplicate : .outOfOrder
    }

    /// Remembers a batch that is appended.
    ///
    /// - Returns: what was known of its producer before, for ``undo(_:previous:)``.
    mutating func apply(_ header: RecordBatchHeader, baseOffset: Int64) -> Entry? {
        guard header.isIdempotent else { return nil }
        let previous = entries[header.producerID]
        var entry = previous ?? Entry(epoch: header.producerEpoch)
        if entry.epoch != header.producerEpoch { entry = Entry(epoch: header.producerEpoch) }
        let batch = Batch(
            firstSequence: header.baseSequence,
            lastSequence: header.lastSequence,
            baseOffset: baseOffset
        )
        entry.add(batch, lastOffset: baseOffset + Int64(header.lastOffsetDelta))
        entries[header.producerID] = entry
        if entries.count > Self.producersMax { forgetSilent(except: header.producerID) }
        return previous
    }

    /// Takes back the last ``apply(_:baseOffset:)`` of a producer.
    mutating func undo(_ producerID: Int64, previous: Entry?) {
        guard producerID >= 0 else { return }
        entries[producerID] = previous
    }

    private mutating func forgetSilent(except producerID: Int64) {
        let silent = entries.filter { $0.key != producerID }
            .sorted { $0.value.lastOffset < $1.value.lastOffset }
            .prefix(Self.producersMax / 10)
        for (id, _) in silent { entries[id] = nil }
    }

    // MARK: Snapshot

    /// The version of ``encode()``.
    static let version: UInt16 = 1

    /// The table as bytes.
    func encode(into buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt32(entries.count))
        for (id, entry) in entries {
            buffer.writeMultipleIntegers(id, entry.epoch, entry.lastOffset, UInt8(entry.count))
            for index in 0..<entry.count {
                let batch = entry.batches[index]
                buffer.writeMultipleIntegers(
                    batch.firstSequence,
                    batch.lastSequence,
                    batch.baseOffset
                )
            }
        }
    }

    /// An empty table.
    init() {}

    /// Reads what ``encode(into:)`` wrote.
    init?(from buffer: inout ByteBuffer) {
        guard let count = buffer.readInteger(as: UInt32.self) else { return nil }
        for _ in 0..<count {
            guard
                let (id, epoch, lastOffset, batches) = buffer.readMultipleIntegers(
                    as: (Int64, Int16, Int64, UInt8).self
                ), batches <= Self.batchesMax
            else { return nil }
            var entry = Entry(epoch: epoch)
            entry.count = Int(batches)
            entry.lastOffset = lastOffset
            for index in 0..<Int(batches) {
                guard
                    let (first, last, base) = buffer.readMultipleIntegers(
                        as: (Int32, Int32, Int64).self
                    )
                else { return nil }
                entry.batches[index] = Batch(
                    firstSequence: first,
                    lastSequence: last,
                    baseOffset: base
                )
            }
            entries[id] = entry
        }
    }
}
