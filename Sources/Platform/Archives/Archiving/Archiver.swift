public import Blobs
import CoreMetrics
public import Events
import Foundation
public import Logging
public import Stores

/// Moves the events of days that are over from a hot store into archives.
///
/// An archive is packed into a file and verified, put into the blob store and read back, noted in the store's catalogue, and only then is
/// what it has dropped from the tables. Each of these steps may be the last: what was not noted is packed again, to the same bytes under the
/// same key, and what was not dropped is dropped by a later run. So whenever the process dies nothing is lost and nothing doubled.
///
/// One archiver at a time works on a store and in a folder. Whatever blocks does so on a queue of its own.
public actor Archiver {
    /// The queue on which it blocks.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// What it keeps to.
    let settings: ArchiverSettings
    private let executor = BlockingExecutor("archiver")
    private let store: any ArchiverStore
    private let blobs: VerifiedBlobs
    private let folder: String
    private let logger: Logger
    private let meters = ArchiverMeters()
    private var isRunning = false
    private var rests: ArchiverRests
    /// Up to this day there is nothing left to do, as far as is known.
    private var doneThrough: ArchiveDay?
    /// What can't be packed; so much at most, so that a mistake of ours is not taken for so many of theirs.
    private var refused: Set<ConversationID> = []

    private static let refusedMax = 1000
    private static let conversationsPerRead = 1000
    /// Longer than a put may take.
    private static let leftoversAge: Duration = .seconds(2 * 86_400)

    /// An archiver that has a folder to itself, for archives that are being made; whatever is in there is removed.
    public init(
        _ store: any HotStore,
        _ blobs: any BlobStore,
        folder: String,
        settings: ArchiverSettings = ArchiverSettings(),
        logger: Logger
    ) {
        self.init(
            ArchivedHotStore(store: store),
            blobs,
            folder: folder,
            settings: settings,
            logger: logger
        )
    }

    init(
        _ store: any ArchiverStore,
        _ blobs: any BlobStore,
        folder: String,
        settings: ArchiverSettings,
        logger: Logger
    ) {
        precondition((1...ArchiverSettings.shardsMax).contains(settings.shards), "no such shards")
        self.store = store
        self.blobs = VerifiedBlobs(blobs)
        self.folder = folder
        self.settings = settings
        rests = ArchiverRests(settings)
        self.logger = logger
    }

    // MARK: Runs

    /// Archives everything that is old enough, day after day, and drops what archives have.
    ///
    /// What is in the store must be all that the log had by `now`. What is not indexed for search yet is dropped on a later day.
    ///
    /// - Throws: `ArchiveError`, `BlobError`, `StoreError` or `CancellationError`; the next run goes on from there.
    @discardableResult
    public func runOnce(now: Timestamp) async throws -> ArchiverReport {
        guard let last = settings.lastDay(at: now), doneThrough.map({ $0 < last }) ?? true else {
            return ArchiverReport()
        }
        try begin()
        defer { isRunning = false }
        do {
            var report = ArchiverReport()
            while let day = try oldestDay(through: last) { report += try await archive(day) }
            report.dropped += try await dropAll()
            doneThrough = last
            return report
        } catch {
            try Task.checkCancellation()
            throw error
        }
    }

    /// Archives a day that is over, with what is left of those before it, whatever its age.
    ///
    /// - Throws: as `runOnce(now:)`.
    @discardableResult
    public func run(day: ArchiveDay) async throws -> ArchiverReport {
        try begin()
        defer { isRunning = false }
        do {
            return try await archive(day)
        } catch {
            try Task.checkCancellation()
            throw error
        }
    }

    private func begin() throws {
        precondition(!isRunning, "an archiver does one thing at a time")
        try clearFolder()
        isRunning = true
    }

    private func clearFolder() throws {
        do {
            let files = FileManager.default
            if files.fileExists(atPath: folder) { try files.removeItem(atPath: folder) }
            try files.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw ArchiveError(.unwritable, "the folder can't be made anew", archive: folder)
        }
    }

    // MARK: What there is to do

    /// The day of the oldest event that is in no archive; `nil` if there is none up to `last`.
    private func oldestDay(through last: ArchiveDay) throws -> ArchiveDay? {
        var oldest: Timestamp?
        try eachArchivable(before: last.times.upperBound) { found in
            oldest = min(oldest ?? found.firstTime, found.firstTime)
        }
        return oldest.map { ArchiveDay(containing: $0) }
    }

    /// The conversations with events up to the end of a day that are in no archive, by shard; some of them if there are many.
    private func conversations(of day: ArchiveDay) throws -> [[ArchivableConversation]] {
        var shards = [[ArchivableConversation]](repeating: [], count: settings.shards)
        try eachArchivable(before: day.times.upperBound) { found in
            let shard = settings.shard(of: found.conversation)
            if shards[shard].count < settings.conversationsMax { shards[shard].append(found) }
        }
        return shards
    }

    private func eachArchivable(
        before end: Timestamp,
        _ body: (ArchivableConversation) -> Void
    ) throws {
        var place: ConversationID?
        repeat {
            try Task.checkCancellation()
            let (found, next) = try store.archivable(
                after: place,
                before: end,
                limit: Self.conversationsPerRead
            )
            for found in found where !refused.contains(found.conversation) { body(found) }
            place = next
        } while place != nil
    }

    // MARK: One day

    private func archive(_ day: ArchiveDay) async throws -> ArchiverReport {
        var report = ArchiverReport()
        while true {
            let shards = try conversations(of: day)
            guard shards.contains(where: { !$0.isEmpty }) else { return report }
            for (shard, conversations) in shards.enumerated() {
                report += try await archive(conversations, of: day, shard)
            }
        }
    }

    /// Makes one archive of conversations of a shard: as much as one takes.
    private func archive(
        _ conversations: [ArchivableConversation],
        of day: ArchiveDay,
        _ shard: Int
    ) async throws -> ArchiverReport {
        guard let packed = try pack(conversations, of: day, shard) else { return ArchiverReport() }
        defer { try? FileManager.default.removeItem(atPath: packed.path) }
        try verify(packed)
        try await blobs.put(packed)
        try Task.checkCancellation()
        try store.record(packed.stored, packed.segments)
        meters.archives.increment()
        meters.events.increment(by: packed.manifest.events)
        meters.bytes.increment(by: packed.byteCount)
        logger.notice(
            "archived",
            metadata: [
                "archive": "\(packed.key)", "conversations": "\(packed.conversations.count)",
                "events": "\(packed.manifest.events)", "bytes": "\(packed.byteCount)",
            ]
        )
        var report = ArchiverReport()
        report.archives = 1
        report.events = packed.manifest.events
        for conversation in packed.conversations {
            report.dropped += try await drop(conversation.summary.conversation)
        }
        return report
    }

    private func verify(_ packed: PackedArchive) throws {
        let verified = try ArchiveVerification.verify(
            path: packed.path,
            sha256: packed.sha256
        ) { _ in
            try Task.checkCancellation()
        }
        guard verified.isEqual(to: packed) else {
            throw ArchiveError(.corrupt, "not what was packed", archive: packed.path)
        }
    }

    // MARK: Packing

    /// Packs conversations; one that can't be is left out, now and later.
    private func pack(
        _ conversations: [ArchivableConversation],
        of day: ArchiveDay,
        _ shard: Int
    ) throws -> PackedArchive? {
        while true {
            var packing = ArchivePacking(store: store, settings: settings, day: day)
            do {
                return try packing.pack(
                    conversations.filter { !refused.contains($0.conversation) },
                    into: ArchiveWriter(
                        path: "\(folder)/\(day)-\(shard).zip",
                        day: day,
                        shard: shard,
                        shardCount: settings.shards
                    )
                )
            } catch let error as ArchiveError
                where error.code == .invalidRows || error.code == .tooLarge
            {
                guard let conversation = packing.current, refused.count < Self.refusedMax else {
                    throw error
                }
                refused.insert(conversation)
                meters.refused.increment()
                logger.error(
                    "a conversation can't be archived and stays in the hot store: \(error)",
                    metadata: ["conversation": "\(conversation)"]
                )
            }
        }
    }

    // MARK: Dropping

    /// Drops what archives have of a conversation, but for its newest events.
    private func drop(_ conversation: ConversationID) async throws -> Int {
        var total = 0
        while true {
            try Task.checkCancellation()
            let start = ContinuousClock.now
            let count = try store.dropArchived(
                of: conversation,
                keeping: settings.newestKept,
                limit: settings.rowsPerStep
            )
            total += count
            meters.dropped.increment(by: count)
            if let rest = rests.due(after: start.duration(to: .now)) {
                try await Task.sleep(for: rest)
            }
            if count < settings.rowsPerStep { return total }
        }
    }

    /// Drops what archives have of every conversation: what was kept as its newest, and what a run that died did not get to.
    private func dropAll() async throws -> Int {
        var total = 0
        var place: (conversation: ConversationID, seq: Int64)?
        while let next = try store.archivedSegments(after: place, limit: 1).first?.conversation {
            total += try await drop(next)
            place = (next, .max)
        }
        await blobs.removeLeftovers(olderThan: Self.leftoversAge, logger)
        return total
    }
}
