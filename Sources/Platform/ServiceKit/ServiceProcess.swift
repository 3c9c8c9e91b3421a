import ArgumentParser
import CoreMetrics
import Foundation
import Logging
public import ServiceLifecycle
import Synchronization
import UnixSignals

/// Runs a service's process from start to stop.
public enum ServiceProcess {
    /// How long a graceful shutdown may take before the process ends all the same.
    public static let shutdownTimeout: Duration = .seconds(8)

    /// Reads the configuration, sets up logging and metrics, builds the services, runs them in order and stops them in the
    /// reverse order on SIGTERM or SIGINT.
    ///
    /// `services` builds the services, dependencies first, the listener last.
    ///
    /// - Throws: `ExitCode.failure`, after it has logged in one line what building or running a service threw.
    public static func run(
        _ name: ServiceName,
        options: ServiceOptions,
        services: @Sendable (ServiceContext) async throws -> [any Service]
    ) async throws {
        signal(SIGPIPE, SIG_IGN)
        ParentWatch.startIfAsked()
        FileLimit.raise()
        _ = SQLiteSettings.isWithoutStatistics
        var logger = Logger(label: name.rawValue) {
            LineLogHandler(label: $0, level: .info, format: .text)
        }
        do {
            let settings = try await Settings(
                name,
                options,
                environment: ProcessInfo.processInfo.environment,
                currentDirectory: FileManager.default.currentDirectoryPath
            )
            logger = bootstrap(name, settings)
            let context = try context(name, settings, logger)
            logger.debug(
                "starting",
                metadata: ["data": "\(context.dataDirectory)", "brokers": "\(context.brokers)"]
            )
            try await supervise(try await services(context), logger)
            logger.debug("stopped")
        } catch {
            logger.critical("stopped: \(oneLine(error))")
            throw ExitCode.failure
        }
    }

    private static func context(
        _ name: ServiceName,
        _ settings: Settings,
        _ logger: Logger
    ) throws -> ServiceContext {
        do {
            try ServiceContext.makeFolder(settings.dataDirectory)
        } catch {
            throw ConfigurationError("cannot make the data folder \(settings.dataDirectory)")
        }
        return ServiceContext(
            name: name,
            instance: settings.instance,
            dataDirectory: settings.dataDirectory,
            brokers: settings.brokers,
            host: settings.host,
            port: settings.port,
            adminPort: settings.adminPort,
            config: settings.reader,
            logger: logger,
            metrics: metrics
        )
    }

    private static func supervise(_ services: [any Service], _ logger: Logger) async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let watch = ShutdownWatch(timeout: shutdownTimeout, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: services.map { .init(service: $0) }
                    + [.init(service: watch, successTerminationBehavior: .ignore)],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: quiet
            )
        )
        try await group.run()
    }

    private static func oneLine(_ error: any Error) -> String {
        "\(error)".split(whereSeparator: \.isNewline).joined(separator: "; ")
    }

    // MARK: Once per process

    private static let hasBootstrapped = Mutex(false)

    /// The metrics of the process; made the factory of swift-metrics on first use.
    private static let metrics: MetricsRegistry = {
        let registry = MetricsRegistry()
        MetricsSystem.bootstrap(registry)
        return registry
    }()

    /// Makes our handler that of every logger in the process; the first service of a process decides.
    private static func bootstrap(_ name: ServiceName, _ settings: Settings) -> Logger {
        let level = settings.logLevel
        let format = settings.logFormat
        hasBootstrapped.withLock { done in
            guard !done else { return }
            done = true
            LoggingSystem.bootstrap { _ in
                LineLogHandler(label: name.rawValue, level: level, format: format)
            }
        }
        return Logger(label: name.rawValue) {
            LineLogHandler(label: $0, level: level, format: format)
        }
    }
}
