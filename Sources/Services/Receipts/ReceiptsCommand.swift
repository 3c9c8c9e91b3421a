public import ArgumentParser
import EventLog
import Events
import Logging
import Projections
public import ServiceKit
import ServiceLifecycle
import Web

/// `martlet-receipts`: turns delivered and read marks into ticks.
public struct ReceiptsCommand: AsyncParsableCommand {
    /// Name and abstract.
    public static let configuration = CommandConfiguration(
        commandName: "martlet-receipts",
        abstract: "Turns delivered and read marks into ticks for the senders."
    )

    /// What every service understands.
    @OptionGroup public var options: ServiceOptions

    /// A command with its options unset.
    public init() {}

    /// Runs until it is told to stop.
    public func run() async throws {
        try await ServiceProcess.run(.receipts, options: options) { context in
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
            // Ticks are cumulative, so a crash may cost a fifth of a second of work.
            options.checkpointInterval = .milliseconds(200)
            // Marks that come together are one tick: patience saves records, not only exchanges, and nobody sees 20 ms.
            options.fetchPatience = .milliseconds(20)
            let receipts = ReceiptsProjection { try producer.partitionCount(of: .inbox) }
            context.health.set("partitions", isMet: false, detail: "not assigned yet")
            let runner = ProjectionRunner(
                receipts,
                path: try context.stateDirectory() + "/receipts.sqlite",
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
