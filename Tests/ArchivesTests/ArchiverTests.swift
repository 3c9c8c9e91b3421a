import Blobs
import Events
import Logging
import ServerSupport
import Stores
import Synchronization
import Testing

@testable import Archives

@Suite struct ArchiverTests {
    private func now(_ day: Int64) -> Timestamp { ArchiverWorld.moment(day: day, .seconds(3600)) }

    @Test(arguments: UInt64(1)...3)
    func whatIsOldEnoughIsArchivedAndStaysReadable(seed: UInt64) async throws {
        var random = SeededRandom(state: seed)
        var world = try ArchiverWorld()
        try world.write(conversations: 7, days: 0..<5, &random)
        let report = try await world.archiver().runOnce(now: now(5))
        // Days 0, 1 and 2 are three days old or older.
        #expect(report.archives > 0)
        let archives = try world.archives()
        #expect(archives.map { Int($0.events) }.reduce(0, +) == report.events)
        #expect(Set(archives.map(\.day)) == [20_000, 20_001, 20_002], "seed \(seed)")
        #expect(Set(archives.map(\.shard)).isSubset(of: [0, 1, 2]))
        let left = try world.store.digest(of: .events).rows
        let all = try world.twin.digest(of: .events).rows
        #expect(left == all - report.dropped, "seed \(seed)")
        #expect(report.dropped > 0)
        try await world.expectIntact("seed \(seed)")
    }

    @Test func everyStoreCanBeArchived() async throws {
        var random = SeededRandom(state: 5)
        let url = try await PostgresServer.shared().createDatabase()
        var world = try ArchiverWorld(store: url)
        try world.write(conversations: 6, days: 0..<4, &random)
        try await world.archiver().runOnce(now: now(6))
        try world.write(conversations: 6, days: 4..<7, &random)
        try await world.archiver().runOnce(now: now(9))
        try await world.expectIntact()
        #expect(try world.archives().count > 7)
    }

    @Test func theSameEventsGiveTheSameArchives() async throws {
        var keys: [[String]] = []
        for _ in 1...2 {
            var random = SeededRandom(state: 6)
            var world = try ArchiverWorld()
            try world.write(conversations: 5, days: 0..<3, &random)
            try await world.archiver().runOnce(now: now(10))
            keys.append(try world.archives().map(\.key))
        }
        #expect(keys[0] == keys[1])
        #expect(keys[0].count > 3)
    }

    @Test func whatWasKeptAsNewestAndWhatCameLateGoesWithALaterRun() async throws {
        var world = try ArchiverWorld()
        for day in 0..<Int64(3) {
            world.script.post("text", with: 1, at: ArchiverWorld.moment(day: day))
        }
        try world.fold()
        let archiver = world.archiver()
        var report = try await archiver.runOnce(now: now(7))
        #expect(report == ArchiverReport(archives: 3, events: 3, dropped: 1))
        // Nothing is looked for again on the same day.
        #expect(try await archiver.runOnce(now: now(7)) == ArchiverReport())
        // Of a day that was archived long ago, and with it one of another conversation.
        world.script.post("late", with: 1, at: ArchiverWorld.moment(day: 2))
        world.script.post("late", with: 2, at: ArchiverWorld.moment(day: 1))
        try world.fold()
        report = try await archiver.runOnce(now: now(8))
        #expect(report == ArchiverReport(archives: 2, events: 2, dropped: 1))
        #expect(try world.archives().map(\.day) == [20_000, 20_001, 20_001, 20_002, 20_002])
        try await world.expectIntact()
        // What has become newest elsewhere: these were kept, and nothing new is archived.
        for day in 8..<Int64(10) {
            world.script.post("new", with: 1, at: ArchiverWorld.moment(day: day))
        }
        try world.fold()
        report = try await archiver.runOnce(now: now(9))
        #expect(report == ArchiverReport(archives: 0, events: 0, dropped: 2))
        try await world.expectIntact()
    }

    @Test func aDayCanBeArchivedByItself() async throws {
        var world = try ArchiverWorld()
        for day in 0..<Int64(4) {
            world.script.post("text", with: 1, at: ArchiverWorld.moment(day: day))
        }
        try world.fold()
        let report = try await world.archiver().run(day: ArchiveDay(number: 20_002))
        #expect(report == ArchiverReport(archives: 1, events: 3, dropped: 2))
        #expect(try world.archives().map(\.day) == [20_002])
        try await world.expectIntact()
    }

    @Test func aConversationThatCanNotBeArchivedHoldsUpNoOther() async throws {
        var random = SeededRandom(state: 8)
        var world = try ArchiverWorld()
        world.settings.shards = 1
        world.settings.conversationsMax = 100
        try world.write(conversations: 5, days: 0..<3, &random)
        world.script.post("text", with: 3, at: ArchiverWorld.moment(day: 2, .seconds(80_000)))
        try world.fold()
        var store = ProbedStore(world.store)
        store.change = { conversation, rows in
            guard conversation == Script.conversation(with: 3) else { return rows }
            // Times that fall.
            return rows.reversed()
        }
        try await world.archiver(store).runOnce(now: now(10))
        let segments = try world.store.archivedSegments(after: nil, limit: 1000)
        #expect(Set(segments.map(\.conversation)).count == 4)
        #expect(!segments.contains { $0.conversation == Script.conversation(with: 3) })
        try await world.expectIntact()
    }

    // MARK: The blob store

    /// A world in which a process has died when an archive was in the blob store and nobody knew.
    private func worldOfAnUnknownBlob() async throws -> ArchiverWorld {
        var world = try ArchiverWorld()
        world.script.post("text", with: 1, at: ArchiverWorld.moment(day: 0))
        try world.fold()
        var dying = ProbedStore(world.store)
        dying.before = { _ in throw Fuse.Burnt() }
        await #expect(throws: Fuse.Burnt.self) {
            try await world.archiver(dying).runOnce(now: now(9))
        }
        #expect(try world.archives().isEmpty)
        return world
    }

    @Test func aBlobThatIsThereIsReadAndNotWrittenAgain() async throws {
        let world = try await worldOfAnUnknownBlob()
        let blobs = ProbedBlobs(world.blobs)
        try await world.archiver(nil, blobs).runOnce(now: now(9))
        #expect(blobs.counts[.put] == 0)
        #expect(blobs.counts[.get] == 1)
        try await world.expectIntact()
    }

    @Test(arguments: [true, false])
    func aBlobOfOtherBytesIsReplaced(hasSameSize: Bool) async throws {
        let world = try await worldOfAnUnknownBlob()
        let blob = try #require(try await world.blobs.list("", after: nil, limit: 10).first)
        let size = hasSameSize ? Int(blob.size) : 9
        try await world.blobs.put(.bytes([UInt8](repeating: 7, count: size)), at: blob.key)
        let blobs = ProbedBlobs(world.blobs)
        try await world.archiver(nil, blobs).runOnce(now: now(9))
        #expect(blobs.counts[.put] == 1)
        try await world.expectIntact()
    }

    @Test(arguments: [BlobError.Code.damaged, .refused, .notFound])
    func aBlobThatCanNotBeReadIsReplaced(code: BlobError.Code) async throws {
        let world = try await worldOfAnUnknownBlob()
        var blobs = ProbedBlobs(world.blobs)
        let counts = blobs.counts
        blobs.before = { (call, _) throws(BlobError) in
            guard call == .get, counts[.put] == 0 else { return }
            throw BlobError(code, "until it is put again")
        }
        try await world.archiver(nil, blobs).runOnce(now: now(9))
        #expect(counts[.put] == 1)
        #expect(try world.archives().count == 1)
        try await world.expectIntact()
    }

    @Test func aBlobThatCanNotBeReadAfterItWasPutIsNotRelied() async throws {
        let world = try await worldOfAnUnknownBlob()
        var blobs = ProbedBlobs(world.blobs)
        blobs.before = { (call, _) throws(BlobError) in
            if call == .get { throw BlobError(.damaged, "for ever") }
        }
        await #expect(throws: BlobError(.damaged, "")) {
            try await world.archiver(nil, blobs).runOnce(now: now(9))
        }
        #expect(blobs.counts[.put] == 1)
        #expect(try world.archives().isEmpty)
    }

    @Test func cancellingWhileABlobIsReadPutsNothing() async throws {
        let world = try await worldOfAnUnknownBlob()
        var blobs = ProbedBlobs(world.blobs)
        let gets = blobs.hang(at: .get)
        let archiver = world.archiver(nil, blobs)
        let run = Task { try await archiver.runOnce(now: now(9)) }
        for await _ in gets { break }
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        #expect(blobs.counts[.put] == 0)
    }

    @Test func whatComesBackOtherwiseIsNotRelied() async throws {
        var world = try ArchiverWorld()
        world.script.post("text", with: 1, at: ArchiverWorld.moment(day: 0))
        try world.fold()
        var blobs = ProbedBlobs(world.blobs)
        blobs.change = { bytes, _ in
            var bytes = bytes
            bytes[bytes.count / 2] ^= 1
            return bytes
        }
        await #expect(throws: archiveError(.corrupt)) {
            try await world.archiver(nil, blobs).runOnce(now: now(9))
        }
        #expect(try world.archives().isEmpty)
        #expect(try world.store.digest(of: .events).rows == 1)
    }

    @Test func whileTheBlobStoreIsFullEverythingStaysAndLaterItGoesOn() async throws {
        var random = SeededRandom(state: 11)
        var world = try ArchiverWorld()
        try world.write(conversations: 4, days: 0..<3, &random)
        let isFull = Mutex(true)
        var blobs = ProbedBlobs(world.blobs)
        blobs.before = { (call, _) throws(BlobError) in
            guard call == .put, isFull.withLock({ $0 }) else { return }
            throw BlobError(.full, "no room")
        }
        let states = Mutex<[String]>([])
        let loop = ArchiverLoop(
            world.archiver(nil, blobs),
            clock: FixedClock(time: now(9)),
            caughtUp: { now(9) },
            logger: ArchiverWorld.logger,
            onState: { state in states.withLock { $0.append(state) } }
        )
        var retries = ArchiverRetries(world.settings)
        var wait = Duration.zero
        wait = await loop.turn(&retries)
        #expect(wait == .seconds(1))
        wait = await loop.turn(&retries)
        #expect(wait == .seconds(2))
        #expect(try world.archives().isEmpty)
        #expect(
            try world.store.digest(of: .events) == world.twin.digest(of: .events)
        )
        isFull.withLock { $0 = false }
        wait = await loop.turn(&retries)
        #expect(wait == world.settings.interval)
        #expect(
            states.withLock { $0 } == ["blobs_full; trying again", "blobs_full; trying again", ""]
        )
        try await world.expectIntact()
        #expect(try !world.archives().isEmpty)
    }

    @Test func nothingIsArchivedBeforeTheStoreHasCaughtUp() async throws {
        var random = SeededRandom(state: 12)
        var world = try ArchiverWorld()
        try world.write(conversations: 3, days: 0..<6, &random)
        let moment = Mutex<Timestamp?>(nil)
        let loop = ArchiverLoop(
            world.archiver(),
            clock: FixedClock(time: now(50)),
            caughtUp: { moment.withLock { $0 } },
            logger: ArchiverWorld.logger
        )
        var retries = ArchiverRetries(world.settings)
        var wait = Duration.zero
        wait = await loop.turn(&retries)
        #expect(wait == ArchiverLoop.catchUpWait)
        #expect(try world.archives().isEmpty)
        // Of day 4 the store may have half only.
        moment.withLock { $0 = now(4) }
        wait = await loop.turn(&retries)
        #expect(wait == world.settings.interval)
        #expect(try Set(world.archives().map(\.day)) == [20_000, 20_001])
        moment.withLock { $0 = now(50) }
        wait = await loop.turn(&retries)
        #expect(wait == world.settings.interval)
        #expect(try Set(world.archives().map(\.day)).count == 6)
        try await world.expectIntact()
    }

    @Test func cancellingEndsARunAndTheNextGoesOn() async throws {
        var random = SeededRandom(state: 13)
        var world = try ArchiverWorld()
        try world.write(conversations: 4, days: 0..<3, &random)
        var blobs = ProbedBlobs(world.blobs)
        let puts = blobs.hang(at: .put)
        let archiver = world.archiver(nil, blobs)
        let run = Task { try await archiver.runOnce(now: now(9)) }
        for await _ in puts { break }
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        try await world.archiver().runOnce(now: now(9))
        try await world.expectIntact()
    }

    @Test func compressingEndsWhenItsTaskIsCancelled() async throws {
        let folder = try TemporaryFolder()
        let rows = Samples.messages(2000, in: Samples.conversation(1))
        let packing = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try Samples.pack(rows, at: folder.file("a.zip"))
        }
        await #expect(throws: archiveError(.unwritable)) { try await packing.value }
    }
}

extension ArchiverReport {
    fileprivate init(archives: Int, events: Int, dropped: Int) {
        self.init()
        self.archives = archives
        self.events = events
        self.dropped = dropped
    }
}
