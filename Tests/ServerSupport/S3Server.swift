import Foundation

/// An S3 server of a test: moto, which keeps everything in memory and checks no signature.
public final class S3Server: Sendable {
    /// Credentials that it takes, as a process finds them.
    public static let environment = [
        "AWS_ACCESS_KEY_ID": "AKIATESTTESTTESTTEST",
        "AWS_SECRET_ACCESS_KEY": "not+a/secret",
    ]

    /// The process, its port and its folder.
    public let server: TestServer

    private init(_ server: TestServer) {
        self.server = server
    }

    /// Starts a server without buckets.
    ///
    /// - Throws: `ServerError`.
    public static func start() async throws -> S3Server {
        let server = try TestServer(name: "s3")
        let arguments = ["-m", "moto.server", "-H", "127.0.0.1", "-p", "\(server.port)"]
        try await server.start(
            TestServer.Command(executable: try await python(), arguments: arguments)
        )
        return S3Server(server)
    }

    /// The one server that all tests of this process share, started when it is first asked for.
    public static func shared() async throws -> S3Server { try await sharedStart.value }

    private static let sharedStart = Task { try await S3Server.start() }

    /// The interpreter that has moto and botocore, of the environment that the compatibility tests make.
    public static func python() async throws -> String { try await preparation.value }

    private static let preparation = Task {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        let script = tests.appending(path: "CompatTests/Clients/prepare.sh").path
        let output = try await TestServer.run("/bin/bash", [script])
        guard let path = output.split(separator: "\n").last.map(String.init),
            path.hasSuffix("/bin/python")
        else { throw ServerError("the S3 server can't be installed:\n\(output)") }
        return path
    }

    /// The address to give as `endpoint`.
    public var endpoint: String { "http://127.0.0.1:\(server.port)" }

    /// The URL of a place in a bucket of this server, as a setting has it.
    public func url(bucket: String, prefix: String = "") -> String {
        "s3://\(bucket)/\(prefix)?endpoint=\(endpoint)&region=us-east-1&style=path"
    }

    /// Makes a fresh, empty bucket and gives its name.
    public func createBucket() async throws -> String {
        let name = "test-" + UUID().uuidString.lowercased()
        // It must look signed to be for S3.
        let credential = "Credential=AKIATESTTESTTESTTEST/20260101/us-east-1/s3/aws4_request"
        let signature = "AWS4-HMAC-SHA256 \(credential), SignedHeaders=host, Signature=0"
        let arguments = ["-sS", "--fail", "-X", "PUT", "-H", "Authorization: \(signature)"]
        try await TestServer.run("curl", arguments + ["\(endpoint)/\(name)"])
        return name
    }

    /// Stops the server; its buckets are gone.
    public func stop() async { await server.stop() }

    /// Starts a server that was stopped, without buckets.
    public func start() async throws { try await server.start() }
}
