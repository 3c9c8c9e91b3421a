import Logging
import Testing

@testable import Blobs

/// Listings by servers that fail or lie.
@Suite struct S3ListingFaultTests {
    private func store(_ server: FaultyS3Server, _ pacing: TestPacing) throws -> S3BlobStore {
        S3BlobStore(
            location: try S3Location("s3://bucket/p?endpoint=http://127.0.0.1:\(server.port)"),
            credentials: FaultyS3Server.credentials,
            clock: FixedClock(),
            settings: S3Settings(),
            logger: Logger(label: "blobs-tests"),
            pacing: pacing.pacing
        )
    }

    private static func page(_ keys: [String], next: String? = nil) -> String {
        let contents = keys.map { "<Contents><Key>\($0)</Key><Size>1</Size></Contents>" }
        let token = next.map { "<NextContinuationToken>\($0)</NextContinuationToken>" } ?? ""
        return "<ListBucketResult><IsTruncated>\(next != nil)</IsTruncated>"
            + contents.joined() + token + "</ListBucketResult>"
    }

    @Test func pagesAreJoinedAndForeignNamesPassedOver() async throws {
        let server = try await FaultyS3Server(
            object: [],
            [
                .answer(200, Self.page(["p/a", "p/b c", "p/c"], next: "t1&amp;2")),
                .answer(500), .answer(200, "<garbage"),
                .answer(200, Self.page([], next: "t2")), .answer(200, Self.page(["p/d", "p/e/"])),
            ]
        )
        let found = try await store(server, TestPacing()).list("", after: nil, limit: 5_000)
        #expect(found.map(\.key.description) == ["a", "c", "d"])
        #expect(server.seen.count == 5)
        #expect(server.seen[0].uri == "/bucket?list-type=2&max-keys=1000&prefix=p%2F")
        #expect(
            server.seen[1].uri
                == "/bucket?continuation-token=t1%262&list-type=2&max-keys=1000&prefix=p%2F"
        )
    }

    @Test func aListingGoesOnAfterAKey() async throws {
        let server = try await FaultyS3Server(object: [], [.answer(200, Self.page(["p/x/b"]))])
        let store = try store(server, TestPacing())
        let found = try await store.list("x/", after: BlobKey("x/a"), limit: 7)
        #expect(found.map(\.key.description) == ["x/b"])
        #expect(
            server.seen[0].uri
                == "/bucket?list-type=2&max-keys=7&prefix=p%2Fx%2F&start-after=p%2Fx%2Fa"
        )
    }

    @Test(arguments: [
        "", "text", "<Other/>", page(["p/b", "p/a"]), page(["p/a", "p/a"]), page(["q/a"]),
        page(["p"]),
        "<ListBucketResult><Contents><Key>p/a</Key></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>p/a</Key><Size>-1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<!DOCTYPE x [<!ENTITY a \"aa\">]><ListBucketResult>&a;</ListBucketResult>",
        page((0..<1001).map { "p/a\(1000 + $0)" }),
    ])
    func aListingThatIsNoneIsDamaged(_ text: String) async throws {
        let acts = Array(repeating: FaultyS3Server.Act.answer(200, text), count: 10)
        let server = try await FaultyS3Server(object: [], acts)
        let store = try store(server, TestPacing())
        await expectError(.damaged) { () throws(BlobError) in
            try await store.list("", after: nil, limit: 1000)
        }
        #expect(server.seen.count == 6)
    }

    @Test func aListingWithoutEndIsDamaged() async throws {
        // The same token for ever; new tokens and nothing else; the same keys again.
        let endless: [[String]] = [
            (0..<300).map { _ in Self.page([], next: "t") },
            (0..<300).map { Self.page([], next: "t\($0)") },
            (0..<300).map { Self.page(["p/a"], next: "t\($0)") },
        ]
        for pages in endless {
            let server = try await FaultyS3Server(object: [], pages.map { .answer(200, $0) })
            let store = try store(server, TestPacing())
            await expectError(.damaged) { () throws(BlobError) in
                try await store.list("", after: nil, limit: 1000)
            }
            #expect(server.seen.count < 200)
        }
    }
}
