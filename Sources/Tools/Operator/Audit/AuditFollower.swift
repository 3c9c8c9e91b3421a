import ArgumentParser
import Configuration
import EventLog
import LogTail
import Logging
import ServiceKit
import ServiceLifecycle
import UnixSignals
import Web

/// Runs a continuous audit until it is interrupted, with an endpoint for metrics if one is asked for.
enum AuditFollower {
    /// The audit as a service: its end is the group's.
    private struct Following: Service {
        let options: AuditRun.Options
        let metrics: AuditMetrics?

        func run() async throws {
            let interruption = Interruption()
            try await withTaskCancellationOrGracefulShutdownHandler {
                try await CommandOutput.write(as: "martlet audit", failure: ExitCode(2)) { writer in
                    try AuditRun(options, writer: writer, metrics: metrics).follow(interruption)
                }
            } onCancelOrGracefulShutdown: {
                if !interruption.isRequested { interruption.request() }
            }
        }
    }

    /// Follows until SIGINT or SIGTERM.
    ///
    /// - Throws: `ExitCode`: 1 if something is wrong, 2 if that could not be found out.
    static func run(_ options: AuditRun.Options, metricsPort: Int?) async throws {
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
        var metrics: AuditMetrics?
        if let metricsPort {
            let context = context(port: metricsPort)
            metrics = AuditMetrics(context.metrics, health: context.health)
            services.append(.init(service: AdminServer(context)))
        }
        services.append(
            .init(
                service: Following(options: options, metrics: metrics),
                successTerminationBehavior: .gracefullyShutdownGroup
            )
        )
        let group = ServiceGroup(
            configuration: .init(
                services: services,
                gracefulShutdownSignals: [.sigint, .sigterm],
                logger: .quiet
            )
        )
        do {
            try await group.run()
        } catch let code as ExitCode {
            throw code
        } catch {
            LineWriter(descriptor: 2).tell(["martlet audit: \(error)"])
            throw ExitCode(2)
        }
    }

    /// What the endpoint is given; it asks neither which service it belongs to nor where that keeps its data.
    private static func context(port: Int) -> ServiceContext {
        ServiceContext(
            name: .router,
            instance: "audit",
            dataDirectory: "/",
            brokers: "",
            host: "127.0.0.1",
            port: 0,
            adminPort: port,
            config: ConfigReader(provider: InMemoryProvider(values: [:])),
            logger: .quiet
        )
    }
}
