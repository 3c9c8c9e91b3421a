import Foundation
import Logging
import NIOHTTP1
import Testing

@testable import Blobs

/// Servers that fail, stall, lie or break off.
@Suite struct S3FaultTests {
    private struct World {
        let server: FaultyS3Server
        let store: S3BlobStore
        let pacing = TestPacing()

        init(
            object: [UInt8] = sampleBytes(1000),
            _ acts: [FaultyS3Server.Act],
            settings: S3Settings? = nil
        ) async throws {
            server = try await FaultyS3Server(object: object, acts)
            store = try S3FaultTests.store(port: server.port, settings, pacing)
        }

        /// What the server was asked.
        var calls: [String] { server.seen.map { "\($0.method.rawValue) \($0.uri)" } }
    }

    private static func store(
        port: Int,
        _ settings: S3Settings?,
        _ pacing: TestPacing
    ) throws -> S3BlobStore {
        // No test waits longer for a server than it must; none fails because the server took longer, as it is asked again.
        var patient = S3Settings()
        patient.idleTimeout = .seconds(30)
        return S3BlobStore(
            location: try S3Location("s3://bucket/p?endpoint=http://127.0.0.1:\(port)"),
            credentials: FaultyS3Server.credentials,
            clock: FixedClock(),
            settings: settings ?? patient,
            logger: Logger(label: "blobs-tests"),
            pacing: pacing.pacing
        )
    }

    /// Gives up on a server that is silent for a moment.
    private static let impatient: S3Settings = {
        var settings = S3Settings()
        settings.idleTimeout = .milliseconds(200)
        settings.requestTimeout = .seconds(2)
        settings.retriesMax = 20
        return settings
    }()

    private let key: BlobKey
    private let range: Range<Int64> = 100..<200

    init() throws {
        key = try BlobKey("blob")
    }

    private static let passing: [FaultyS3Server.Act] = [
        .answer(500), .answer(502), .answer(503), .answer(504), .answer(429),
        .answer(503, "<Error><Code>SlowDown</Code></Error>"),
        .answer(400, "<Error><Code>RequestTimeout</Code></Error>"),
        .answer(500, "<Error><Code>InternalError</Code></Error>"), .answer(500, "<garbage"),
        .answer(409, "<Error><Code>OperationAborted</Code></Error>"), .close, .cutAfter(0),
        .cutAfter(1), .cutAfter(50), .cutAfter(99),
        .lie(["content-range": "bytes 0-99/1000"]), .lie(["content-range": "bytes 100-198/1000"]),
        .lie(["content-range": "bytes 100-299/1000"]), .lie(["content-range": "nonsense"]),
        .lie(["content-range": "bytes 100-199/150"]),
    ]

    @Test(arguments: passing.indices)
    func whatPassesIsTriedAgain(_ place: Int) async throws {
        let act = Self.passing[place]
        let world = try await World([act, act])
        let bytes = try await world.store.get(key, range)
        #expect(bytes == Array(world.server.object[100..<200]), "\(act)")
        #expect(world.server.seen.count == 3, "\(act)")
        #expect(world.pacing.waits == [.milliseconds(200), .milliseconds(400)], "\(act)")
    }

    @Test(arguments: passing.indices)
    func whatDoesNotPassEndsInAClearError(_ place: Int) async throws {
        let act = Self.passing[place]
        let world = try await World(Array(repeating: act, count: 100))
        do {
            let bytes = try await world.store.get(key, range)
            Issue.record("\(act): \(bytes.count) bytes")
        } catch {
            #expect([.unavailable, .damaged].contains(error.code), "\(act): \(error)")
            #expect(error.isRetriable)
        }
        #expect(world.server.seen.count == 6, "\(act)")
    }

    @Test func aServerThatStallsIsAskedAgain() async throws {
        for act in [.stall, .stallAfter(0), .stallAfter(50), .drip] as [FaultyS3Server.Act] {
            let world = try await World([act, act], settings: Self.impatient)
            #expect(try await world.store.get(key) == world.server.object, "\(act)")
            #expect(world.server.seen.count >= 3, "\(act)")
        }
    }

    @Test func aServerThatStallsForEverIsUnavailable() async throws {
        var settings = Self.impatient
        settings.retriesMax = 2
        let world = try await World(Array(repeating: .stall, count: 10), settings: settings)
        await expectError(.unavailable) { () throws(BlobError) in try await world.store.get(key) }
        await expectError(.unavailable) { () throws(BlobError) in try await world.store.info(key) }
        await expectError(.unavailable) { () throws(BlobError) in
            try await world.store.put(.bytes([1]), at: key)
        }
        #expect((3...9).contains(world.server.seen.count))
    }

    @Test func aRequestThatIsSignedWithAnotherKeyIsRefused() async throws {
        let world = try await World([])
        let store = S3BlobStore(
            location: world.store.location,
            credentials: S3Credentials(
                accessKeyID: "AKIATESTTESTTESTTEST",
                secretAccessKey: "another",
                sessionToken: "a-token"
            ),
            clock: FixedClock(),
            settings: S3Settings(),
            logger: Logger(label: "blobs-tests"),
            pacing: world.pacing.pacing
        )
        await expectError(.refused) { () throws(BlobError) in try await store.get(key) }
        await expectError(.refused) { () throws(BlobError) in try await store.info(key) }
        await expectError(.refused) { () throws(BlobError) in
            try await store.put(.bytes([1]), at: key)
        }
        await expectError(.refused) { () throws(BlobError) in
            try await store.list("", after: nil, limit: 1)
        }
        #expect(world.server.seen.count == 4)
    }

    @Test func aServerThatIsAwayIsUnavailable() async throws {
        // Nobody listens there, and no connection can come from there.
        let pacing = TestPacing()
        let store = try Self.store(port: 1, nil, pacing)
        await expectError(.unavailable) { () throws(BlobError) in try await store.get(key) }
        #expect(pacing.waits.count == 5)
    }

    @Test func aWholeBlobThatBreaksOffIsNeverReturned() async throws {
        for act in [
            .cutAfter(500), .cutAfter(999), .close, .lie(["content-length": "1001"]),
            .answer(206, "x"), .answer(204),
        ] as [FaultyS3Server.Act] {
            let world = try await World([act, act], settings: Self.impatient)
            #expect(try await world.store.get(key) == world.server.object, "\(act)")
            #expect(world.server.seen.count >= 3, "\(act)")
        }
    }

    @Test func aServerThatIgnoresRangesIsNotBelieved() async throws {
        let all = String(repeating: "x", count: 1000)
        let world = try await World(Array(repeating: .answer(200, all), count: 10))
        await expectError(.damaged) { () throws(BlobError) in
            try await world.store.get(key, range)
        }
        let short = String(repeating: "x", count: 100)
        let other = try await World(Array(repeating: .answer(200, short), count: 10))
        await expectError(.damaged) { () throws(BlobError) in
            try await other.store.get(key, range)
        }
    }

    @Test func theServerIsLeftAloneForAsLongAsItAsks() async throws {
        let busy = FaultyS3Server.Act.answer(503, headers: ["Retry-After": "7"])
        let world = try await World([busy, busy])
        #expect(try await world.store.get(key, range).count == 100)
        #expect(world.pacing.waits == [.seconds(7), .seconds(7)])
        let forever = FaultyS3Server.Act.answer(503, headers: ["Retry-After": "99999999"])
        let other = try await World([forever])
        await expectError(.unavailable) { () throws(BlobError) in try await other.store.get(key) }
        #expect(other.server.seen.count == 1)
        #expect(other.pacing.waits.isEmpty)
    }

    @Test func waitsAreBoundedInAll() async throws {
        var settings = S3Settings()
        settings.retriesMax = 1000
        settings.totalTimeout = .seconds(60)
        let world = try await World(Array(repeating: .answer(500), count: 2000), settings: settings)
        await expectError(.unavailable) { () throws(BlobError) in try await world.store.get(key) }
        #expect(world.pacing.waits.reduce(.zero, +) < .seconds(60))
        #expect(world.server.seen.count < 20)
    }

    @Test func whatIsFinalIsNotTriedAgain() async throws {
        func error(_ word: String) -> String {
            "<Error><Code>\(word)</Code><Message>secret-message</Message></Error>"
        }
        let finals: [(FaultyS3Server.Act, BlobError.Code, String)] = [
            (.answer(403, error("AccessDenied")), .refused, "AccessDenied"),
            (.answer(403, error("SignatureDoesNotMatch")), .refused, "SignatureDoesNotMatch"),
            (.answer(403, error("RequestTimeTooSkewed")), .refused, "clock"),
            (.answer(403, "garbage"), .refused, "403"), (.answer(401), .refused, "401"),
            (.answer(400, error("ExpiredToken")), .refused, "ExpiredToken"),
            (.answer(404, error("NoSuchKey")), .notFound, "blob"),
            (.answer(404, error("NoSuchBucket")), .invalid, "bucket"),
            (.answer(416, error("InvalidRange")), .invalid, "range"),
            (.answer(507, error("XMinioStorageFull")), .full, "507"),
            (.answer(403, error("QuotaExceeded")), .full, "QuotaExceeded"),
            (.answer(301, headers: ["x-amz-bucket-region": "eu-west-1"]), .invalid, "eu-west-1"),
            (.answer(307, headers: ["location": "http://127.0.0.1:1/"]), .invalid, "region"),
            (.answer(400, error("AuthorizationHeaderMalformed")), .invalid, "region"),
            (.answer(400, error("<b>bold</b>")), .invalid, "400"),
            (.answer(418, error("two words\nand more")), .invalid, "418"),
        ]
        for (act, code, word) in finals {
            let world = try await World([act])
            do {
                _ = try await world.store.get(key, range)
                Issue.record("\(act): no error")
            } catch {
                #expect(error.code == code, "\(act): \(error)")
                #expect(error.message.contains(word), "\(act): \(error)")
                for secret in ["secret", "AKIA", "Signature=", "a-token", "two words", "bold"] {
                    #expect(!error.description.contains(secret), "\(act): \(error)")
                }
            }
            #expect(world.server.seen.count == 1, "\(act)")
        }
    }

    /// What somebody else than S3 says, or S3 without a word.
    private static let vague: [FaultyS3Server.Act] = [
        .answer(404), .answer(404, "<<<"), .answer(404, "404 page not found"),
        .answer(404, "<Error><Code>NoSuchThing</Code></Error>"),
    ]

    @Test(arguments: vague.indices)
    func aVagueAnswerMeansAMissingBlobOnlyIfTheBucketIsThere(_ place: Int) async throws {
        let act = Self.vague[place]
        for range in [nil, range] {
            let world = try await World([act])
            await expectError(.notFound, "\(act)") { () throws(BlobError) in
                try await world.store.get(key, range)
            }
            #expect(world.calls == ["GET /bucket/p/blob", "HEAD /bucket"])
            let gone = try await World([act, .answer(404)])
            await expectError(.unavailable, "\(act)") { () throws(BlobError) in
                try await gone.store.get(key, range)
            }
            let closed = try await World([act, .answer(403)])
            await expectError(.refused, "\(act)") { () throws(BlobError) in
                try await closed.store.get(key, range)
            }
        }
        let world = try await World([act])
        try await world.store.remove(key)
        #expect(world.calls == ["DELETE /bucket/p/blob", "HEAD /bucket"])
        let gone = try await World([act, .answer(404)])
        await expectError(.unavailable, "\(act)") { () throws(BlobError) in
            try await gone.store.remove(key)
        }
    }

    @Test func whatIsNoReadOfABlobNeverMissesOne() async throws {
        let world = try await World(Array(repeating: .answer(404), count: 3))
        await expectError(.unavailable) { () throws(BlobError) in
            try await world.store.put(.bytes([1]), at: key)
        }
        await expectError(.unavailable) { () throws(BlobError) in
            try await world.store.list("", after: nil, limit: 1)
        }
        await expectError(.unavailable) { () throws(BlobError) in
            try await world.store.removeLeftovers(olderThan: .seconds(1))
        }
        #expect(world.server.seen.count == 3)
    }

    @Test func aBucketThatVanishesIsNoticed() async throws {
        let world = try await World([.serve, .answer(404), .answer(404), .answer(404), .serve])
        #expect(try await world.store.info(key)?.size == 1000)
        await expectError(.invalid) { () throws(BlobError) in try await world.store.info(key) }
        // It is there again, without the blob.
        #expect(try await world.store.info(key) == nil)
        let (blob, bucket) = ("HEAD /bucket/p/blob", "HEAD /bucket")
        #expect(world.calls == [blob, blob, bucket, blob, bucket])
    }

    @Test func answersAreBoundedInSize() async throws {
        let long = String(repeating: "x", count: 1_000_000)
        let world = try await World([.answer(403, long), .answer(200, long)])
        await expectError(.refused) { () throws(BlobError) in try await world.store.get(key) }
        await expectError(.damaged) { () throws(BlobError) in
            try await world.store.get(key, range)
        }
        let listing = "<ListBucketResult>" + String(repeating: "x", count: 9 << 20)
        let other = try await World([.answer(200, listing)])
        await expectError(.damaged) { () throws(BlobError) in
            try await other.store.list("", after: nil, limit: 10)
        }
        #expect(other.server.seen.count == 1)
    }

    @Test func aPutIsRepeatedWithTheSameBody() async throws {
        let world = try await World([
            .answer(500), .close, .answer(400, "<Error><Code>BadDigest</Code></Error>"),
        ])
        try await world.store.put(.bytes(Array("hello".utf8)), at: key)
        #expect(world.server.seen.count == 4)
        for seen in world.server.seen {
            #expect(seen.method == .PUT)
            #expect(seen.uri == "/bucket/p/blob")
            #expect(seen.body == Array("hello".utf8))
            #expect(seen.headers.first(name: "content-md5") == "XUFAKrxLKna5cZ2REBfFkg==")
            #expect(seen.headers.first(name: "x-amz-security-token") == "a-token")
        }
    }

    @Test func aPutThatTheServerFindsDamagedIsDamaged() async throws {
        let bad = FaultyS3Server.Act.answer(400, "<Error><Code>BadDigest</Code></Error>")
        let world = try await World(Array(repeating: bad, count: 10))
        await expectError(.damaged) { () throws(BlobError) in
            try await world.store.put(.bytes([1]), at: key)
        }
    }

    @Test func aCancelledCallEnds() async throws {
        let world = try await World(Array(repeating: .stall, count: 100))
        let call = Task { [store = world.store, key] in try await store.get(key) }
        while world.server.seen.isEmpty { await Task.yield() }
        call.cancel()
        do {
            _ = try await call.value
            Issue.record("no error")
        } catch {
            #expect(error as? BlobError == BlobError(.unavailable, ""))
        }
        #expect(world.server.seen.count == 1)
    }
}
