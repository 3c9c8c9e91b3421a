import Blobs
import Conversations
import Events
import Foundation
import Stores
import Synchronization
import Testing

@testable import Archives

@Suite struct ColdReaderTests {
    /// A world of some conversations in one archive.
    private func world(
        conversations: Int = 4,
        events: Int = 6,
        text: (inout SeededRandom) -> String = { _ in "text" }
    ) async throws -> ArchiverWorld {
        var random = SeededRandom(state: 1)
        var world = try ArchiverWorld()
        world.settings.shards = 1
        world.settings.newestKept = 0
        world.settings.conversationsMax = 10_000
        world.settings.eventsPerConversationMax = 10_000
        world.settings.rowsPerStep = 500
        for number in 1...UInt64(conversations) {
            for place in 1...Int64(events) {
                let time = ArchiverWorld.moment(day: 0, .seconds(place))
                world.script.post(text(&random), with: number, at: time)
            }
        }
        try world.fold()
        try await world.archiver().run(day: ArchiverWorld.firstDay)
        #expect(try world.archives().count == 1)
        return world
    }

    /// One part of each conversation.
    private func parts(_ world: ArchiverWorld, _ conversations: Int = 4) throws -> [ArchivedPart] {
        try (1...UInt64(conversations)).flatMap { try world.parts($0) }
    }

    private func rows(_ parts: ArchivedParts, _ part: ArchivedPart) -> [StoreRow]? {
        if case .rows(let rows)? = parts[part] { rows } else { nil }
    }

    private func reason(_ parts: ArchivedParts, _ part: ArchivedPart) -> MissingEvents.Reason? {
        if case .unreadable(let reason)? = parts[part] { reason } else { nil }
    }

    // MARK: What it costs

    @Test func aSmallArchiveIsReadOnceForEverything() async throws {
        let world = try await world()
        let blobs = ProbedBlobs(world.blobs)
        let reader = world.reader(blobs)
        let parts = try parts(world)
        #expect(parts.count == 4)
        let found = await reader.fetch(parts + parts)
        #expect(found.count == 4)
        for part in parts {
            #expect(rows(found, part)?.compactMap(\.seq) == Array(1...6))
            #expect(rows(found, part)?.allSatisfy { $0.conversation == part.conversation } == true)
        }
        #expect(blobs.counts[.info] == 1)
        #expect(blobs.counts.ranges.count == 1)
        blobs.counts.reset()
        #expect(await reader.fetch(parts).count == 4)
        #expect(blobs.counts[.info] == 0)
        #expect(blobs.counts.ranges.isEmpty)
    }

    @Test func whenEnoughIsInHandNoMoreIsBegun() async throws {
        let world = try await world(conversations: 40)
        let parts = try parts(world, 40)
        let reader = world.reader()
        let one = try #require(rows(await reader.fetch([parts[0]]), parts[0]))
        let weight = one.reduce(0) { $0 + $1.byteCost }
        let some = await world.reader().fetch(parts, bytesMax: 3 * weight)
        #expect((3...3 + ColdReaderSettings().partsAtOnceMax).contains(some.count))
        // What is kept weighs as much.
        #expect(await reader.fetch(parts).count == 40)
        let kept = await reader.fetch(parts, bytesMax: 3 * weight)
        #expect((3...4).contains(kept.count))
    }

    @Test func aLargeArchiveCostsItsDirectoryOnceAndARangeForEachConversation() async throws {
        // Texts that do not compress.
        let world = try await world(conversations: 400, events: 12) { random in
            (0..<12).map { _ in String(random.next(), radix: 36) }.joined(separator: " ")
        }
        let size = try #require(try world.archives().first?.byteCount)
        #expect(size > 500_000)
        let blobs = ProbedBlobs(world.blobs)
        let reader = world.reader(blobs)
        let parts = try parts(world, 20)
        let found = await reader.fetch(parts)
        #expect(parts.allSatisfy { rows(found, $0)?.count == 12 })
        #expect(blobs.counts[.info] == 1)
        // The tail with the directory, and twenty entries.
        #expect(blobs.counts.ranges.count <= 22)
        #expect(blobs.counts.bytes < size / 2)
        blobs.counts.reset()
        let next = try world.parts(21)
        #expect(await rows(reader.fetch(next), next[0])?.count == 12)
        #expect(blobs.counts.ranges.count == 1)
        #expect(blobs.counts[.info] == 0)
    }

    @Test func onlySoManyPartsAreReadAtATime() async throws {
        let world = try await world(conversations: 400, events: 12) { random in
            (0..<12).map { _ in String(random.next(), radix: 36) }.joined(separator: " ")
        }
        let running = Mutex((now: 0, most: 0))
        var blobs = ProbedBlobs(world.blobs)
        blobs.before = { (call, _) throws(BlobError) in
            guard call == .get else { return }
            running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            for _ in 0..<50 { await Task.yield() }
        }
        blobs.after = { (call, _) throws(BlobError) in
            if call == .get { running.withLock { $0.now -= 1 } }
        }
        var settings = ArchiverWorld.patient
        settings.partsAtOnceMax = 3
        let parts = try parts(world, 40)
        let found = await world.reader(blobs, settings: settings).fetch(parts)
        #expect(parts.allSatisfy { rows(found, $0)?.count == 12 })
        #expect(running.withLock { $0.most } <= 3)
    }

    @Test func whatManyAskForAtOnceIsReadOnce() async throws {
        let world = try await world()
        let blobs = ProbedBlobs(world.blobs)
        let reader = world.reader(blobs)
        let parts = try parts(world)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<30 {
                group.addTask {
                    let found = await reader.fetch(parts)
                    #expect(parts.allSatisfy { rows(found, $0)?.count == 6 })
                }
            }
        }
        #expect(blobs.counts[.info] == 1)
        #expect(blobs.counts.ranges.count == 1)
    }

    @Test func anEntryThatIsKeptKeepsNothingElseOfItsArchive() async throws {
        for conversations in [4, 400] {
            let world = try await world(conversations: conversations, events: 12) { random in
                (0..<12).map { _ in String(random.next(), radix: 36) }.joined(separator: " ")
            }
            let size = try #require(try world.archives().first?.byteCount)
            let blobs = ProbedBlobs(world.blobs)
            var settings = ArchiverWorld.patient
            settings.directoryBytesMax = 0
            settings.rowBytesMax = 0
            let reader = world.reader(blobs, settings: settings)
            let parts = try world.parts(1)
            #expect(await rows(reader.fetch(parts), parts[0])?.count == 12)
            #expect(blobs.counts.ranges.count == (conversations == 4 ? 1 : 2))
            blobs.counts.reset()
            #expect(await rows(reader.fetch(parts), parts[0])?.count == 12)
            // The directory, which was not kept; of a large archive not the entry.
            #expect(blobs.counts[.info] == 1)
            #expect(blobs.counts.ranges.map(\.upperBound) == [size])
        }
    }

    // MARK: What can't be read

    @Test func theStoreIsOpenedWhenItIsNeededAndAgainIfItCouldNotBe() async throws {
        let world = try await world()
        let parts = try parts(world)
        let blobs = world.blobs
        let opened = Mutex(0)
        let reader = ColdReader(
            opening: { () async throws(BlobError) in
                let count = opened.withLock { count in
                    count += 1
                    return count
                }
                // That is no archive that is gone.
                if count == 1 { throw BlobError(.notFound, "no folder") }
                return blobs
            },
            settings: ArchiverWorld.patient,
            clock: ArchiverWorld.clock,
            logger: ArchiverWorld.logger
        )
        #expect(opened.withLock { $0 } == 0)
        #expect(reason(await reader.fetch([parts[0]]), parts[0]) == .unavailable)
        let found = await reader.fetch(parts)
        #expect(parts.allSatisfy { rows(found, $0)?.count == 6 })
        #expect(opened.withLock { $0 } == 2)
    }

    @Test func aStoreThatHangsWhileItIsOpenedIsUnavailableInTime() async throws {
        let world = try await world()
        let parts = try parts(world)
        var settings = ColdReaderSettings()
        settings.timeout = .milliseconds(50)
        let reader = ColdReader(
            opening: { () async throws(BlobError) in
                try? await Task.sleep(for: .seconds(3600))
                throw BlobError(.unavailable, "cancelled")
            },
            settings: settings,
            clock: ArchiverWorld.clock,
            logger: ArchiverWorld.logger
        )
        let found = await reader.fetch(parts)
        #expect(parts.allSatisfy { reason(found, $0) == .unavailable })
    }

    @Test func anArchiveThatIsGoneDamagedOrNewerIsCorrupt() async throws {
        let world = try await world()
        let archive = try #require(try world.archives().first)
        let key = try BlobKey(archive.key)
        let parts = try parts(world)
        let bytes = try await world.blobs.get(key)
        var wrong: [[UInt8]] = [[], [1, 2, 3], Array(bytes.dropLast(40))]
        for place in [bytes.count / 3, bytes.count - 30] {
            var damaged = bytes
            for offset in 0..<12 { damaged[place + offset] ^= 0x55 }
            wrong.append(damaged)
        }
        for bytes in wrong {
            try await world.blobs.put(.bytes(bytes), at: key)
            let found = await world.reader().fetch(parts)
            #expect(parts.contains { reason(found, $0) == .corrupt })
            #expect(parts.allSatisfy { reason(found, $0) != .unavailable })
            // What is still whole is what it was.
            #expect(parts.allSatisfy { rows(found, $0)?.count ?? 6 == 6 })
        }
        try await world.blobs.remove(key)
        let found = await world.reader().fetch(parts)
        #expect(parts.allSatisfy { reason(found, $0) == .corrupt })
        let error = await #expect(throws: archiveError(.corrupt)) {
            try await world.reader().rows(of: parts[0])
        }
        #expect(error?.archive == archive.key)
        // Names that are no keys come from a catalogue that is damaged.
        let odd = ArchivedPart(
            archive: "../\u{0}",
            conversation: parts[0].conversation,
            seqs: parts[0].seqs
        )
        #expect(reason(await world.reader().fetch([odd]), odd) == .corrupt)
    }

    @Test(arguments: [4, 400])
    func aDamagedArchiveIsReadAgainWhenItIsPutBack(conversations: Int) async throws {
        // Texts that do not compress.
        let world = try await world(conversations: conversations, events: 12) { random in
            (0..<12).map { _ in String(random.next(), radix: 36) }.joined(separator: " ")
        }
        let parts = try parts(world)
        let key = try BlobKey(parts[0].archive)
        let bytes = try await world.blobs.get(key)
        // Of a small archive all of it is kept, of a large one the entry.
        let blobs = ProbedBlobs(world.blobs)
        #expect(await rows(world.reader(blobs).fetch([parts[0]]), parts[0])?.count == 12)
        let kept = try #require(blobs.counts.ranges.last)
        var damaged = bytes
        for offset in 0..<12 { damaged[Int(kept.lowerBound) + kept.count / 3 + offset] ^= 0x55 }
        try await world.blobs.put(.bytes(damaged), at: key)
        let reader = world.reader()
        for _ in 0..<2 {
            let found = await reader.fetch(parts)
            #expect(parts.contains { reason(found, $0) == .corrupt })
        }
        try await world.blobs.put(.bytes(bytes), at: key)
        let found = await reader.fetch(parts)
        #expect(parts.allSatisfy { rows(found, $0)?.count == 12 })
    }

    @Test func anArchiveThatBecomesShorterIsCorrupt() async throws {
        let world = try await world(conversations: 400, events: 12) { random in
            (0..<12).map { _ in String(random.next(), radix: 36) }.joined(separator: " ")
        }
        let reader = world.reader()
        let parts = try parts(world, 400).sorted { $0.conversation < $1.conversation }
        #expect(rows(await reader.fetch([parts[0]]), parts[0])?.count == 12)
        let key = try BlobKey(parts[0].archive)
        let bytes = try await world.blobs.get(key, 0..<1000)
        try await world.blobs.put(.bytes(bytes), at: key)
        #expect(reason(await reader.fetch([parts[399]]), parts[399]) == .corrupt)
        // What was read is still what it was.
        #expect(rows(await reader.fetch([parts[0]]), parts[0])?.count == 12)
    }

    @Test func aBlobStoreThatIsAwayIsUnavailableAndThenReadAgain() async throws {
        let world = try await world()
        let parts = try parts(world)
        let isAway = Mutex(true)
        var blobs = ProbedBlobs(world.blobs)
        blobs.before = { (_, _) throws(BlobError) in
            if isAway.withLock({ $0 }) { throw BlobError(.unavailable, "away") }
        }
        let reader = world.reader(blobs)
        let found = await reader.fetch(parts)
        #expect(parts.allSatisfy { reason(found, $0) == .unavailable })
        isAway.withLock { $0 = false }
        let later = await reader.fetch(parts)
        #expect(parts.allSatisfy { rows(later, $0)?.count == 6 })
        // The folder is gone: that is the store, and not the archive.
        try FileManager.default.removeItem(atPath: world.folder.file("blobs"))
        let gone = await world.reader().fetch(parts)
        #expect(parts.allSatisfy { reason(gone, $0) == .unavailable })
    }

    @Test func aBlobStoreThatHangsIsUnavailableInTime() async throws {
        let world = try await world()
        let parts = try parts(world)
        var blobs = ProbedBlobs(world.blobs)
        blobs.before = { (_, _) throws(BlobError) in
            do { try await Task.sleep(for: .seconds(3600)) } catch {
                throw BlobError(.unavailable, "cancelled")
            }
        }
        var settings = ColdReaderSettings()
        settings.timeout = .milliseconds(50)
        let found = await world.reader(blobs, settings: settings).fetch(parts)
        #expect(parts.allSatisfy { reason(found, $0) == .unavailable })
        // Who asked has gone away.
        let reader = world.reader(blobs)
        let asking = Task { await reader.fetch(parts) }
        asking.cancel()
        let left = await asking.value
        #expect(parts.allSatisfy { reason(left, $0) == .unavailable })
    }

    @Test func whatCanNotBeReadIsLoggedOnceAMinute() async throws {
        let world = try await world()
        let parts = try parts(world)
        let archive = try #require(try world.archives().first)
        try await world.blobs.remove(BlobKey(archive.key))
        let lines = LoggedLines()
        let reader = world.reader(logger: lines.logger)
        for _ in 0..<3 { _ = await reader.fetch(parts) }
        #expect(lines.errors.count == 1)
        #expect(lines.errors.first?.contains(archive.key) == true)
        #expect(lines.errors.first?.contains("blob_not_found") == true)
        var complaints = Complaints()
        let start = Timestamp(milliseconds: 0)
        let times: [Int64] = [0, 1, 59, 60, 61, 30, 200]
        var due: [Bool] = []
        for time in times { due.append(complaints.isDue(about: "a", at: start + .seconds(time))) }
        // A clock that goes back silences nothing.
        #expect(due == [true, false, false, true, false, true, true])
        let isOtherDue = complaints.isDue(about: "b", at: start + .seconds(200))
        #expect(isOtherDue)
    }

    @Test func aPageSaysWhatIsMissing() async throws {
        var random = SeededRandom(state: 21)
        var world = try ArchiverWorld()
        try world.write(conversations: 3, days: 0..<4, &random)
        try await world.archiver().runOnce(now: ArchiverWorld.moment(day: 20))
        let part = try #require(try world.parts(1).last)
        try await world.blobs.put(.bytes([0]), at: BlobKey(part.archive))
        let conversation = Script.conversation(with: 1)
        let page = try #require(try await world.page(conversation, through: world.reader()))
        #expect(page.missing.map(\.seqs) == [part.seqs])
        #expect(page.missing.map(\.reason) == [.corrupt])
        let whole = try world.twin.events(
            in: conversation,
            for: ArchiverWorld.viewer,
            page: PageRequest(.newest, limit: 100)
        )
        #expect(
            page.events == whole?.events.filter { !part.seqs.contains(Int64($0.event.seq)) }
        )
    }
}
