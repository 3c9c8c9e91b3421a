import EventLog
import Events
import Logging
import Projections
import ServiceKit
import ServiceLifecycle

/// Runs the projection until shutdown.
struct PushService: Service {
    private let context: ServiceContext

    init(_ context: ServiceContext) {
        self.context = context
        context.health.set("log", isMet: false, detail: "not assigned yet")
    }

    func run() async throws {
        let log = EventLogConfiguration(brokers: context.brokers, clientID: context.instance)
        let producer = try EventProducer(log, logger: context.logger)
        let admin = try LogAdmin(log, logger: context.logger)
        defer {
            admin.close()
            producer.close()
        }
        guard let count = await inboxPartitions(producer) else { return }
        let projection = PushProjection(
            provider: FilePushProvider(path: context.dataDirectory + "/push.jsonl"),
            log: BrokerPushLog(
                log: log,
                producer: producer,
                admin: admin,
                logger: context.logger
            ),
            partitionCount: count,
            clock: context.clock,
            logger: context.logger
        )
        let health = context.health
        var options = ProjectionRunner.Options()
        // Notifications wait for seconds: a few records more at a time are worth more than these milliseconds.
        options.fetchPatience = .milliseconds(50)
        options.batchLinger = .milliseconds(5)
        // A crash may repeat a quarter of a second's notifications, under the same collapse ids.
        options.checkpointInterval = .milliseconds(250)
        let runner = ProjectionRunner(
            projection,
            path: try context.stateDirectory() + "/push.sqlite",
            log: log,
            producer: producer,
            options: options,
            logger: context.logger
        ) { isReady in
            health.set("log", isMet: isReady, detail: isReady ? "" : "not reachable")
        }
        try await runner.run()
    }

    /// How many partitions the inbox has; waits for the log.
    ///
    /// `nil`: shutdown came first.
    private func inboxPartitions(_ producer: EventProducer) async -> Int? {
        let logger = context.logger
        return await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    return try await LogReader.onThread("push-start") {
                        try producer.partitionCount(of: .inbox)
                    }
                } catch {
                    logger.info("waiting for the log: \(error)")
                }
                try? await Task.sleep(for: .milliseconds(500))
            }
            return nil
        }
    }
}
