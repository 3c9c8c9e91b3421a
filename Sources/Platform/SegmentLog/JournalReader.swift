import KafkaWire
import NIOCore

/// Reads a journal's frames up to the first that is not whole.
struct JournalReader {
    /// A batch with its partition.
    struct Frame {
        let id: PartitionID
        let sequence: UInt64
        let header: RecordBatchHeader
        let batch: ByteBuffer
    }

    private static let window = 1 << 20

    private let file: any LogFile
    private let size: Int
    private var position = 0
    private var chunk = ByteBuffer()
    /// The highest sequence number so far.
    private(set) var sequence: UInt64
    /// Whether the journal was ended in order.
    private(set) var isEnded = false

    /// Reads a journal, after one whose last frame had this number.
    init(_ path: String, after sequence: UInt64, files: any FileSystem) throws(FileSystemError) {
        file = try files.openFile(path, creates: false)
        size = try file.size()
        self.sequence = sequence
    }

    /// The next frame, or `nil` at the end.
    mutating func next() throws(FileSystemError) -> Frame? {
        guard !isEnded, try fill(Journal.frameHeadSize) else { return nil }
        let start = chunk.readerIndex
        guard
            let (magic, kind, length, topic, partition, number, checksum) =
                chunk.getMultipleIntegers(
                    at: start,
                    as: (UInt32, UInt32, UInt32, UInt32, Int32, UInt64, UInt32).self
                ),
            magic == Journal.magic, number > sequence,
            let kind = Journal.Kind(rawValue: kind)
        else { return nil }
        let total = Journal.frameHeadSize + Int(length)
        guard total <= size - position, try fill(total),
            let batch = chunk.getSlice(
                at: chunk.readerIndex + Journal.frameHeadSize,
                length: Int(length)
            ),
            Self.checksum(of: chunk, batch: batch) == checksum
        else { return nil }
        if kind == .end {
            isEnded = true
            sequence = number
            return nil
        }
        guard let header = try? RecordBatch.validate(batch, at: batch.readerIndex) else {
            return nil
        }
        sequence = number
        chunk.moveReaderIndex(forwardBy: total)
        position += total
        return Frame(
            id: PartitionID(topic: topic, partition: partition),
            sequence: number,
            header: header,
            batch: batch
        )
    }

    private static func checksum(of chunk: ByteBuffer, batch: ByteBuffer) -> UInt32 {
        var checksum = CRC32C()
        chunk.withUnsafeReadableBytes { bytes in
            checksum.update(UnsafeRawBufferPointer(rebasing: bytes.prefix(28)))
        }
        batch.withUnsafeReadableBytes { bytes in
            checksum.update(
                UnsafeRawBufferPointer(rebasing: bytes.prefix(RecordBatchHeader.size))
            )
        }
        return checksum.value
    }

    /// Sees to it that so many bytes can be read; `false` if the file has not that many more.
    private mutating func fill(_ count: Int) throws(FileSystemError) -> Bool {
        if chunk.readableBytes >= count { return true }
        guard size - position >= count else { return false }
        chunk = try file.read(at: position, count: min(max(count, Self.window), size - position))
        return chunk.readableBytes >= count
    }
}
