public import ArgumentParser
import Configuration
import EventLog
import Events
import Ingest
import Logging
import NIOCore
import NIOPosix
import Projections
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
                url: advertise ?? context.config.string(forKey: "delivery.advertise")
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
        producing.linger = .microseconds(500)
        let producer = try EventProducer(log, options: producing, logger: context.logger)
        let keys = try InstallationKeys.load(dataDirectory: context.dataDirectory)
        let ids = UUIDv7Generator(clock: context.clock)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        let acknowledgements = AcknowledgementBoard()
        let metrics = DeliveryMetrics()
        let hub = DeliveryHub(
            loop: group.next(),
            settings: settings,
            metrics: metrics,
            logger: context.logger,
            clock: context.clock,
            ids: ids,
            records: producer,
            submissions: Ingest(
                producer: producer,
                directoryKey: keys.directoryKey,
                clock: context.clock,
                ids: ids,
                logger: context.logger
            ),
            tokens: TokenAuthority(keys: keys, clock: context.clock),
            reader: IndexReader(pool: pool),
            acknowledgements: acknowledgements
        )
        let epochs = EpochWatch(log, logger: context.logger)
        let projection = InboxProjection(
            log: BrokerInbox(
                producer: producer,
                admin: try LogAdmin(log, logger: context.logger),
                epochs: epochs
            ),
            subscriber: hub,
            acknowledgements: acknowledgements,
            retention: retention,
            clock: context.clock,
            metrics: metrics
        )
        context.health.set("listener", isMet: false, detail: "not listening yet")
        context.health.set("inbox", isMet: false, detail: "no partitions assigned yet")
        return [
            AdminServer(context), EventLoopService(group: group, pool: pool),
            ProducerService(producer), epochs,
            ProjectionRunner(
                projection,
                path: try context.stateDirectory() + "/inbox.sqlite",
                log: log,
                producer: producer,
                options: runnerOptions,
                logger: context.logger
            ) { [health = context.health] isReady in
                health.set("inbox", isMet: isReady)
            },
            DeliveryServer(
                hub: hub,
                group: group,
                host: context.host,
                port: context.port,
                health: context.health
            ),
        ]
    }

    private static var runnerOptions: ProjectionRunner.Options {
        var options = ProjectionRunner.Options()
        // The entries since the last checkpoint are in memory, and a crash only means reading them again.
        options.checkpointInterval = .milliseconds(500)
        return options
    }
}
