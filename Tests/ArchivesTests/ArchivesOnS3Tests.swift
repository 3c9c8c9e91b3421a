import Blobs
import Events
import ServerSupport
import Stores
import Testing

@testable import Archives

/// From a hot store into a bucket of an S3 server, and back onto a page.
@Suite struct ArchivesOnS3Tests {
    private func blobs() async throws -> any BlobStore {
        let server = try await S3Server.shared()
        let location = try BlobLocation(
            server.url(bucket: await server.createBucket(), prefix: "old")
        )
        return try location.makeStore(
            environment: S3Server.environment,
            clock: ArchiverWorld.clock,
            logger: ArchiverWorld.logger
        )
    }

    @Test func daysGoIntoABucketAndPagesComeBack() async throws {
        var random = SeededRandom(state: 31)
        var world = try ArchiverWorld(blobs: await blobs())
        try world.write(conversations: 5, days: 0..<4, &random)
        try await world.archiver().runOnce(now: ArchiverWorld.moment(day: 5))
        try world.write(conversations: 5, days: 5..<7, &random)
        try await world.archiver().runOnce(now: ArchiverWorld.moment(day: 30))
        #expect(try world.archives().count > 8)
        try await world.expectIntact()
    }

    @Test func whatAPageCosts() async throws {
        var random = SeededRandom(state: 32)
        var world = try ArchiverWorld(blobs: await blobs())
        world.settings = ArchiverSettings()
        world.settings.shards = 1
        world.settings.newestKept = 31
        for number in 1...UInt64(1500) {
            for place in 0..<Int64(number <= 20 ? 200 : 2) {
                let text = (0..<8).map { _ in String(random.next(), radix: 36) }
                world.script.post(
                    text.joined(separator: " "),
                    with: number,
                    at: ArchiverWorld.moment(day: 0, .seconds(place))
                )
            }
        }
        try world.fold()
        try await world.archiver().run(day: ArchiverWorld.firstDay)
        let archive = try #require(try world.archives().first)
        let blobs = ProbedBlobs(world.blobs)
        let reader = world.reader(blobs)
        func measure(_ what: String, _ number: UInt64, before seq: Int64) async throws {
            blobs.counts.reset()
            let start = ContinuousClock.now
            let page = try await world.page(
                Script.conversation(with: number),
                through: reader,
                PageRequest(.before(seq), limit: 30)
            )
            let time = start.duration(to: .now)
            #expect(page?.events.count == 30)
            #expect(page?.missing == [])
            print(
                "archive of \(archive.byteCount) bytes on S3, \(what): \(blobs.counts.ranges.count) ranges, "
                    + "\(blobs.counts.bytes) bytes, \(blobs.counts[.info]) sizes, \(time)"
            )
        }
        try await measure("first page of all", 1, before: 100)
        try await measure("next page of it", 1, before: 70)
        for number in UInt64(2)...6 {
            try await measure("first page of another conversation", number, before: 100)
        }
    }
}
