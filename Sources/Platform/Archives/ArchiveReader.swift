import Crypto
public import Events
public import Stores

/// Reads one conversation out of an archive by ranges: says what it needs, and is given it.
///
/// Does no I/O. Of an archive that is new to it, it needs the tail (small archives lie in it whole), the rest of the
/// directory if there is one, and the entry; with a directory that was kept, the entry alone. Never more than three ranges, and never more than `ArchiveLimits`
/// allow. While `needs` is not `nil`, fetch that range and `provide` it; then the rows can be read.
public struct ArchiveReader: Sendable {
    private enum State {
        case tail
        case directory(ZipEnd, tail: Stretch)
        case entry(ZipEntry)
        case ready(ZipEntry, Stretch)
    }

    /// The archive's name, for errors: its key or path.
    public let archive: String
    /// The range that is needed next; `nil` when the entry is there.
    public private(set) var needs: Range<Int64>?
    /// The archive's directory, as soon as it was read: worth keeping.
    public private(set) var directory: ArchiveDirectory?

    private let size: Int64
    private let limits: ArchiveLimits
    private let expected: ArchivedConversation?
    private let conversation: ConversationID?
    private let events: Int64?
    let entryName: String
    private var state = State.tail

    private static let tailBytes: Int64 = 64 * 1024

    /// Begins reading a conversation out of an archive of so many bytes.
    ///
    /// - Parameters:
    ///   - archive: the archive's name, for errors.
    ///   - size: how large the archive is.
    ///   - conversation: whose events are wanted.
    ///   - events: how many the catalogue says there are, if it does.
    ///   - directory: the archive's directory, if it was kept.
    ///   - conversations: about how many conversations the archive has, if that is known: it makes the first range long enough.
    ///   - limits: what to believe at most.
    /// - Throws: `ArchiveError`.
    public init(
        archive: String,
        size: Int64,
        conversation: ConversationID,
        events: Int64? = nil,
        directory: ArchiveDirectory? = nil,
        conversations: Int = 0,
        limits: ArchiveLimits = ArchiveLimits()
    ) throws(ArchiveError) {
        self.conversation = conversation
        self.events = events
        expected = nil
        self.archive = archive
        self.size = size
        self.limits = limits
        entryName = ArchiveFormat.entry(of: conversation)
        try begin(directory, conversations)
    }

    /// Begins reading the index, or a conversation of which the index was read: what is read then is what that says, to the byte.
    init(
        archive: String,
        size: Int64,
        expected: ArchivedConversation?,
        directory: ArchiveDirectory? = nil,
        limits: ArchiveLimits
    ) throws(ArchiveError) {
        conversation = expected?.conversation
        events = (expected?.count).map { Int64($0) }
        self.expected = expected
        self.archive = archive
        self.size = size
        self.limits = limits
        entryName =
            expected.map { ArchiveFormat.entry(of: $0.conversation) } ?? ArchiveFormat.index
        try begin(directory, 0)
    }

    private mutating func begin(
        _ directory: ArchiveDirectory?,
        _ conversations: Int
    ) throws(ArchiveError) {
        guard size >= ZipEnd.bytes else {
            throw ArchiveError(.corrupt, "too short for an archive", archive: archive)
        }
        if let directory, directory.archive == archive, directory.size == size {
            try named { reader throws(ArchiveError) in try reader.find(in: directory, at: nil) }
            return
        }
        let hint = ArchiveFormat.tailBytes(conversations: conversations)
        let bytes = min(max(Self.tailBytes, hint), Int64(limits.directoryBytesMax), size)
        needs = max(0, size - bytes)..<size
    }

    /// Takes the bytes of the range that is needed.
    ///
    /// - Throws: `ArchiveError` with the code `corrupt` (fewer bytes are the end of a file that is too short), `entryMissing`, `tooNew` or
    ///   `tooLarge`. The reader is of no use after that.
    public mutating func provide(_ bytes: [UInt8]) throws(ArchiveError) {
        try provide(bytes[...])
    }

    mutating func provide(_ bytes: ArraySlice<UInt8>) throws(ArchiveError) {
        guard let range = needs else { return }
        try named { reader throws(ArchiveError) in
            guard bytes.count == range.count else {
                throw ArchiveError(.corrupt, "the archive is shorter than it was")
            }
            try reader.take(Stretch(start: range.lowerBound, bytes: bytes))
        }
    }

    // MARK: Steps

    private mutating func take(_ stretch: Stretch) throws(ArchiveError) {
        switch state {
        case .tail:
            let end = try ZipEnd(stretch, size: size)
            guard end.directory.count <= limits.directoryBytesMax else {
                throw ArchiveError(.tooLarge, "a directory of \(end.directory.count) bytes")
            }
            let start = max(0, end.directory.lowerBound - ArchiveDirectory.manifestBytesMax)
            if stretch.start <= start {
                try open(end, stretch)
            } else {
                state = .directory(end, tail: stretch)
                needs = start..<stretch.start
            }
        case .directory(let end, let tail):
            try open(end, Stretch(start: stretch.start, bytes: stretch.bytes + tail.bytes))
        case .entry(let entry):
            _ = try LocalHeader(of: entry, in: stretch)
            state = .ready(entry, stretch)
            needs = nil
        case .ready: break
        }
    }

    /// Reads the directory, of which more than that may be at hand.
    private mutating func open(_ end: ZipEnd, _ loaded: Stretch) throws(ArchiveError) {
        let start = max(0, end.directory.lowerBound - ArchiveDirectory.manifestBytesMax)
        guard let part = loaded.part(start..<size) else {
            throw ArchiveError(.corrupt, "an archive without a directory")
        }
        let directory = try ArchiveDirectory(
            archive: archive,
            size: size,
            end: end,
            loaded: part,
            limits: limits
        )
        try find(in: directory, at: loaded)
    }

    private mutating func find(
        in directory: ArchiveDirectory,
        at loaded: Stretch?
    ) throws(ArchiveError) {
        self.directory = directory
        let entry = try directory.entry(entryName)
        if let expected, entry.size != expected.byteCount {
            throw ArchiveError(.corrupt, "an entry of another size than the index says")
        }
        let range = try entry.range(before: directory.start, limits)
        state = .entry(entry)
        needs = range
        if let part = loaded?.part(range) { try take(part) }
    }

    /// Errors of the directory name the archive, all others its entry too.
    private mutating func named(
        _ step: (inout ArchiveReader) throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        do throws(ArchiveError) {
            try step(&self)
        } catch {
            needs = nil
            throw error.naming(archive: archive, entry: directory == nil ? nil : entryName)
        }
    }
}

// MARK: What was read

extension ArchiveReader {
    /// The events of a range of seqs, in order.
    ///
    /// The whole entry is decompressed and checked before any is returned.
    ///
    /// - Throws: `ArchiveError` with the code `corrupt`, or `tooLarge` for more than `ArchiveLimits.rowsMax` rows.
    public func rows(in seqs: ClosedRange<Int64>) throws -> [StoreRow] {
        var rows: [StoreRow] = []
        try forEachLine { line throws in
            if let seq = ArchiveLine.seq(line), !seqs.contains(seq) { return }
            let row = try checked(line)
            guard let event = ArchivedEvent(row), seqs.contains(event.seq) else { return }
            guard rows.count < limits.rowsMax else {
                throw ArchiveError(.tooLarge, "more than \(rows.count) rows")
            }
            rows.append(row)
        }
        return rows
    }

    /// Gives all events to `body`, in order.
    ///
    /// Memory holds one at a time. So whether all were what was written is known only when this returns.
    ///
    /// - Throws: `ArchiveError` with the code `corrupt`, or what `body` throws.
    public func forEachRow(_ body: (StoreRow) throws -> Void) throws {
        try forEachLine { line in try body(checked(line)) }
    }

    private func checked(_ line: UnsafeRawBufferPointer) throws(ArchiveError) -> StoreRow {
        let row = try ArchiveLine.decode(line)
        guard let event = ArchivedEvent(row), event.conversation == conversation else {
            throw ArchiveError(.corrupt, "an event of another conversation")
        }
        return row
    }

    private func forEachLine(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var lines = EntryLines(bytesMax: limits.lineBytesMax)
        try forEachPiece { piece in try lines.take(piece, body) }
        do throws(ArchiveError) {
            try lines.end()
            if let events, lines.count != events {
                throw ArchiveError(.corrupt, "\(lines.count) events of \(events)")
            }
        } catch {
            throw error.naming(archive: archive, entry: entryName)
        }
    }

    /// The decompressed entry, piece by piece.
    func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard case .ready(let entry, let stretch) = state, let directory else {
            preconditionFailure("read before it was provided")
        }
        do {
            var hash = SHA256()
            try directory.read(entry, from: stretch) { piece in
                if expected != nil { hash.update(bufferPointer: piece) }
                try body(piece)
            }
            if let expected, hash.finalize().hexadecimal != expected.sha256 {
                throw ArchiveError(.corrupt, "not what the index says")
            }
        } catch let error as ArchiveError {
            throw error.naming(archive: archive, entry: entryName)
        }
    }

    /// Where the entry lies, once it is there.
    func extent() throws(ArchiveError) -> Range<Int64> {
        guard case .ready(let entry, let stretch) = state else {
            preconditionFailure("asked before it was provided")
        }
        let header = try LocalHeader(of: entry, in: stretch)
        return entry.start..<header.dataStart + entry.compressedSize
    }
}
