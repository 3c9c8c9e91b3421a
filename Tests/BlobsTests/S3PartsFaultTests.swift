import Logging
import NIOHTTP1
import Testing

@testable import Blobs

/// Uploads in parts to servers that fail.
@Suite struct S3PartsFaultTests {
    private static let begun =
        "<InitiateMultipartUploadResult><UploadId>u&amp;1</UploadId></InitiateMultipartUploadResult>"
    private static let done = "<CompleteMultipartUploadResult/>"
    private static let lost = "<Error><Code>NoSuchUpload</Code></Error>"

    private let bytes = sampleBytes(2500)

    private func put(_ server: FaultyS3Server) async throws(BlobError) {
        // One part after the other, so that the server's acts are for the requests that they are meant for.
        var settings = S3Settings()
        settings.singlePutBytesMax = 1000
        settings.partBytes = 1000
        settings.partsAtOnce = 1
        let store = S3BlobStore(
            location: try S3Location("s3://bucket?endpoint=http://127.0.0.1:\(server.port)"),
            credentials: FaultyS3Server.credentials,
            clock: FixedClock(),
            settings: settings,
            logger: Logger(label: "blobs-tests"),
            pacing: TestPacing().pacing
        )
        try await store.put(.bytes(bytes), at: BlobKey("k"))
    }

    private func calls(_ server: FaultyS3Server) -> [String] {
        server.seen.map { "\($0.method.rawValue) \($0.uri.dropFirst("/bucket/k".count))" }
    }

    private static let parts = (1...3).map { "PUT ?partNumber=\($0)&uploadId=u%261" }
    private static let complete = "POST ?uploadId=u%261"
    private static let abort = "DELETE ?uploadId=u%261"

    @Test func aBlobIsPutInPartsAndCompleted() async throws {
        let server = try await FaultyS3Server(
            object: [],
            [.answer(200, Self.begun), .serve, .serve, .serve, .answer(200, Self.done)]
        )
        try await put(server)
        #expect(calls(server) == ["POST ?uploads="] + Self.parts + [Self.complete])
        #expect(server.seen[1...3].flatMap(\.body) == bytes)
        let list = String(decoding: server.seen[4].body, as: UTF8.self)
        for number in 1...3 {
            let part = "<PartNumber>\(number)</PartNumber><ETag>&quot;tag&quot;</ETag>"
            #expect(list.contains(part))
        }
    }

    @Test func aPartThatFailsIsSentAgain() async throws {
        let server = try await FaultyS3Server(
            object: [],
            [
                .answer(503), .answer(200, "garbage"), .answer(200, Self.begun), .serve, .close,
                .answer(500), .serve, .answer(200, "", headers: ["content-length": "0"]), .serve,
                .answer(200, "<Error><Code>InternalError</Code></Error>"), .answer(200, "half <"),
                .answer(200, Self.done),
            ]
        )
        try await put(server)
        #expect(
            calls(server)
                == Array(repeating: "POST ?uploads=", count: 3) + [Self.parts[0]]
                + Array(repeating: Self.parts[1], count: 3)
                + Array(repeating: Self.parts[2], count: 2)
                + Array(repeating: Self.complete, count: 3)
        )
    }

    @Test func anUploadThatFailsIsAborted() async throws {
        let refused = FaultyS3Server.Act.answer(403, "<Error><Code>AccessDenied</Code></Error>")
        for place in 1...4 {
            var acts: [FaultyS3Server.Act] = [.answer(200, Self.begun)]
            acts += Array(repeating: .serve, count: place - 1) + [refused]
            let server = try await FaultyS3Server(object: [], acts)
            await expectError(.refused) { () throws(BlobError) in try await put(server) }
            #expect(calls(server).last == Self.abort)
            #expect(server.seen.count == place + 2)
        }
    }

    @Test func anUploadThatIsLostIsMadeOnceMore() async throws {
        let parts: [FaultyS3Server.Act] = [.answer(200, Self.begun), .serve, .serve, .serve]
        // Completed, but the answer was lost; asked again, the server knows of no upload.
        let lost: [FaultyS3Server.Act] = parts + [.close, .answer(404, Self.lost), .serve]
        let server = try await FaultyS3Server(
            object: [],
            lost + parts + [.answer(200, Self.done)]
        )
        try await put(server)
        let other = try await FaultyS3Server(object: [], lost + lost)
        await expectError(.unavailable) { () throws(BlobError) in try await put(other) }
        #expect(calls(other).count { $0 == "POST ?uploads=" } == 2)
    }

    @Test func aCancelledUploadIsAborted() async throws {
        let server = try await FaultyS3Server(object: [], [.answer(200, Self.begun), .stall])
        let call = Task { try await put(server) }
        while server.seen.count < 2 { await Task.yield() }
        call.cancel()
        let result = await call.result
        #expect(throws: BlobError(.unavailable, "")) { try result.get() }
        #expect(calls(server).last == Self.abort)
    }

    private static let overloaded = Array(repeating: FaultyS3Server.Act.answer(503), count: 10)

    @Test func aCancelledUploadIsAbortedOnceAndOtherwiseLeft() async throws {
        let server = try await FaultyS3Server(
            object: [],
            [.answer(200, Self.begun), .stall] + Self.overloaded
        )
        let call = Task { try await put(server) }
        while server.seen.count < 2 { await Task.yield() }
        call.cancel()
        let result = await call.result
        #expect(throws: BlobError(.unavailable, "")) { try result.get() }
        #expect(calls(server).count { $0 == Self.abort } == 1)
    }

    @Test func whoIsCancelledWhileAnUploadIsAbortedWaitsNoLonger() async throws {
        let server = try await FaultyS3Server(
            object: [],
            [.answer(200, Self.begun), .answer(403), .stall] + Self.overloaded
        )
        let call = Task { try await put(server) }
        while server.seen.count < 3 { await Task.yield() }
        call.cancel()
        let result = await call.result
        #expect(throws: BlobError(.refused, "")) { try result.get() }
        #expect(calls(server).count { $0 == Self.abort } == 1)
    }
}
