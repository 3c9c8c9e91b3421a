import Events
import Foundation
import Logging
import NIOHTTP1
import ServerSupport
import Testing

@testable import Blobs

/// What only S3 has to do, with a real server.
@Suite struct S3BlobStoreTests {
    private func store(_ url: String, now: Timestamp = FixedClock().time) throws -> any BlobStore {
        try BlobLocation(url).makeStore(
            environment: S3Server.environment,
            clock: FixedClock(time: now),
            logger: Logger(label: "blobs-tests")
        )
    }

    @Test func aBucketThatIsMissingIsNotAMissingBlob() async throws {
        let server = try await S3Server.shared()
        let store = try store(server.url(bucket: "no-such-bucket"))
        let key = try BlobKey("a")
        await expectError(.invalid) { () throws(BlobError) in try await store.get(key) }
        await expectError(.invalid) { () throws(BlobError) in try await store.info(key) }
        await expectError(.invalid) { () throws(BlobError) in try await store.remove(key) }
        await expectError(.invalid) { () throws(BlobError) in
            try await store.put(.bytes([1]), at: key)
        }
        await expectError(.invalid) { () throws(BlobError) in
            try await store.put(.bytes(sampleBytes(17 << 20)), at: key)
        }
        await expectError(.invalid) { () throws(BlobError) in
            try await store.list("", after: nil, limit: 1)
        }
    }

    @Test func storesWithPrefixesDoNotMeet() async throws {
        let server = try await S3Server.shared()
        let bucket = try await server.createBucket()
        let all = try store(server.url(bucket: bucket))
        let one = try store(server.url(bucket: bucket, prefix: "one"))
        let other = try store(server.url(bucket: bucket, prefix: "one-other/"))
        try await one.put(.bytes([1]), at: BlobKey("a"))
        try await other.put(.bytes([2]), at: BlobKey("a"))
        #expect(try await one.get(BlobKey("a")) == [1])
        #expect(try await one.list("", after: nil, limit: 10).map(\.key.description) == ["a"])
        #expect(
            try await all.list("", after: nil, limit: 10).map(\.key.description)
                == ["one-other/a", "one/a"]
        )
    }

    @Test func uploadsThatWereLeftUnfinishedAreAborted() async throws {
        let server = try await S3Server.shared()
        let bucket = try await server.createBucket()
        guard
            let store = try store(server.url(bucket: bucket, prefix: "mine")) as? S3BlobStore,
            let other = try self.store(server.url(bucket: bucket)) as? S3BlobStore
        else { return }
        for name in ["mine/a", "mine/b", "theirs/a"] {
            var request = other.request(.POST, try BlobKey(name))
            request.query = [("uploads", "")]
            try await other.client.send(request, for: .put, bytesMax: 10_000) { _ in }
        }
        // This server says of every upload that it was begun in November 2010.
        let early = try self.store(
            server.url(bucket: bucket),
            now: Timestamp(milliseconds: 1_000_000_000_000)
        )
        #expect(try await early.removeLeftovers(olderThan: .seconds(1)) == 0)
        #expect(try await store.removeLeftovers(olderThan: .seconds(1)) == 2)
        #expect(try await store.removeLeftovers(olderThan: .seconds(1)) == 0)
        #expect(try await other.removeLeftovers(olderThan: .seconds(1)) == 1)
    }

    @Test func aServerThatComesBackIsUsedAgain() async throws {
        let server = try await S3Server.start()
        let bucket = try await server.createBucket()
        var settings = S3Settings()
        settings.retriesMax = 1
        settings.backOffBase = .milliseconds(1)
        let store = try BlobLocation(server.url(bucket: bucket)).makeStore(
            environment: S3Server.environment,
            clock: FixedClock(),
            settings: settings,
            logger: Logger(label: "blobs-tests")
        )
        let key = try BlobKey("a")
        try await store.put(.bytes([1]), at: key)
        await server.stop()
        await expectError(.unavailable) { () throws(BlobError) in try await store.get(key) }
        // It comes back without its buckets.
        try await server.start()
        await expectError(.invalid) { () throws(BlobError) in try await store.get(key) }
        await server.stop()
    }
}
