/// An archive's central directory, read and checked: kept, it saves the next page all ranges but one.
///
/// libzip is shown one entry at a time, as an archive that has no other: of a whole directory it keeps several times as much.
public struct ArchiveDirectory: Sendable {
    /// The archive's name, for errors.
    public let archive: String
    /// How large the archive is.
    public let size: Int64
    /// What the archive says about itself.
    public let manifest: ArchiveManifest
    /// Where the entries end.
    let start: Int64
    private let records: CentralDirectory

    /// How much of what lies before the directory is read with it: the manifest.
    static let manifestBytesMax: Int64 = 1024

    /// Reads a directory that is at hand, with the manifest before it and all that follows.
    init(
        archive: String,
        size: Int64,
        end: ZipEnd,
        loaded: Stretch,
        limits: ArchiveLimits
    ) throws(ArchiveError) {
        try end.requireNoOther(in: loaded)
        self.archive = archive
        self.size = size
        start = end.directory.lowerBound
        guard let directory = loaded.part(end.directory) else {
            throw ArchiveError(.corrupt, "an archive without a directory")
        }
        records = try CentralDirectory(directory)
        guard records.count == Int(end.entries) else {
            throw ArchiveError(.corrupt, "a directory of another length than its end says")
        }
        manifest = try Self.manifest(of: records, start: start, loaded, limits)
        guard manifest.conversations == records.count - 2 else {
            throw ArchiveError(.corrupt, "a manifest of another number of conversations")
        }
    }

    /// About how many bytes of memory it takes, for a cache to count.
    public var byteCost: Int { 1024 + records.byteCost }

    private static func manifest(
        of records: CentralDirectory,
        start: Int64,
        _ loaded: Stretch,
        _ limits: ArchiveLimits
    ) throws(ArchiveError) -> ArchiveManifest {
        let name = ArchiveFormat.manifest
        do {
            guard let record = records.record(of: name) else {
                throw ArchiveError(.corrupt, "an archive without a manifest")
            }
            let zip = try ZipArchive(of: record, at: start)
            let entry = try zip.entry(name)
            let range = try entry.range(before: start, limits)
            guard let stretch = loaded.part(range) else {
                throw ArchiveError(.corrupt, "a manifest that is not the last entry")
            }
            _ = try LocalHeader(of: entry, in: stretch)
            var bytes: [UInt8] = []
            try zip.read(entry, from: stretch) { bytes.append(contentsOf: $0) }
            return try ArchiveManifest(decoding: bytes)
        } catch {
            throw ((error as? ArchiveError) ?? ArchiveError(.corrupt, "\(error)"))
                .naming(archive: nil, entry: name)
        }
    }

    /// What the directory says of an entry.
    ///
    /// - Throws: `ArchiveError` with the code `entryMissing` if there is none of that name.
    func entry(_ name: String) throws(ArchiveError) -> ZipEntry {
        try archive(of: name).entry(name)
    }

    private func archive(of name: String) throws(ArchiveError) -> ZipArchive {
        guard let record = records.record(of: name) else {
            throw ArchiveError(.entryMissing, "there is no such entry")
        }
        return try ZipArchive(of: record, at: start)
    }

    /// Decompresses an entry that is at hand, in pieces.
    func read(
        _ entry: ZipEntry,
        from stretch: Stretch,
        _ piece: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try archive(of: entry.name).read(entry, from: stretch, piece)
    }
}

extension ZipEntry {
    /// More than this, deflate can't make of a byte (RFC 1951: 258 bytes of two bits).
    private static let ratioMax: Int64 = 1032

    /// Where the entry lies, by what the directory says; perhaps a few bytes more.
    ///
    /// - Throws: `ArchiveError` if that can't be, or is beyond the limits.
    func range(
        before directory: Int64,
        _ limits: ArchiveLimits
    ) throws(ArchiveError) -> Range<Int64> {
        let sizeMax =
            name == ArchiveFormat.index || name == ArchiveFormat.manifest
            ? limits.indexBytesMax : limits.entryBytesMax
        guard size <= sizeMax, compressedSize <= limits.compressedBytesMax else {
            throw ArchiveError(.tooLarge, "an entry of \(size) bytes")
        }
        // Ours hold at least a line.
        guard size > 0, compressedSize > 0, size / Self.ratioMax <= compressedSize else {
            throw ArchiveError(.corrupt, "an entry of an impossible size")
        }
        let end = start + LocalHeader.bytesMin + Int64(name.utf8.count) + compressedSize
        guard end <= directory else {
            throw ArchiveError(.corrupt, "an entry that reaches into the directory")
        }
        return start..<min(end + LocalHeader.extraBytes, directory)
    }
}
