public import ArgumentParser
import Configuration
import EventLog
import Events
import Ingest
import Logging
public import ServiceKit
import ServiceLifecycle
import Web

/// `martlet-delivery`: holds the WebSockets and tells devices what their inbox says.
public struct DeliveryCommand: AsyncParsableCommand {
    /// Name and abstract.
    public static let configuration = CommandConfiguration(
        commandName: "martlet-delivery",
        abstract: "Holds the devices' WebSockets and sends them what their inbox says."
    )

    /// What every service understands.
    @OptionGroup public var options: ServiceOptions

    /// The address that devices are told.
    @Option(help: "Where devices connect. Default: ws://HOST:PORT/v1/socket")
    public var advertise: String?

    /// How long the index keeps entries.
    @Option(help: "Days for which missed events are kept for devices that are away. Default: 30")
    public var inboxDays: Int?

    /// A command with its options unset.
    public init() {}

    /// Refuses what makes no sense.
    public func validate() throws {
        if let inboxDays, !(1...3650).contains(inboxDays) {
            throw ValidationError("--inbox-days is 1 to 3650")
        }
    }

    /// Runs until it is told to stop.
    public func run() async throws {
        let advertise = advertise
        let inboxDays = inboxDays
        try await ServiceProcess.run(.delivery, options: options) { context in
            let settings = DeliverySettings(
                instance: context.instance,
                url: advertise ?? context.config.text(forKey: "delivery.advertise")
                    ?? "ws://\(context.host):\(context.port)\(SocketUpgrader.path)"
            )
            if settings.url.contains("//0.0.0.0:") || settings.url.contains("//:::") {
                context.logger.warning(
                    "devices are told an address that none can reach: set --advertise",
                    metadata: ["url": "\(settings.url)"]
                )
            }
            let days = inboxDays ?? context.config.int(forKey: "delivery.inboxDays", default: 30)
            return try Self.services(
                context,
                settings,
                retention: .seconds(max(1, days) * 24 * 60 * 60)
            )
        }
    }

    private static func services(
        _ context: ServiceContext,
        _ settings: DeliverySettings,
        retention: Duration
    ) throws -> [any Service] {
        let log = EventLogConfiguration(brokers: context.brokers, clientID: context.instance)
        var producing = EventProducer.Options()
        producing.linger = .milliseconds(1)
        let producer = try EventProducer(log, options: producing, logger: context.logger)
        let keys = try InstallationKeys.load(dataDirectory: context.dataDirectory)
        let ids = UUIDv7Generator(clock: context.clock)
        let registry = DeviceRegistry()
        let assembly = DeliveryAssembly(
            settings: settings,
            log: log,
            producer: producer,
            submissions: Ingest(
                producer: producer,
                directoryKey: keys.directoryKey,
                clock: context.clock,
                ids: ids,
                logger: context.logger
            ),
            tokens: DeviceTokenVerifier(
                authority: TokenAuthority(keys: keys, clock: context.clock),
                devices: registry
            ),
            registry: registry,
            ids: ids,
            clock: context.clock,
            logger: context.logger,
            health: context.health,
            indexPath: try context.stateDirectory() + "/inbox.sqlite",
            retention: retention
        )
        return [AdminServer(context)]
            + (try assembly.services(host: context.host, port: context.port))
    }
}
