import CoreMetrics
import Events
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceKit
import Synchronization
import TestKit
import Testing

@testable import Web

/// The edge that all services share, over a socket.
@Suite struct WebServerTests {
    private struct Secret: Error {
        let text = "needle"
    }

    private func router() -> Router<BasicRequestContext> {
        let router = WebRouter.make()
        router.get("/hello") { _, _ in "hello" }
        router.get("/throw/{what}") { _, context -> Response in
            switch context.parameters.get("what") {
            case "problem":
                throw Problem(.tooManyRequests, "as it is", retryAfter: .milliseconds(2500))
            case "http": throw HTTPError(.notFound, message: "needle")
            case "teapot": throw HTTPError(.init(code: 418))
            case "server": throw HTTPError(.badGateway, message: "needle")
            case "cancel": throw CancellationError()
            default: throw Secret()
            }
        }
        router.post("/body") { request, _ in
            let body = try await request.jsonBody()
            return Response.json(.ok, "{\"members\":\(body.members.count)}")
        }
        router.refuseOtherMethods("/hello", allowed: [.get])
        return router
    }

    // MARK: Errors

    @Test func everyErrorIsAProblemWithoutItsDetails() async throws {
        let cases = [
            ("problem", 429, "too_many_requests"), ("http", 404, "not_found"),
            ("teapot", 422, "invalid_parameter"), ("server", 500, "internal"),
            ("cancel", 500, "internal"), ("secret", 500, "internal"),
        ]
        let capture = LogCapture()
        try await LoopbackServer.run(router(), logger: capture.logger) { server in
            for (what, status, code) in cases {
                let answer = try await server.send("GET", "/throw/\(what)")
                #expect(answer.status == status, "\(what)")
                #expect(answer.problem == code, "\(what)")
                #expect(!answer.text.contains("needle"), "\(what)")
            }
            let problem = try await server.send("GET", "/throw/problem")
            #expect(problem.header("Retry-After") == "3")
            #expect(problem.string("detail") == "as it is")
        }
        #expect(!capture.text.contains("needle"))
        #expect(capture.text.contains("/throw/{what}"))
    }

    @Test func everyAnswerIsNeitherSniffedNorCached() async throws {
        try await LoopbackServer.run(router()) { server in
            for path in ["/hello", "/throw/secret", "/nowhere"] {
                let answer = try await server.send("GET", path)
                #expect(answer.header("X-Content-Type-Options") == "nosniff", "\(path)")
                #expect(answer.header("Cache-Control") == "no-store", "\(path)")
            }
        }
    }

    @Test func headIsGetWithoutTheBody() async throws {
        try await LoopbackServer.run(router()) { server in
            let get = try await server.send("GET", "/hello")
            let head = try await server.send("HEAD", "/hello")
            #expect(get.text == "hello")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(head.header("Content-Length") == "5")
            #expect(try await server.send("HEAD", "/nowhere").status == 404)
        }
    }

    @Test func aMethodThatNobodyKnowsIsRefused() async throws {
        try await LoopbackServer.run(router()) { server in
            let answer = try await server.send("DELETE", "/hello")
            #expect(answer.problem == "method_not_allowed")
            #expect(answer.header("Allow") == "GET, HEAD")
            let strange = try await server.send("PROPFIND", "/hello")
            #expect((400..<500).contains(strange.status))
        }
    }

    // MARK: Bodies

    private func padded(to count: Int) -> String {
        "{\"a\":\"" + String(repeating: "x", count: count - 8) + "\"}"
    }

    @Test func aBodyHasAtMost256KiB() async throws {
        try await LoopbackServer.run(router()) { server in
            let fits = try await server.send(
                "POST",
                "/body",
                .text(padded(to: Limits.bodyBytesMax))
            )
            #expect(fits.status == 200)
            #expect(fits.text == "{\"members\":1}")
            for count in [Limits.bodyBytesMax + 1, 1 << 20] {
                let answer = try await server.send("POST", "/body", .text(padded(to: count)))
                #expect(answer.status == 413, "\(count)")
                #expect(answer.problem == "body_too_large", "\(count)")
            }
        }
    }

    @Test func aBodyThatDoesNotSayItsLengthIsBoundedToo() async throws {
        let piece = String(repeating: " ", count: 16 * 1024)
        let spaces = Array(repeating: piece, count: 15)
        try await LoopbackServer.run(router()) { server in
            let fits = try await server.send("POST", "/body", .chunked(["{"] + spaces + ["}"]))
            #expect(fits.status == 200)
            let over = ["{"] + spaces + spaces + ["}"]
            let answer = try await server.send("POST", "/body", .chunked(over))
            #expect(answer.status == 413)
            #expect(answer.problem == "body_too_large")
        }
    }

    @Test func aBodyIsJSONOrDoesNotSayWhatItIs() async throws {
        let good = [
            "application/json", "Application/JSON", "application/json; charset=utf-8",
            "application/json ; charset=utf-8",
        ]
        let bad = [
            "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
            "application/jsonp", "application/problem+json", "json", "",
        ]
        try await LoopbackServer.run(router()) { server in
            #expect(try await server.send("POST", "/body", .text("{}")).status == 200)
            for (types, status) in [(good, 200), (bad, 415)] {
                for type in types {
                    let answer = try await server.send(
                        "POST",
                        "/body",
                        .text("{}"),
                        headers: [("Content-Type", type)]
                    )
                    #expect(answer.status == status, "\(type)")
                    if status == 415 { #expect(answer.problem == "unsupported_media_type") }
                }
            }
        }
    }

    @Test func whatIsNoJSONObjectIsRefused() async throws {
        let deep = String(repeating: "{\"a\":", count: 50_000)
        let bodies: [LoopbackServer.Body] = [
            .none, .text("[]"), .text("{"), .text(deep), .bytes([0x7B, 0x22, 0xFF, 0x22, 0x7D]),
            .bytes([]), .bytes([0]), .chunked(["{", "}", "}"]),
        ]
        try await LoopbackServer.run(router()) { server in
            for (number, body) in bodies.enumerated() {
                let answer = try await server.send("POST", "/body", body)
                #expect(answer.status == 422, "\(number)")
                #expect(answer.problem == "invalid_json", "\(number)")
            }
        }
    }

    // MARK: Headers

    @Test func aHeaderBlockIsBounded() async throws {
        try await LoopbackServer.run(router()) { server in
            func status(_ headers: [(String, String)]) async throws -> Int {
                try await server.send("GET", "/hello", headers: headers).status
            }
            let long = String(repeating: "x", count: 12_000)
            let fits = try await status([("X-Long", long)])
            #expect(fits == 200)
            #expect(try await status([("X-Long", long + long)]) == 400)
            #expect(try await status((0..<3).map { ("X-Long-\($0)", long) }) == 400)
            #expect(try await status((0..<50).map { ("X-\($0)", "x") }) == 200)
            #expect(try await status((0..<200).map { ("X-\($0)", "x") }) == 400)
            #expect(try await server.send("GET", "/hello").status == 200)
        }
    }

    @Test func thePathIsBoundedByTheHeaderBlock() async throws {
        try await LoopbackServer.run(router()) { server in
            let long = String(repeating: "x", count: 100_000)
            let answer = try await server.send("GET", "/\(long)")
            #expect((400..<500).contains(answer.status))
            #expect(try await server.send("GET", "/hello").status == 200)
        }
    }
}

/// How a server starts and stops.
@Suite struct WebServerLifeTests {
    @Test func aPortThatIsTakenIsSaidInOneLine() async throws {
        try await LoopbackServer.run(WebRouter.make()) { server in
            let second = WebServer(
                router: WebRouter.make(),
                host: "127.0.0.1",
                port: server.port,
                logger: LogCapture().logger
            )
            do {
                try await second.run()
                Issue.record("two servers listen on one port")
            } catch let failure as WebServer.ListenFailure {
                let words = "cannot listen on 127.0.0.1:\(server.port): the port is taken"
                #expect(failure.description == words)
            }
        }
    }

    @Test func readinessFollowsTheListener() async throws {
        let health = HealthRegistry()
        let (listening, tell) = AsyncStream<Int>.makeStream()
        let server = WebServer(
            router: WebRouter.make(),
            host: "127.0.0.1",
            port: 0,
            health: health,
            logger: LogCapture().logger,
            onListening: { tell.yield($0) }
        )
        #expect(!health.isReady)
        let running = Task { try await server.run() }
        let port = await listening.first { _ in true }
        #expect(port != 0)
        #expect(health.isReady)
        running.cancel()
        _ = await running.result
    }

    @Test func aRequestUnderWayIsAnsweredDuringAShutdown() async throws {
        let gate = Gate()
        let router = WebRouter.make()
        router.get("/slow") { _, _ -> String in
            await gate.enterAndWait()
            return "done"
        }
        try await LoopbackServer.run(router) { server in
            async let slow = server.send("GET", "/slow")
            await gate.waitForEntry()
            await server.beginShutdown()
            gate.open()
            let answer = try await slow
            #expect(answer.status == 200)
            #expect(answer.text == "done")
        }
    }

    /// A door that somebody stands before until it is opened.
    private final class Gate: Sendable {
        private let entered = AsyncStream<Void>.makeStream()
        private let opened = AsyncStream<Void>.makeStream()

        func enterAndWait() async {
            entered.continuation.yield()
            _ = await opened.stream.first { true }
        }

        func waitForEntry() async { _ = await entered.stream.first { true } }

        func open() { opened.continuation.yield() }
    }
}

@Suite struct AdminServerTests {
    private func serve(
        _ health: HealthRegistry,
        _ metrics: MetricsRegistry = MetricsRegistry(),
        _ body: (LoopbackServer) async throws -> Void
    ) async throws {
        let router = AdminServer.router(health: health, metrics: metrics)
        try await LoopbackServer.run(router, body)
    }

    @Test func aProcessThatAnswersIsHealthyWhateverItsConditions() async throws {
        let health = HealthRegistry()
        health.set("log", isMet: false, detail: "not reachable")
        try await serve(health) { server in
            let answer = try await server.send("GET", "/healthz")
            #expect(answer.status == 200)
            #expect(answer.text == "ok\n")
        }
    }

    @Test func itIsReadyWhenEveryConditionHolds() async throws {
        let health = HealthRegistry()
        try await serve(health) { server in
            #expect(try await server.send("GET", "/readyz").status == 200)
            health.set("listener", isMet: true)
            health.set("log", isMet: false, detail: "a \"quote\"\n")
            let away = try await server.send("GET", "/readyz")
            #expect(away.status == 503)
            #expect(away.object["ready"] as? Bool == false)
            let conditions = away.object["conditions"] as? [String: [String: Any]]
            #expect(conditions?["log"]?["ok"] as? Bool == false)
            #expect(conditions?["log"]?["detail"] as? String == "a \"quote\"\n")
            #expect(conditions?["listener"]?["ok"] as? Bool == true)
            health.set("log", isMet: true)
            let back = try await server.send("GET", "/readyz")
            #expect(back.status == 200)
            #expect(back.object["ready"] as? Bool == true)
        }
    }

    @Test func metricsAreShownAsPrometheusReadsThem() async throws {
        let metrics = MetricsRegistry()
        metrics.makeCounter(label: "martlet_tests_total", dimensions: [("kind", "a\"b")])
            .increment(by: 3)
        try await serve(HealthRegistry(), metrics) { server in
            let answer = try await server.send("GET", "/metrics")
            #expect(answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
            #expect(answer.text.contains("# TYPE martlet_tests_total counter\n"))
            #expect(answer.text.contains("martlet_tests_total{kind=\"a\\\"b\"} 3\n"))
        }
    }
}
