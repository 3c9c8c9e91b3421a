import Crypto
public import Stores

/// Reads a whole archive back and checks everything that it says against everything else that it says.
///
/// Like `ArchiveReader` it does no I/O: while `needs` is not `nil`, fetch that range and `provide` it. It goes from the directory and the index through the
/// entries in their order, in ranges of some megabytes, and holds one of these, or one entry, in memory.
public struct ArchiveVerification {
    /// The range that is needed next; `nil` when all was read.
    public private(set) var needs: Range<Int64>?
    /// What the archive has, when all was read.
    public private(set) var result: VerifiedArchive?

    private let archive: String
    private let size: Int64
    private let limits: ArchiveLimits
    private var reader: ArchiveReader
    private var window: Stretch?
    private var index: [ArchivedConversation]?
    private var indexExtent: Range<Int64> = 0..<0
    private var verified: [PackedConversation] = []
    /// Where the next entry must start.
    private var place: Int64 = 0

    private static let windowBytes: Int64 = 4 * 1024 * 1024

    /// Begins with an archive of so many bytes; its name is for errors.
    ///
    /// - Throws: `ArchiveError`.
    public init(
        archive: String,
        size: Int64,
        limits: ArchiveLimits = ArchiveLimits()
    ) throws(ArchiveError) {
        self.archive = archive
        self.size = size
        self.limits = limits
        reader = try ArchiveReader(
            archive: archive,
            size: size,
            expected: nil,
            limits: limits
        )
        needs = reader.needs
    }

    /// Takes the bytes of the range that is needed, and gives the events that are complete by them to `visit`, in the order of their keys.
    ///
    /// - Throws: `ArchiveError`, naming archive and entry, or what `visit` throws.
    public mutating func provide(
        _ bytes: [UInt8],
        visit: (StoreRow) throws -> Void = { _ in }
    ) throws {
        guard let range = needs else { return }
        guard bytes.count == range.count else {
            throw ArchiveError(.corrupt, "the archive is shorter than it was", archive: archive)
        }
        window = Stretch(start: range.lowerBound, bytes: bytes[...])
        needs = nil
        do {
            try proceed(visit)
        } catch let error as ArchiveError {
            throw error.naming(archive: archive, entry: reader.entryName)
        }
    }

    private mutating func proceed(_ visit: (StoreRow) throws -> Void) throws {
        while result == nil {
            guard let range = reader.needs else {
                try finishEntry(visit)
                continue
            }
            guard let part = window?.part(range) else {
                needs = widened(range)
                return
            }
            try reader.provide(part.bytes)
        }
    }

    /// Entries follow one another: what comes next is fetched with what is needed.
    private func widened(_ range: Range<Int64>) -> Range<Int64> {
        guard let directory = reader.directory else { return range }
        let end = min(range.lowerBound + Self.windowBytes, directory.start)
        return range.lowerBound..<max(range.upperBound, end)
    }

    private mutating func finishEntry(_ visit: (StoreRow) throws -> Void) throws {
        guard let index else { return try finishIndex() }
        let expected = index[verified.count]
        guard let manifest = reader.directory?.manifest else { return }
        var tally = ConversationTally()
        try reader.forEachRow { row in
            do throws(ArchiveError) {
                if let event = ArchivedEvent(row) { try tally.add(event, on: manifest.day) }
            } catch {
                throw ArchiveError(.corrupt, error.message)
            }
            try visit(row)
        }
        // Bytes and SHA-256 were compared by the reader.
        guard
            let packed = tally.packed(byteCount: expected.byteCount, sha256: expected.sha256),
            packed.summary == expected
        else {
            throw ArchiveError(.corrupt, "not what the index says")
        }
        try follow(try reader.extent())
        verified.append(packed)
        try next()
    }

    private mutating func finishIndex() throws {
        guard let manifest = reader.directory?.manifest else { return }
        var bytes: [UInt8] = []
        try reader.forEachPiece { bytes.append(contentsOf: $0) }
        guard SHA256.hash(data: bytes).hexadecimal == manifest.indexSHA256 else {
            throw ArchiveError(.corrupt, "another index than the manifest says")
        }
        let index = try ArchiveIndex.decode(bytes, conversationsMax: limits.conversationsMax)
        let events = index.reduce(0) { $0 &+ $1.count }
        guard index.count == manifest.conversations, events == manifest.events else {
            throw ArchiveError(.corrupt, "an index of another length than the manifest says")
        }
        self.index = index
        indexExtent = try reader.extent()
        try next()
    }

    /// Goes on to the next conversation; after the last, checks that nothing lies where nothing should.
    private mutating func next() throws(ArchiveError) {
        guard let index, let directory = reader.directory else { return }
        guard verified.count == index.count else {
            let expected = index[verified.count]
            reader = try ArchiveReader(
                archive: archive,
                size: size,
                expected: expected,
                directory: directory,
                limits: limits
            )
            return
        }
        try follow(indexExtent)
        let manifest = try directory.entry(ArchiveFormat.manifest)
        guard manifest.start == place else {
            throw ArchiveError(.corrupt, "a gap before the manifest")
        }
        result = VerifiedArchive(manifest: directory.manifest, conversations: verified)
    }

    private mutating func follow(_ extent: Range<Int64>) throws(ArchiveError) {
        guard extent.lowerBound == place else {
            throw ArchiveError(.corrupt, "an entry that overlaps another, or a gap before it")
        }
        place = extent.upperBound
    }
}
