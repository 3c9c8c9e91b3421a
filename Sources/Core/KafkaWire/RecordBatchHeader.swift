public import NIOCore

/// The head of a record batch, version 2: 61 bytes before the records.
///
/// The base offset, the length and the leader epoch lie outside the batch's checksum, so that a broker can set them without touching the rest.
public struct RecordBatchHeader: Sendable, Equatable {
    /// The size of the head in bytes.
    public static let size = 61
    /// The bytes before those that the length counts.
    public static let lengthOverhead = 12
    /// Where the checksummed part begins.
    public static let checksumStart = 21
    /// Where the checksum stands.
    static let checksumPosition = 17

    /// The offset of the first record.
    public var baseOffset: Int64 = 0
    /// The length in bytes of all that follows it.
    public var batchLength: Int32 = 0
    /// The epoch of the leader that took the batch.
    public var partitionLeaderEpoch: Int32 = 0
    /// The format's version: 2.
    public var magic: Int8 = 2
    /// CRC-32C of everything from the attributes on.
    public var checksum: UInt32 = 0
    /// Compression (bits 0 to 2), timestamp type, transactional, control.
    public var attributes: Int16 = 0
    /// The last record's offset, counted from the base offset.
    public var lastOffsetDelta: Int32 = 0
    /// The first record's timestamp, in milliseconds.
    public var baseTimestamp: Int64 = 0
    /// The highest timestamp.
    public var maxTimestamp: Int64 = 0
    /// The idempotent producer, or −1.
    public var producerID: Int64 = -1
    /// Its epoch.
    public var producerEpoch: Int16 = -1
    /// The first record's number in the producer's own count for the partition.
    public var baseSequence: Int32 = -1
    /// How many records.
    public var recordCount: Int32 = 0

    /// An empty head.
    public init() {}

    /// Reads the head that begins at an index, checking nothing but that it is there.
    public init(of buffer: ByteBuffer, at index: Int) throws(WireError) {
        guard
            let (base, length, epoch, magic, checksum, attributes, delta) =
                buffer.getMultipleIntegers(
                    at: index,
                    as: (Int64, Int32, Int32, Int8, UInt32, Int16, Int32).self
                ),
            let (first, latest, producer, producerEpoch, sequence, count) =
                buffer.getMultipleIntegers(
                    at: index + 27,
                    as: (Int64, Int64, Int64, Int16, Int32, Int32).self
                )
        else { throw WireError(.truncated) }
        baseOffset = base
        batchLength = length
        partitionLeaderEpoch = epoch
        self.magic = magic
        self.checksum = checksum
        self.attributes = attributes
        lastOffsetDelta = delta
        baseTimestamp = first
        maxTimestamp = latest
        producerID = producer
        self.producerEpoch = producerEpoch
        baseSequence = sequence
        recordCount = count
    }

    /// The size of the whole batch in bytes.
    public var totalSize: Int { Int(batchLength) + Self.lengthOverhead }
    /// The offset of the last record.
    public var lastOffset: Int64 { baseOffset &+ Int64(lastOffsetDelta) }
    /// The offset that follows the last record.
    public var nextOffset: Int64 { lastOffset &+ 1 }
    /// Whether the records are compressed.
    public var isCompressed: Bool { attributes & 0x07 != 0 }
    /// Whether the batch belongs to a transaction.
    public var isTransactional: Bool { attributes & 0x10 != 0 }
    /// Whether the batch is a transaction marker.
    public var isControl: Bool { attributes & 0x20 != 0 }
    /// Whether the producer numbers its records.
    public var isIdempotent: Bool { producerID >= 0 }
    /// The last record's number in the producer's count, which wraps to 0.
    public var lastSequence: Int32 {
        Int32((Int64(baseSequence) + Int64(lastOffsetDelta)) & 0x7fff_ffff)
    }

    /// Appends the head.
    public func write(to buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(
            baseOffset,
            batchLength,
            partitionLeaderEpoch,
            magic,
            checksum,
            attributes,
            lastOffsetDelta
        )
        buffer.writeMultipleIntegers(
            baseTimestamp,
            maxTimestamp,
            producerID,
            producerEpoch,
            baseSequence,
            recordCount
        )
    }
}
