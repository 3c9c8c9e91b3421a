public import ArgumentParser
import EventLog
import Events
import Logging
import Projections
public import ServiceKit
import ServiceLifecycle
import Web

/// `martlet-router`: decides, orders and numbers what devices asked for, and tells accounts' own devices what they have set.
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
            context.health.set("partitions", isMet: false, detail: "not assigned yet")
            context.health.set("account-partitions", isMet: false, detail: "not assigned yet")
            return [
                AdminServer(context), ProducerService(producer),
                try Self.submissions(context, log, producer),
                try Self.accounts(context, log, producer),
            ]
        }
    }

    private static func submissions(
        _ context: ServiceContext,
        _ log: EventLogConfiguration,
        _ producer: EventProducer
    ) throws -> ProjectionRunner {
        var options = ProjectionRunner.Options()
        // Readers drop repeated outputs by origin, so a crash may cost a second of work.
        options.checkpointInterval = .seconds(1)
        // What was decided need not be on disk before the next decision, only before the checkpoint.
        options.batchesInFlightMax = 4
        let router = RouterProjection(
            history: LogRouterHistory(log: log, producer: producer, logger: context.logger),
            window: options.batchRecordsMax * options.batchesInFlightMax,
            logger: context.logger
        )
        return ProjectionRunner(
            router,
            path: try context.stateDirectory() + "/router.sqlite",
            log: log,
            producer: producer,
            options: options,
            logger: context.logger
        ) { [health = context.health] isReady in
            health.set("partitions", isMet: isReady)
        }
    }

    private static func accounts(
        _ context: ServiceContext,
        _ log: EventLogConfiguration,
        _ producer: EventProducer
    ) throws -> ProjectionRunner {
        var options = ProjectionRunner.Options()
        options.checkpointInterval = .seconds(1)
        let fanout = AccountFanout {
            AccountFanout.PartitionCounts(
                accounts: try producer.partitionCount(of: .accounts),
                inbox: try producer.partitionCount(of: .inbox)
            )
        }
        return ProjectionRunner(
            fanout,
            path: try context.stateDirectory() + "/router-accounts.sqlite",
            log: log,
            producer: producer,
            options: options,
            logger: context.logger
        ) { [health = context.health] isReady in
            health.set("account-partitions", isMet: isReady)
        }
    }
}
