public import ServiceKit
public import ServiceLifecycle

/// Serves `/healthz`, `/readyz` and `/metrics` on the admin port of a service.
public struct AdminServer: Service {
    /// A server for this service's health and metrics.
    public init(_ context: ServiceContext) {
        fatalError("Web")
    }

    /// Serves until a graceful shutdown.
    public func run() async throws {
        fatalError("Web")
    }
}
