import Blobs
import Conversations
import Events
import Logging
import Stores
import Testing

@testable import Archives

/// A hot store, its twin that never archives anything, and a blob store.
struct ArchiverWorld {
    let folder: TemporaryFolder
    let store: any HotStore
    let twin: any HotStore
    let blobs: any BlobStore
    var settings = ArchiverWorld.settings
    var script = Script()

    static let firstDay = ArchiveDay(number: 20_000)
    static let logger = Logger(label: "archives-tests") { _ in SwiftLogNoOpLogHandler() }

    /// So small that everything has to be done in several steps.
    static var settings: ArchiverSettings {
        var settings = ArchiverSettings()
        settings.afterDays = 3
        settings.shards = 3
        settings.newestKept = 2
        settings.conversationsMax = 2
        settings.eventsPerConversationMax = 6
        settings.rowsPerStep = 3
        settings.restPerWork = 0
        return settings
    }

    init(blobs: (any BlobStore)? = nil, store location: String? = nil) throws {
        folder = try TemporaryFolder()
        store = try StoreLocation(location ?? "hot.sqlite", relativeTo: folder.path).open()
        twin = try StoreLocation("twin.sqlite", relativeTo: folder.path).open()
        self.blobs =
            try blobs ?? FolderBlobStore(path: folder.file("blobs"), clock: ArchiverWorld.clock)
    }

    static var clock: FixedClock { FixedClock(time: moment(day: 100)) }

    /// So many days after the first, with what is left of the day.
    static func moment(day: Int64, _ rest: Duration = .zero) -> Timestamp {
        ArchiveDay(number: firstDay.number + day).times.lowerBound + rest
    }

    /// Somebody writes some messages on some days, and changes some of them.
    mutating func write(
        conversations: Int,
        days: Range<Int64>,
        _ random: inout SeededRandom
    ) throws {
        for day in days {
            for number in 1...UInt64(conversations) {
                for place in 0..<Int64.random(in: 0...5, using: &random) {
                    let time = Self.moment(day: day, .seconds(place * 3600))
                    let event = script.post("day \(day), \(place)", with: number, at: time)
                    guard random.next() % 4 == 0 else { continue }
                    script.edit(event, "changed", with: number, at: time + .seconds(60))
                }
            }
        }
        try fold()
    }

    /// Both stores get what the script has.
    mutating func fold() throws {
        let batch = script.take()
        try store.apply(batch)
        try twin.apply(batch)
        // What is not indexed is not dropped.
        while try store.indexTexts(limit: 1000) > 0 {}
    }

    func archiver(
        _ store: (any ArchiverStore)? = nil,
        _ blobs: (any BlobStore)? = nil
    ) -> Archiver {
        Archiver(
            store ?? ArchivedHotStore(store: self.store),
            blobs ?? self.blobs,
            folder: folder.file("archiving"),
            settings: settings,
            logger: Self.logger
        )
    }

    func reader(
        _ blobs: (any BlobStore)? = nil,
        settings: ColdReaderSettings = ArchiverWorld.patient,
        logger: Logger = Self.logger
    ) -> ColdReader {
        ColdReader(blobs ?? self.blobs, settings: settings, clock: Self.clock, logger: logger)
    }

    /// A machine that is busy with other things is no blob store that is away.
    static var patient: ColdReaderSettings {
        var settings = ColdReaderSettings()
        settings.timeout = .seconds(600)
        return settings
    }

    // MARK: What came of it

    /// The archives that the store knows.
    func archives() throws -> [StoredArchive] { try store.archives(after: nil, limit: 10_000) }

    /// All rows of an archive, read from the blob store and verified.
    func rows(of archive: StoredArchive) async throws -> [StoreRow] {
        var rows: [StoreRow] = []
        let key = try BlobKey(archive.key)
        var verification = try ArchiveVerification(archive: archive.key, size: archive.byteCount)
        while let range = verification.needs {
            try verification.provide(try await blobs.get(key, range)) { rows.append($0) }
        }
        #expect(verification.result?.manifest.events == Int(archive.events))
        #expect(verification.result?.manifest.day.number == archive.day)
        return rows
    }

    /// Expects every event to be there once, archived or not, and readable once.
    func expectIntact(
        _ what: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var archived: [String: [StoreRow]] = [:]
        for archive in try archives() { archived[archive.key] = try await rows(of: archive) }
        let keys = archived.values.flatMap { $0.map(\.key) }
        #expect(
            Set(keys).count == keys.count,
            "\(what): archived twice",
            sourceLocation: sourceLocation
        )
        let segments = try store.archivedSegments(after: nil, limit: 10_000)
        let counted = segments.reduce(0) { $0 + Int($1.events) }
        #expect(counted == keys.count, "\(what): another catalogue", sourceLocation: sourceLocation)
        let whole = WholeStore(store) { part in
            (archived[part.archive] ?? []).filter { row in
                row.conversation == part.conversation && part.seqs.contains(row.seq ?? 0)
            }
        }
        #expect(try whole.digests() == twin.digests(), "\(what)", sourceLocation: sourceLocation)
        let reader = reader()
        for number in 1...UInt64(20) {
            let conversation = Script.conversation(with: number)
            let expected = try twin.events(
                in: conversation,
                for: Self.viewer,
                page: PageRequest(.newest, limit: 100)
            )
            let found = try await page(conversation, through: reader)
            let seqs = [found, expected].map { $0?.events.map(\.event.seq) ?? [] }
            #expect(seqs[0] == seqs[1], "\(what): \(number)", sourceLocation: sourceLocation)
            let isEqual = found == expected
            #expect(isEqual, "\(what): \(number)", sourceLocation: sourceLocation)
        }
    }

    static let viewer = Viewer(Script.ada, at: moment(day: 100))

    /// A page as history gives it.
    func page(
        _ conversation: ConversationID,
        through reader: ColdReader,
        _ request: PageRequest = PageRequest(.newest, limit: 100)
    ) async throws -> EventPage? {
        var viewer = Self.viewer
        while true {
            do {
                return try store.events(in: conversation, for: viewer, page: request)
            } catch let error as StoreError where error.code == .archivesNeeded {
                let found = await reader.fetch(error.archivedParts)
                for part in error.archivedParts { viewer.archived[part] = found[part] }
            }
        }
    }

    /// The parts that a page needs.
    func parts(_ number: UInt64) throws -> [ArchivedPart] {
        do {
            _ = try store.events(
                in: Script.conversation(with: number),
                for: Self.viewer,
                page: PageRequest(.newest, limit: 100)
            )
            return []
        } catch let error as StoreError where error.code == .archivesNeeded {
            return error.archivedParts
        }
    }
}

/// Always the same time.
struct FixedClock: WallClock {
    let time: Timestamp

    func now() -> Timestamp { time }
}
