import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Testing

@testable import Web

/// Clients that read an answer slowly, or not at all.
@Suite(.timeLimit(.minutes(1))) struct StallTests {
    @Test func aClientThatStopsReadingIsClosed() async throws {
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let router = WebRouter.make()
        router.get("/endless") { _, _ in
            let body = ResponseBody { writer in
                defer { end.yield() }
                while true {
                    try await writer.write(ByteBuffer(repeating: 0, count: 128 * 1024))
                }
            }
            return Response(status: .ok, body: body)
        }
        var limits = WebServer.Limits()
        limits.stallTimeout = .milliseconds(100)
        try await LoopbackServer.run(router, limits: limits) { server in
            let request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)/endless")
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            #expect(response.status.code == 200)
            // Nobody reads the body, and what makes it ends all the same.
            _ = await ended.first { true }
            withExtendedLifetime(response) {}
        }
    }

    @Test func aLargeAnswerThatIsReadComesWhole() async throws {
        let count = 64 * 1024 * 1024
        let router = WebRouter.make()
        router.get("/large") { _, _ in
            let body = ByteBuffer(repeating: 7, count: count)
            return Response(status: .ok, body: ResponseBody(byteBuffer: body))
        }
        try await LoopbackServer.run(router) { server in
            let request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)/large")
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            var read = 0
            for try await part in response.body { read += part.readableBytes }
            #expect(read == count)
        }
    }

    @Test func whoReadsSlowlyHasNotStopped() {
        var watch = StallWatch()
        // An answer is written in pieces: more may wait at the first look than when the connection was full.
        let verdicts = [5000, 4999, 4000, 4000].map { watch.hasStalled(waiting: $0) }
        #expect(verdicts == [false, false, false, true])
    }
}
