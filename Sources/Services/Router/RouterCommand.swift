public import ArgumentParser
import EventLog
import Logging
import Projections
public import ServiceKit
import ServiceLifecycle
import Web

/// `martlet-router`: decides, orders and numbers what devices asked for.
public struct RouterCommand: AsyncParsableCommand {
    /// Name and abstract.
    public static let configuration = CommandConfiguration(
        commandName: "martlet-router",
        abstract: "Decides on submissions in log order and numbers what is accepted."
    )

    /// What every service understands.
    @OptionGroup public var options: ServiceOptions

    /// A command with its options unset.
    public init() {}

    /// Runs until it is told to stop.
    public func run() async throws {
        try await ServiceProcess.run(.router, options: options) { context in
            let log = EventLogConfiguration(
                brokers: context.brokers,
                clientID: context.instance
            )
            let producer = try EventProducer(
                log,
                options: .ofProjection,
                logger: context.logger
            )
            var options = ProjectionRunner.Options()
            // Readers drop repeated outputs by origin, so a crash may cost a second of work.
            options.checkpointInterval = .seconds(1)
            // What was decided need not be on disk before the next decision, only before the checkpoint.
            options.batchesInFlightMax = 4
            let router = RouterProjection(
                history: LogRouterHistory(
                    log: log,
                    producer: producer,
                    logger: context.logger
                ),
                window: options.batchRecordsMax * options.batchesInFlightMax,
                logger: context.logger
            )
            context.health.set("partitions", isMet: false, detail: "not assigned yet")
            let runner = ProjectionRunner(
                router,
                path: try context.stateDirectory() + "/router.sqlite",
                log: log,
                producer: producer,
                options: options,
                logger: context.logger
            ) { [health = context.health] isReady in
                health.set("partitions", isMet: isReady)
            }
            return [AdminServer(context), ProducerService(producer), runner]
        }
    }
}
