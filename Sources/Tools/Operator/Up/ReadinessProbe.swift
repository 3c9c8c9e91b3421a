import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Asks a service's `/readyz`.
struct ReadinessProbe: Sendable {
    /// What came back.
    enum Answer: Hashable, Sendable {
        /// Every condition holds.
        case ready
        /// It answers, but some condition does not hold; what it says.
        case notReady(String)
        /// It does not answer.
        case silent
    }

    private let ask: @Sendable (Int) async -> Answer

    /// A probe that asks over HTTP on loopback.
    init() {
        ask = Self.askOverHTTP
    }

    /// A probe that asks `body`.
    init(_ body: @escaping @Sendable (Int) async -> Answer) {
        ask = body
    }

    /// What the service with this admin port says.
    func answer(adminPort: Int) async -> Answer { await ask(adminPort) }

    @Sendable
    private static func askOverHTTP(_ port: Int) async -> Answer {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/readyz")
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(2))
            let body = try await response.body.collect(upTo: 64 * 1024)
            if response.status == .ok { return .ready }
            return .notReady(String(buffer: body))
        } catch {
            return .silent
        }
    }
}
