import KafkaWire
import NIOCore

/// One file of a partition with its sparse index; a value, guarded by the partition's lock.
///
/// The index file says how much of the segment is known to be on the device (`syncedSize`) and where some batches begin. It is only written after the
/// data was synced, so recovery trusts it and checks what lies behind.
struct Segment: Sendable {
    /// A batch whose place is known.
    struct IndexEntry: Sendable, Equatable {
        /// Its first offset.
        var offset: Int64
        /// Where it begins in the file.
        var position: Int
        /// The highest timestamp of the batches before it in this segment.
        var maxTimestampBefore: Int64
    }

    /// At most one index entry for so many bytes.
    static let indexInterval = 32 << 10
    /// The version of the index file.
    static let indexVersion: UInt16 = 1

    /// The offset of the first record, by which the file is named.
    let baseOffset: Int64
    /// Where it is, without the ending.
    let path: String
    /// The data.
    let file: any LogFile
    /// How many bytes of the file are batches.
    var size = 0
    /// How many of them are on the device.
    var syncedSize = 0
    /// Whether the file's name is durable.
    var isNameSynced = false
    /// The highest timestamp; `Int64.min` when empty.
    var maxTimestamp = Int64.min
    /// The first batch's timestamp; meaningless when empty.
    var firstTimestamp = Int64.max
    /// Known places, rising.
    var index: [IndexEntry] = []

    init(baseOffset: Int64, directory: String, file: any LogFile) {
        self.baseOffset = baseOffset
        self.file = file
        path = directory + "/" + Self.name(of: baseOffset)
    }

    /// The file's name without the ending: 20 digits, so that names sort as numbers do.
    static func name(of offset: Int64) -> String {
        let digits = String(offset)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    }

    /// Takes note of a batch that now stands at the end of the file.
    mutating func add(_ header: RecordBatchHeader, size batchSize: Int) {
        add(
            baseOffset: header.baseOffset,
            maxTimestamp: header.maxTimestamp,
            batchSize: batchSize
        )
    }

    /// Takes note of a batch that now stands at the end of the file.
    mutating func add(baseOffset: Int64, maxTimestamp batchTimestamp: Int64, batchSize: Int) {
        if size - (index.last?.position ?? -Self.indexInterval) >= Self.indexInterval {
            index.append(
                IndexEntry(
                    offset: baseOffset,
                    position: size,
                    maxTimestampBefore: maxTimestamp
                )
            )
        }
        if size == 0 { firstTimestamp = batchTimestamp }
        maxTimestamp = max(maxTimestamp, batchTimestamp)
        size += batchSize
    }

    /// A place at or before the batch with this offset.
    func position(before offset: Int64) -> Int {
        var low = 0
        var high = index.count
        while low < high {
            let middle = (low + high) / 2
            if index[middle].offset <= offset { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? 0 : index[low - 1].position
    }

    /// A place before which every timestamp is older.
    func position(beforeTimestamp timestamp: Int64) -> Int {
        var low = 0
        var high = index.count
        while low < high {
            let middle = (low + high) / 2
            if index[middle].maxTimestampBefore < timestamp {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low == 0 ? 0 : index[low - 1].position
    }

    /// Forgets what lies behind a position.
    mutating func cut(to position: Int) {
        size = min(size, position)
        syncedSize = min(syncedSize, position)
        index.removeAll { $0.position >= position }
    }

    // MARK: The index file

    /// The index up to what is synced, as bytes.
    func encodeIndex() -> ByteBuffer {
        var buffer = ByteBuffer()
        let known = index.prefix { $0.position < syncedSize }
        buffer.writeMultipleIntegers(
            baseOffset,
            Int64(syncedSize),
            maxTimestamp,
            firstTimestamp,
            UInt32(known.count)
        )
        for entry in known {
            buffer.writeMultipleIntegers(
                entry.offset,
                Int64(entry.position),
                entry.maxTimestampBefore
            )
        }
        return buffer
    }

    /// Takes over an index file's content, if it fits the file.
    mutating func adoptIndex(_ content: ByteBuffer, fileSize: Int) {
        var buffer = content
        guard
            let (base, synced, latest, first, count) = buffer.readMultipleIntegers(
                as: (Int64, Int64, Int64, Int64, UInt32).self
            ),
            base == baseOffset, synced >= 0, synced <= fileSize
        else { return }
        var entries: [IndexEntry] = []
        for _ in 0..<count {
            guard
                let (offset, position, timestamp) = buffer.readMultipleIntegers(
                    as: (Int64, Int64, Int64).self
                )
            else { return }
            entries.append(
                IndexEntry(
                    offset: offset,
                    position: Int(position),
                    maxTimestampBefore: timestamp
                )
            )
        }
        size = Int(synced)
        syncedSize = Int(synced)
        maxTimestamp = latest
        firstTimestamp = first
        index = entries
        isNameSynced = true
    }
}
