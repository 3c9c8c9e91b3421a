import AsyncHTTPClient
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import TestKit
import Web

/// A router that is served on a loopback port for as long as a test's body runs.
struct LoopbackServer: Sendable {
    let port: Int
    private let client: HTTPClient
    private let group: ServiceGroup

    /// An answer, read to its end.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: Data

        func header(_ name: String) -> String? { headers.first(name: name) }

        var text: String { String(decoding: body, as: UTF8.self) }

        var object: [String: Any] {
            (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:]
        }

        func string(_ name: String) -> String? { object[name] as? String }

        /// The code of a problem document.
        var problem: String? {
            header("Content-Type") == "application/problem+json" ? string("code") : nil
        }
    }

    /// How a request's body goes out.
    enum Body: Sendable {
        case none
        case text(String)
        case bytes([UInt8])
        /// In pieces, its length not said in advance.
        case chunked([String])
    }

    /// Serves, runs `body`, and stops.
    static func run<Result: Sendable>(
        _ router: Router<BasicRequestContext>,
        limits: WebServer.Limits = .init(),
        logger: Logger = LogCapture().logger,
        _ body: (LoopbackServer) async throws -> Result
    ) async throws -> Result {
        let (ports, found) = AsyncStream<Int>.makeStream()
        let server = WebServer(
            router: router,
            host: "127.0.0.1",
            port: 0,
            limits: limits,
            logger: logger,
            onListening: { found.yield($0) }
        )
        let group = ServiceGroup(services: [server], logger: LogCapture().logger)
        let running = Task {
            defer { found.finish() }
            try await group.run()
        }
        guard let port = await ports.first(where: { _ in true }) else {
            try await running.value
            throw HarnessError("the server ended without having listened")
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(Self(port: port, client: client, group: group)))
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        await group.triggerGracefulShutdown()
        try await running.value
        return try result.get()
    }

    /// Begins a graceful shutdown, which otherwise comes after the test's body.
    func beginShutdown() async {
        await group.triggerGracefulShutdown()
    }

    func send(
        _ method: String,
        _ path: String,
        _ body: Body = .none,
        headers: [(String, String)] = [],
        token: String? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        switch body {
        case .none: break
        case .text(let text): request.body = .bytes(ByteBuffer(string: text))
        case .bytes(let bytes): request.body = .bytes(ByteBuffer(bytes: bytes))
        case .chunked(let parts):
            let (stream, continuation) = AsyncStream<ByteBuffer>.makeStream()
            for part in parts { continuation.yield(ByteBuffer(string: part)) }
            continuation.finish()
            request.body = .stream(stream, length: .unknown)
        }
        let response = try await client.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers,
            body: Data(bytes.readableBytesView)
        )
    }

    /// Posts a JSON text.
    func post(_ path: String, _ json: String, token: String? = nil) async throws -> Answer {
        try await send(
            "POST",
            path,
            .text(json),
            headers: [("Content-Type", "application/json")],
            token: token
        )
    }
}
