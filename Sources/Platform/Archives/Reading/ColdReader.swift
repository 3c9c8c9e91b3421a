public import Blobs
import CoreMetrics
public import Events
public import Logging
public import Stores
import Synchronization

/// Reads parts of archives out of a blob store, for questions that a hot store alone can't answer.
///
/// An archive never changes: its name says what is in it. So what was read is kept, up to a bound: directories, the last compressed entries, and
/// rows; but not what turns out to be damaged. What several ask for at once is read once.
public final class ColdReader: Sendable {
    private struct Entry: Hashable {
        let archive: String
        let conversation: ConversationID

        init(_ part: ArchivedPart) {
            archive = part.archive
            conversation = part.conversation
        }
    }

    /// The key of the one store.
    private struct Opened: Hashable {}

    private let store: SharedLoads<Opened, any BlobStore>
    private let open: @Sendable () async throws(BlobError) -> any BlobStore
    private let settings: ColdReaderSettings
    private let clock: any WallClock
    private let logger: Logger
    private let meters = ColdReaderMeters()
    private let complaints = Mutex(Complaints())
    private let archives: SharedLoads<String, OpenedArchive>
    private let entries: SharedLoads<Entry, [UInt8]>
    private let rows: SharedLoads<ArchivedPart, [StoreRow]>

    /// A reader that has read nothing yet.
    public convenience init(
        _ blobs: any BlobStore,
        settings: ColdReaderSettings = ColdReaderSettings(),
        clock: any WallClock,
        logger: Logger
    ) {
        self.init(
            opening: { () async throws(BlobError) in blobs },
            settings: settings,
            clock: clock,
            logger: logger
        )
    }

    /// A reader of a store that is opened when something is read, and the next time if it can't be.
    public init(
        opening open: @escaping @Sendable () async throws(BlobError) -> any BlobStore,
        settings: ColdReaderSettings = ColdReaderSettings(),
        clock: any WallClock,
        logger: Logger
    ) {
        self.open = open
        self.settings = settings
        self.clock = clock
        self.logger = logger
        // What weighs up to half of that is kept.
        store = SharedLoads(costMax: 2) { _ in 1 }
        archives = SharedLoads(costMax: settings.directoryBytesMax) { $0.byteCost }
        entries = SharedLoads(costMax: settings.entryBytesMax) { $0.capacity + 128 }
        rows = SharedLoads(costMax: settings.rowBytesMax) { rows in
            rows.reduce(64) { $0 + $1.byteCost }
        }
    }

    /// Reads parts; one that can't be read says why.
    ///
    /// An archive that is damaged, gone or of a newer version is `corrupt`; while the blob store can't be reached or takes too long it is `unavailable`.
    /// Takes as long as `ColdReaderSettings.timeout` at most, and ends soon when the task is cancelled. When rows of about `bytesMax` bytes are in hand it begins with no
    /// other part: those are left out.
    public func fetch(_ parts: [ArchivedPart], bytesMax: Int = .max) async -> ArchivedParts {
        meters.parts.increment(by: parts.count)
        var found = ArchivedParts()
        var bytes = 0
        func take(_ part: ArchivedPart, _ content: ArchivedParts.Content) {
            found[part] = content
            if case .rows(let rows) = content { bytes += rows.reduce(0) { $0 + $1.byteCost } }
        }
        var missing: Set<ArchivedPart> = []
        for part in parts where bytes < bytesMax {
            if let rows = rows.kept(part) {
                meters.hits.increment()
                take(part, .rows(rows))
            } else {
                missing.insert(part)
            }
        }
        guard !missing.isEmpty else { return found }
        let deadline = Deadline(in: settings.timeout)
        await withTaskGroup(of: (ArchivedPart, ArchivedParts.Content).self) { group in
            for (place, part) in missing.enumerated() {
                if place >= settings.partsAtOnceMax, let (part, content) = await group.next() {
                    take(part, content)
                }
                guard bytes < bytesMax else { break }
                group.addTask { (part, await self.content(of: part, by: deadline)) }
            }
            for await (part, content) in group { take(part, content) }
        }
        return found
    }

    /// Reads one part of an archive, for who needs all of them.
    ///
    /// - Throws: `ArchiveError` with the code `corrupt` or `unavailable`, naming the archive.
    public func rows(of part: ArchivedPart) async throws(ArchiveError) -> [StoreRow] {
        switch await fetch([part])[part] {
        case .rows(let rows)?: return rows
        case .unreadable(.corrupt)?:
            throw ArchiveError(.corrupt, "damaged or gone", archive: part.archive)
        case .unreadable, nil:
            throw ArchiveError(.unavailable, "the blob store is away", archive: part.archive)
        }
    }

    private func content(
        of part: ArchivedPart,
        by deadline: Deadline
    ) async -> ArchivedParts.Content {
        do {
            return .rows(
                try await deadline.run {
                    try await self.rows.value(of: part) {
                        try await self.read(part)
                    }
                }
            )
        } catch {
            let failure = ColdFailure(error)
            // Who asked has gone away.
            if Task.isCancelled { return .unreadable(failure.reason) }
            meters.failed(failure.code)
            if complaints.withLock({ $0.isDue(about: part.archive, at: clock.now()) }) {
                logger.error(
                    "an archive can't be read; pages say what is missing",
                    metadata: [
                        "archive": "\(part.archive)", "code": "\(failure.code)",
                        "error": "\(error)",
                    ]
                )
            }
            return .unreadable(failure.reason)
        }
    }

    // MARK: Reading

    /// Reads the rows of a part; keeps nothing that they can't be made of.
    private func read(_ part: ArchivedPart) async throws -> [StoreRow] {
        do {
            return try await decode(part)
        } catch let error as ArchiveError where !error.isRetriable {
            // Checksums come after what they are for was kept. Nobody knows which of it is damaged, and the blob may be put back as it was.
            entries.forget(Entry(part))
            archives.forget(part.archive)
            throw error
        }
    }

    /// Makes the rows of a part: with the archive's directory at hand, its conversation's entry is all that is needed.
    private func decode(_ part: ArchivedPart) async throws -> [StoreRow] {
        let archive = try await self.archive(part.archive)
        var reader = try ArchiveReader(
            archive: part.archive,
            size: archive.size,
            conversation: part.conversation,
            directory: archive.directory
        )
        while let range = reader.needs {
            if let kept = archive.tail.part(range) {
                try reader.provide(kept.bytes)
            } else {
                try reader.provide(try await entry(of: part, range, for: reader))
            }
        }
        return try reader.rows(in: part.seqs)
    }

    /// The entry of a part's conversation as it is compressed, without the directory, which weighs much more than most.
    private func entry(
        of part: ArchivedPart,
        _ range: Range<Int64>,
        for reader: ArchiveReader
    ) async throws -> [UInt8] {
        try await entries.value(of: Entry(part)) {
            let bytes = try await self.read(part.archive, range)
            // What can't be the entry is not kept.
            var reader = reader
            try reader.provide(bytes)
            return bytes
        }
    }

    /// An archive with its directory.
    private func archive(_ name: String) async throws -> OpenedArchive {
        try await archives.value(of: name) {
            let size = try await self.size(of: name)
            var reader = try ArchiveReader(
                archive: name,
                size: size,
                expected: nil,
                limits: ArchiveLimits()
            )
            while let range = reader.needs {
                let bytes = try await self.read(name, range)
                try reader.provide(bytes)
                if let directory = reader.directory {
                    let tail = Stretch(start: range.lowerBound, bytes: bytes[...])
                    return OpenedArchive(size: size, directory: directory, tail: tail)
                }
            }
            throw ArchiveError(.corrupt, "an archive without a directory", archive: name)
        }
    }

    private func size(of archive: String) async throws -> Int64 {
        let key = try Self.key(of: archive)
        guard let info = try await blobs().info(key) else {
            throw BlobError(.notFound, "an archive that the catalogue knows of")
        }
        return info.size
    }

    private func read(_ archive: String, _ range: Range<Int64>) async throws -> [UInt8] {
        let key = try Self.key(of: archive)
        let store = try await blobs()
        let bytes: [UInt8]
        do {
            bytes = try await store.get(key, range)
        } catch  where error.code == .invalid {
            // It is shorter than it was; or it is the store that is not as it should be, which this finds out.
            guard try await size(of: archive) < range.upperBound else { throw error }
            throw ArchiveError(.corrupt, "the archive is shorter than it was", archive: archive)
        }
        meters.ranges.increment()
        meters.bytes.increment(by: bytes.count)
        return bytes
    }

    private func blobs() async throws -> any BlobStore {
        try await store.value(of: Opened()) {
            do throws(BlobError) {
                return try await self.open()
            } catch {
                // That says nothing about any blob.
                guard error.code == .notFound else { throw error }
                throw BlobError(.unavailable, error.message)
            }
        }
    }

    private static func key(of archive: String) throws -> BlobKey {
        do throws(BlobError) {
            return try BlobKey(archive)
        } catch {
            throw ArchiveError(.corrupt, "not the key of a blob", archive: archive)
        }
    }
}
