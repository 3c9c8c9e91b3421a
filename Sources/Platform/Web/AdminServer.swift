import HTTPTypes
import Hummingbird
import NIOCore
public import ServiceKit
public import ServiceLifecycle

/// Serves `/healthz`, `/readyz` and `/metrics` on the admin port of a service.
public struct AdminServer: Service {
    private let context: ServiceContext

    /// A server for this service's health and metrics.
    public init(_ context: ServiceContext) {
        self.context = context
    }

    /// Serves until a graceful shutdown.
    public func run() async throws {
        let router = Router()
        let health = context.health
        let metrics = context.metrics
        router.get("/healthz") { _, _ in Self.answer(.ok, .plain, "ok\n") }
        router.get("/readyz") { _, _ in
            let conditions = health.conditions.sorted { $0.key < $1.key }
            let isReady = conditions.allSatisfy(\.value.isMet)
            let fields = conditions.map { name, condition in
                let detail = JSONText.quoted(condition.detail)
                return "\(JSONText.quoted(name)):{\"ok\":\(condition.isMet),\"detail\":\(detail)}"
            }
            let body = "{\"ready\":\(isReady),\"conditions\":{\(fields.joined(separator: ","))}}\n"
            return Self.answer(isReady ? .ok : .serviceUnavailable, .json, body)
        }
        router.get("/metrics") { _, _ in
            Self.answer(.ok, .exposition, metrics.exposition())
        }
        let application = Application(
            router: router,
            configuration: .init(
                address: .hostname(context.host, port: context.adminPort),
                serverName: "martlet"
            ),
            logger: context.quietLogger
        )
        do {
            try await application.runService(gracefulShutdownSignals: [])
        } catch let error as IOError {
            throw ConfigurationError(
                "can't listen on \(context.host):\(context.adminPort): \(error.description)"
            )
        }
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
