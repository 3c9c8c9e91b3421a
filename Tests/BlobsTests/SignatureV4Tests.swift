import Events
import Foundation
import NIOHTTP1
import ServerSupport
import Testing

@testable import Blobs

/// Our signatures against those of others.
@Suite struct SignatureV4Tests {
    private static let signer = SignatureV4(
        credentials: S3Credentials(
            accessKeyID: "AKIAIOSFODNN7EXAMPLE",
            secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        ),
        region: "us-east-1"
    )

    /// 2013-05-24 00:00:00 UTC.
    private static let time = Timestamp(milliseconds: 1_369_353_600_000)

    private func authorization(of request: S3Request) -> String {
        let headers = Self.signer.headers(
            for: request,
            host: "examplebucket.s3.amazonaws.com",
            at: Self.time
        )
        return headers.first { $0.name == "authorization" }?.value ?? ""
    }

    // The four examples of "Authenticating Requests: Using the Authorization Header", Amazon S3 API Reference.

    @Test func theExampleOfReadingAnObject() {
        var request = S3Request(method: .GET, path: "/test.txt")
        request.headers = [("range", "bytes=0-9")]
        #expect(
            authorization(of: request)
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        )
    }

    @Test func theExampleOfPuttingAnObject() {
        var request = S3Request(method: .PUT, path: "/test$file.text")
        request.headers = [
            ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ]
        request.body = Array("Welcome to Amazon S3.".utf8)
        let signature = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        #expect(authorization(of: request).hasSuffix("Signature=\(signature)"))
    }

    @Test func theExampleOfAParameterWithoutAValue() {
        let request = S3Request(method: .GET, path: "/", query: [("lifecycle", "")])
        let signature = "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        #expect(authorization(of: request).hasSuffix("Signature=\(signature)"))
    }

    @Test func theExampleOfAListing() {
        let request = S3Request(
            method: .GET,
            path: "/",
            query: [("prefix", "J"), ("max-keys", "2")]
        )
        let signature = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        #expect(authorization(of: request).hasSuffix("Signature=\(signature)"))
    }

    /// What botocore signs for the same requests.
    private static let referee = """
        import json, sys
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
        from hashlib import sha256

        for line in open(sys.argv[1]):
            asked = json.loads(line)
            key = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", asked["token"] or None)
            auth = S3SigV4Auth(key, "s3", asked["region"])
            request = AWSRequest(asked["method"], asked["url"], data=asked["body"].encode())
            for name, value in asked["headers"].items():
                request.headers[name] = value
            request.context["timestamp"] = asked["time"]
            request.headers["x-amz-content-sha256"] = sha256(asked["body"].encode()).hexdigest()
            request.headers["x-amz-date"] = asked["time"]
            if asked["token"]:
                request.headers["x-amz-security-token"] = asked["token"]
            canonical = auth.canonical_request(request)
            print(auth.signature(auth.string_to_sign(request, canonical), request))
        """

    private struct Asked: Encodable {
        let method: String
        let url: String
        let headers: [String: String]
        let body: String
        let region: String
        let time: String
        /// Empty: none.
        let token: String
    }

    @Test func botocoreSignsTheSame() async throws {
        let seed = UInt64.random(in: 1...999_999_999)
        var random = Chance(seed: seed)
        var asked: [Asked] = []
        var ours: [String] = []
        for _ in 0..<200 {
            let time = Timestamp(
                milliseconds: Int64.random(in: 0...4_000_000_000_000, using: &random)
            )
            let region = random.pick(["us-east-1", "eu-central-1", "a"])
            let token = random.pick(["", "token+/=="])
            let signer = SignatureV4(
                credentials: S3Credentials(
                    accessKeyID: "AKIAIOSFODNN7EXAMPLE",
                    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                    sessionToken: token.isEmpty ? nil : token
                ),
                region: region
            )
            let request = random.request()
            let host = random.pick(["bucket.s3.amazonaws.com", "127.0.0.1:5000"])
            let headers = signer.headers(for: request, host: host, at: time)
            let authorization = headers.first { $0.name == "authorization" }?.value ?? ""
            ours.append(String(authorization.suffix(64)))
            asked.append(
                Asked(
                    method: request.method.rawValue,
                    url: "http://\(host)\(request.target)",
                    headers: Dictionary(uniqueKeysWithValues: request.headers.map { ($0, $1) }),
                    body: String(decoding: request.body, as: UTF8.self),
                    region: region,
                    time: S3Dates.compact(time),
                    token: token
                )
            )
        }
        let path = NSTemporaryDirectory() + "/martlet-signatures-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let lines = try asked.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
        let output = try await TestServer.run(
            try await S3Server.python(),
            ["-c", Self.referee, path]
        )
        let theirs = output.split(separator: "\n").map(String.init)
        #expect(theirs.count == ours.count)
        for (place, pair) in zip(theirs, ours).enumerated() {
            #expect(pair.0 == pair.1, "seed \(seed), request \(place): \(lines[place])")
        }
    }

    @Test func percentEncodingEscapesAllButWhatIsUnreserved() {
        #expect(PercentEncoding.escape("AZaz09-._~") == "AZaz09-._~")
        #expect(PercentEncoding.escape("a b+c/d=é&") == "a%20b%2Bc%2Fd%3D%C3%A9%26")
        #expect(PercentEncoding.escape("/a b/*", isPath: true) == "/a%20b/%2A")
    }

    @Test func timesAreWrittenAndRead() {
        for (text, milliseconds) in [
            ("2013-05-24T00:00:00Z", 1_369_353_600_000), ("1970-01-01T00:00:00.000Z", 0),
            ("2010-11-10T20:48:33.000Z", 1_289_422_113_000),
        ] as [(String, Int64)] {
            let time = Timestamp(milliseconds: milliseconds)
            #expect(S3Dates.parse(text) == time)
            let compact = text.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
            #expect(S3Dates.compact(time) == compact)
        }
        for text in ["", "2013-05-24", "2013-05-24T00:00:00", "2013-05-2xT00:00:00Z", "x"] {
            #expect(S3Dates.parse(text) == nil, "\(text)")
        }
    }
}

/// Requests by chance.
private struct Chance: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[Int.random(in: 0..<choices.count, using: &self)]
    }

    mutating func text(_ alphabet: String) -> String {
        let characters = Array(alphabet)
        return String((0..<Int.random(in: 1...12, using: &self)).map { _ in pick(characters) })
    }

    mutating func request() -> S3Request {
        // No two slashes together, which botocore and S3 take apart differently from what URLs say.
        var request = S3Request(
            method: pick([.GET, .PUT, .POST, .DELETE, .HEAD]),
            path: "/" + text("abcXYZ019._-") + "/" + text("ab $~+ü=&:") + "/" + text("a-")
        )
        let names = ["uploads", "uploadId", "partNumber", "prefix", "max-keys", "list-type"]
        for name in names where Bool.random(using: &self) {
            request.query.append((name, pick(["", text("ab/+ =&%ü~_-.")])))
        }
        for name in ["range", "content-md5", "content-type"] where Bool.random(using: &self) {
            request.headers.append((name, text("abc=-/")))
        }
        if Bool.random(using: &self) { request.body = Array(text("some body").utf8) }
        return request
    }
}
