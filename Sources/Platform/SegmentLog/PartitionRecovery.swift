import KafkaWire
import Logging
import NIOCore

/// Finds out what a partition's files hold, and cuts what a crash left behind the last whole batch.
struct PartitionRecovery: ~Copyable {
    private static let window = 1 << 20

    let directory: String
    let files: any FileSystem
    let logger: Logger

    private var state = PartitionLog.State()
    /// Where the producers' snapshot was taken: only later batches are added to it.
    private var snapshotOffset: Int64 = 0
    private var isTorn = false

    private let usesSnapshot: Bool

    init(directory: String, files: any FileSystem, logger: Logger, usesSnapshot: Bool = true) {
        self.usesSnapshot = usesSnapshot
        self.directory = directory
        self.files = files
        self.logger = logger
    }

    /// Reads the folder.
    consuming func run() throws(SegmentLogError) -> PartitionLog.State {
        do throws(FileSystemError) {
            let startOffset = try readSnapshot()
            try readSegments()
            // It may lie behind the end for now, when the batches in between are in the journal only.
            state.logStart = max(startOffset, state.segments.first?.baseOffset ?? 0)
            if state.segments.isEmpty { try makeFirstSegment(at: startOffset) }
            state.durableEnd = state.nextOffset
            state.writtenEnd = state.nextOffset
            state.isDirty = true
        } catch {
            throw SegmentLogError(error)
        }
        return state
    }

    /// How far the producers' snapshot went, for replaying: batches before it are in it already.
    private mutating func readSnapshot() throws(FileSystemError) -> Int64 {
        guard
            let found = try SealedFile.read(
                kind: .producers,
                from: directory + "/" + PartitionLog.stateFile,
                in: files
            ),
            found.version == ProducerTable.version
        else { return 0 }
        var content = found.content
        guard
            let (start, end) = content.readMultipleIntegers(as: (Int64, Int64).self),
            let producers = ProducerTable(from: &content)
        else { return 0 }
        guard usesSnapshot else { return start }
        state.producers = producers
        state.producersEnd = end
        snapshotOffset = end
        return start
    }

    private mutating func readSegments() throws(FileSystemError) {
        let bases = try files.contents(of: directory).compactMap { name -> Int64? in
            name.hasSuffix(".log") ? Int64(name.dropLast(4)) : nil
        }.sorted()
        state.nextOffset = bases.first ?? 0
        for (number, base) in bases.enumerated() {
            // A segment may have lost its end at the border of a batch, and the next one not its name: then the journal has both.
            if base != state.nextOffset || isTorn {
                try dropSegments(bases[number...])
                return
            }
            state.nextOffset = base
            try readSegment(base)
        }
    }

    private mutating func dropSegments(_ bases: ArraySlice<Int64>) throws(FileSystemError) {
        for base in bases {
            let path = directory + "/" + Segment.name(of: base)
            logger.warning("removing a segment behind a torn one", metadata: ["path": "\(path)"])
            try files.remove(path + ".index")
            try files.remove(path + ".log")
        }
        // A later segment of the same name must not find the old index.
        try files.syncDirectory(directory)
    }

    private mutating func readSegment(_ base: Int64) throws(FileSystemError) {
        let path = directory + "/" + Segment.name(of: base) + ".log"
        let file = try files.openFile(path, creates: false)
        let fileSize = try file.size()
        var segment = Segment(baseOffset: base, directory: directory, file: file)
        if let (content, version) = try SealedFile.read(
            kind: .index,
            from: segment.path + ".index",
            in: files
        ),
            version == Segment.indexVersion
        {
            segment.adoptIndex(content, fileSize: fileSize)
        }
        let trusted = segment.size
        // Before the trusted end, batches are read only to bring the producers up to date, or to learn the last offset.
        var position = min(
            trusted,
            segment.position(before: max(snapshotOffset, base)),
            segment.index.last?.position ?? 0
        )
        var chunk = ByteBuffer()
        var chunkStart = 0
        while position < fileSize {
            if position + RecordBatchHeader.size > chunkStart + chunk.writerIndex
                || !Self.isWhole(chunk, at: position - chunkStart)
            {
                let wanted = max(Self.window, try batchSize(in: file, at: position, fileSize))
                chunk = try file.read(at: position, count: min(wanted, fileSize - position))
                chunkStart = position
            }
            guard
                let header = check(
                    chunk,
                    at: position - chunkStart,
                    isTrusted: position < trusted
                )
            else { break }
            if header.baseOffset >= state.producersEnd {
                _ = state.producers.apply(header, baseOffset: header.baseOffset)
            }
            if position >= trusted { segment.add(header, size: header.totalSize) }
            state.nextOffset = header.nextOffset
            position += header.totalSize
        }
        if position < fileSize {
            logger.warning(
                "cutting a torn segment",
                metadata: ["path": "\(path)", "from": "\(fileSize)", "to": "\(position)"]
            )
            try file.truncate(to: position)
            segment.cut(to: position)
            isTorn = true
        }
        state.segments.append(segment)
    }

    private func batchSize(
        in file: any LogFile,
        at position: Int,
        _ fileSize: Int
    ) throws(FileSystemError) -> Int {
        guard fileSize - position >= RecordBatchHeader.size else { return 0 }
        let head = try file.read(at: position, count: RecordBatchHeader.size)
        guard let header = try? RecordBatchHeader(of: head, at: 0) else { return 0 }
        return header.totalSize <= fileSize - position ? max(0, header.totalSize) : 0
    }

    private static func isWhole(_ chunk: ByteBuffer, at index: Int) -> Bool {
        guard let header = try? RecordBatchHeader(of: chunk, at: index) else { return false }
        return header.totalSize >= 0 && index + header.totalSize <= chunk.writerIndex
    }

    private func check(
        _ chunk: ByteBuffer,
        at index: Int,
        isTrusted: Bool
    ) -> RecordBatchHeader? {
        let header =
            isTrusted
            ? try? RecordBatchHeader(of: chunk, at: index)
            : try? RecordBatch.validate(chunk, at: index)
        guard let header, header.totalSize >= RecordBatchHeader.size else { return nil }
        // Inside the trusted part the walk begins at an index entry, before what was read last.
        return isTrusted || header.baseOffset == state.nextOffset ? header : nil
    }

    private mutating func makeFirstSegment(at base: Int64) throws(FileSystemError) {
        state.nextOffset = base
        let path = directory + "/" + Segment.name(of: base) + ".log"
        let file = try files.openFile(path, creates: true)
        state.segments.append(Segment(baseOffset: base, directory: directory, file: file))
    }
}
