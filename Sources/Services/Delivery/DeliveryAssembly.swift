import EventLog
import Events
import Ingest
import Logging
import NIOCore
import NIOPosix
import Projections
import ServiceKit
import ServiceLifecycle

/// Puts delivery together from what it is given: the command gives the real things, tests what they like.
struct DeliveryAssembly {
    let settings: DeliverySettings
    let log: EventLogConfiguration
    let producer: EventProducer
    let submissions: any SubmissionSink
    let tokens: any TokenVerifier
    /// Which devices were removed: filled here, asked by `tokens`.
    let registry: DeviceRegistry
    let ids: UUIDv7Generator
    let clock: any WallClock
    let logger: Logger
    let health: HealthRegistry
    /// The file of the index.
    let indexPath: String
    /// How long the index keeps entries.
    let retention: Duration

    /// The services in the order of their dependencies, the listener last.
    func services(
        host: String,
        port: Int,
        onListening: @escaping @Sendable (SocketAddress?) -> Void = { _ in }
    ) throws -> [any Service] {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        let acknowledgements = AcknowledgementBoard()
        let lastSeen = LastSeenBoard()
        let metrics = DeliveryMetrics()
        let served = ServedPartitions()
        let signalProducer = try EventProducer(log, options: .ofSignals, logger: logger)
        let hub = DeliveryHub(
            loop: group.next(),
            settings: settings,
            metrics: metrics,
            logger: logger,
            clock: clock,
            ids: ids,
            records: producer,
            submissions: submissions,
            tokens: tokens,
            reader: IndexReader(pool: pool),
            acknowledgements: acknowledgements,
            lastSeen: lastSeen,
            signals: signalProducer,
            served: served,
            registry: registry
        )
        let epochs = EpochWatch(log, logger: logger)
        let projection = InboxProjection(
            log: BrokerInbox(
                log: log,
                producer: producer,
                admin: try LogAdmin(log, logger: logger),
                epochs: epochs,
                logger: logger
            ),
            subscriber: hub,
            acknowledgements: acknowledgements,
            lastSeen: lastSeen,
            retention: retention,
            clock: clock,
            metrics: metrics
        )
        health.set("listener", isMet: false, detail: "not listening yet")
        health.set("inbox", isMet: false, detail: "no partitions assigned yet")
        return [
            EventLoopService(group: group, pool: pool), ProducerService(producer), epochs,
            AccountFollower(log: log, devices: registry, health: health, logger: logger),
            ProducerService(signalProducer),
            SignalReader(
                log,
                served: served,
                lookBack: settings.watchLifetime,
                clock: clock,
                logger: logger
            ) { hub.received(signals: $0, done: $1) },
            runner(projection),
            DeliveryServer(
                hub: hub,
                group: group,
                host: host,
                port: port,
                health: health,
                onListening: onListening
            ),
        ]
    }

    private func runner(_ projection: InboxProjection) -> ProjectionRunner {
        var options = ProjectionRunner.Options()
        // The entries since the last checkpoint are in memory, and a crash only means reading them again. The keys come in no
        // order: the more are written at once, the fewer pages are written for each.
        options.checkpointInterval = .seconds(3)
        return ProjectionRunner(
            projection,
            path: indexPath,
            log: log,
            producer: producer,
            options: options,
            logger: logger
        ) { [health] isReady in
            health.set("inbox", isMet: isReady)
        }
    }
}

extension EventProducer.Options {
    /// For what is worth nothing in a moment: a small queue of its own, and given up soon.
    fileprivate static var ofSignals: EventProducer.Options {
        var options = EventProducer.Options()
        options.queueRecordsMax = 20_000
        options.queueBytesMax = 4 * 1024 * 1024
        options.messageTimeout = .seconds(5)
        return options
    }
}
