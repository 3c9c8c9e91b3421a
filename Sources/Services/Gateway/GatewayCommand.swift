public import ArgumentParser
import Configuration
import EventLog
import Events
import Ingest
import Logging
public import ServiceKit
import ServiceLifecycle
import Web

/// `martlet-gateway`: takes what clients send over HTTP.
public struct GatewayCommand: AsyncParsableCommand {
    /// Name and abstract.
    public static let configuration = CommandConfiguration(
        commandName: "martlet-gateway",
        abstract: "Registers accounts and takes messages over HTTP."
    )

    /// What every service understands.
    @OptionGroup public var options: ServiceOptions

    /// A command with its options unset.
    public init() {}

    /// Runs until it is told to stop.
    public func run() async throws {
        try await ServiceProcess.run(.gateway, options: options) { context in
            let log = EventLogConfiguration(brokers: context.brokers, clientID: context.instance)
            var producing = EventProducer.Options()
            producing.linger = .milliseconds(1)
            // Nothing here depends on what came before: a client that has long been answered need not be waited for.
            producing.messageTimeout = .seconds(5)
            producing.queueRecordsMax = 30_000
            let producer = try EventProducer(log, options: producing, logger: context.logger)
            let keys = try InstallationKeys.load(dataDirectory: context.dataDirectory)
            let routes = RouteTable()
            let devices = DeviceRegistry(keepsDevices: true)
            context.health.set("log", isMet: false, detail: "not reached yet")
            let server = WebServer(
                router: GatewayRoutes(
                    context,
                    log: producer,
                    keys: keys,
                    devices: devices,
                    routes: routes
                ).router(),
                host: context.host,
                port: context.port,
                health: context.health,
                logger: context.logger
            )
            return [
                AdminServer(context),
                ProducerCloser(producer: producer),
                RouteFollower(
                    log: log,
                    table: routes,
                    producer: producer,
                    health: context.health,
                    logger: context.logger
                ),
                AccountFollower(
                    log: log,
                    devices: devices,
                    health: context.health,
                    logger: context.logger
                ),
                server,
            ]
        }
    }
}

/// Closes the producer when everything that uses it has stopped: listed before them.
struct ProducerCloser: Service {
    let producer: EventProducer

    func run() async throws {
        try? await gracefulShutdown()
        producer.close(timeout: .seconds(2))
    }
}
