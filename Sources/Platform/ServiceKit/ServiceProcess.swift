public import ServiceLifecycle

/// Runs a service's process from start to stop.
public enum ServiceProcess {
    /// How long a graceful shutdown may take before the process ends all the same.
    public static let shutdownTimeout: Duration = .seconds(8)

    /// Reads the configuration, sets up logging and metrics, builds the services, runs them in order and stops them in the
    /// reverse order on SIGTERM or SIGINT.
    ///
    /// - Parameter services: builds the services, dependencies first, the listener last.
    /// - Throws: what building or running a service threw; the command then ends with a clear message and exit code 1.
    public static func run(
        _ name: ServiceName, options: ServiceOptions,
        services: @Sendable (ServiceContext) async throws -> [any Service]
    ) async throws {
        fatalError("ServiceKit")
    }
}
