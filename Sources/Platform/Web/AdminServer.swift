import HTTPTypes
import Hummingbird
import NIOCore
public import ServiceKit
public import ServiceLifecycle

/// Serves `/healthz`, `/readyz` and `/metrics` on the admin port of a service.
public struct AdminServer: Service {
    private let server: WebServer

    /// A server for this service's health and metrics.
    public init(_ context: ServiceContext) {
        var limits = WebServer.Limits()
        limits.connectionsMax = 100
        server = WebServer(
            router: Self.router(health: context.health, metrics: context.metrics),
            host: context.host,
            port: context.adminPort,
            limits: limits,
            logger: context.quietLogger
        )
    }

    /// Serves until a graceful shutdown.
    public func run() async throws {
        try await server.run()
    }

    static func router(
        health: HealthRegistry,
        metrics: MetricsRegistry
    ) -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/healthz") { _, _ in answer(.ok, .plain, "ok\n") }
        router.get("/readyz") { _, _ in
            let conditions = health.conditions.sorted { $0.key < $1.key }
            let isReady = conditions.allSatisfy(\.value.isMet)
            let fields = conditions.map { name, condition in
                let detail = JSONText.quoted(condition.detail)
                return "\(JSONText.quoted(name)):{\"ok\":\(condition.isMet),\"detail\":\(detail)}"
            }
            let body = "{\"ready\":\(isReady),\"conditions\":{\(fields.joined(separator: ","))}}\n"
            return answer(isReady ? .ok : .serviceUnavailable, .json, body)
        }
        router.get("/metrics") { _, _ in answer(.ok, .exposition, metrics.exposition()) }
        return router
    }

    private enum MediaType: String {
        case plain = "text/plain; charset=utf-8"
        case json = "application/json"
        case exposition = "text/plain; version=0.0.4; charset=utf-8"
    }

    private static func answer(
        _ status: HTTPResponse.Status,
        _ type: MediaType,
        _ text: String
    ) -> Response {
        Response(
            status: status,
            headers: [.contentType: type.rawValue],
            body: .init(byteBuffer: ByteBuffer(string: text))
        )
    }
}
