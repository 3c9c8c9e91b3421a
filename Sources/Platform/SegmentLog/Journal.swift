import KafkaWire
import NIOCore

/// The file that makes appends durable: all partitions' batches, one after the other, synced once per group.
///
/// Syncing every partition's own file would cost a device flush for each (48 files: 15 ms where one takes 0.3 ms). So a batch is durable when it is here;
/// segment files are written behind and synced at checkpoints, and then older journals are removed.
///
/// A journal is a sequence of frames; version 1, big-endian:
///
///     0  magic "MJF1"   4  kind        8  batch length   12  topic   16  partition
///     20 sequence number (8 bytes)     28 CRC-32C of bytes 0..<28 and of the batch's first 61 bytes; the rest of the batch has its own
///
/// Sequence numbers rise from frame to frame over all journals and are never used again, not even those of frames whose writing failed: what is left of
/// an older, longer writing behind the end is thus told from the log.
struct Journal {
    /// What a frame says.
    enum Kind: UInt32 {
        case batch = 1
        case end = 2
    }

    static let magic: UInt32 = 0x4d4a_4631
    static let frameHeadSize = 32
    private static let stagingBytesMax = 1 << 20

    let files: any FileSystem
    let directory: String
    private(set) var path: String
    private(set) var position = 0
    private var file: any LogFile
    private var sequence: UInt64
    private var staging = ByteBufferAllocator().buffer(capacity: 64 << 10)
    private var groupStart = 0

    /// Begins a journal; the sequence number must be higher than any before.
    init(directory: String, sequence: UInt64, files: any FileSystem) throws(FileSystemError) {
        self.files = files
        self.directory = directory
        self.sequence = sequence
        path = directory + "/" + Segment.name(of: Int64(sequence)) + ".journal"
        file = try files.openFile(path, creates: true)
        try file.truncate(to: 0)
        try files.syncDirectory(directory)
    }

    /// Takes a batch into the group.
    mutating func add(_ batch: ByteBuffer, of id: PartitionID) throws(FileSystemError) {
        addFrame(.batch, id, batch)
        if staging.readableBytes >= Self.stagingBytesMax { try write() }
    }

    private mutating func addFrame(_ kind: Kind, _ id: PartitionID, _ batch: ByteBuffer) {
        let start = staging.writerIndex
        sequence += 1
        staging.writeMultipleIntegers(
            Self.magic,
            kind.rawValue,
            UInt32(batch.readableBytes),
            id.topic,
            id.partition,
            sequence
        )
        var checksum = CRC32C()
        staging.withUnsafeReadableBytes { bytes in
            checksum.update(UnsafeRawBufferPointer(rebasing: bytes.suffix(28)))
        }
        batch.withUnsafeReadableBytes { bytes in
            checksum.update(
                UnsafeRawBufferPointer(rebasing: bytes.prefix(RecordBatchHeader.size))
            )
        }
        staging.writeInteger(checksum.value)
        staging.writeImmutableBuffer(batch)
        assert(staging.writerIndex == start + Self.frameHeadSize + batch.readableBytes)
    }

    private mutating func write() throws(FileSystemError) {
        try file.write(staging, at: position)
        position += staging.readableBytes
        staging.clear()
    }

    /// Writes what is left of the group.
    mutating func finishWriting() throws(FileSystemError) {
        if staging.readableBytes > 0 { try write() }
    }

    /// Makes the group durable.
    ///
    /// - Throws: when the sync failed; the journal must then not be used any more.
    mutating func sync() throws(FileSystemError) {
        try file.syncData()
        groupStart = position
    }

    /// Takes back the group, whose writing failed, durably: whole frames of it may have been written.
    ///
    /// - Throws: when that fails too; what was refused might come back then, so the journal must not be used any more.
    mutating func abandonGroup() throws(FileSystemError) {
        staging.clear()
        position = groupStart
        try file.truncate(to: position)
        try file.syncData()
    }

    /// Ends this journal and begins the next.
    ///
    /// - Returns: the path of the one that ended, or `nil` if no new one could be made; then this one goes on.
    mutating func rotate() throws(FileSystemError) -> String? {
        let ended = path
        let next: Journal
        do throws(FileSystemError) {
            next = try Journal(directory: directory, sequence: sequence + 1, files: files)
        } catch {
            return nil
        }
        addFrame(.end, PartitionID(topic: 0, partition: 0), ByteBuffer())
        do throws(FileSystemError) {
            try finishWriting()
        } catch {
            try abandonGroup()
            try files.remove(next.path)
            return nil
        }
        try sync()
        let number = sequence
        self = next
        sequence = max(sequence, number)
        return ended
    }
}
