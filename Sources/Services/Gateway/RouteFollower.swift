import Dispatch
import EventLog
import Events
import Logging
import ServiceKit
import ServiceLifecycle
import Synchronization

/// Follows `routes` on a thread of its own, and says whether the log is reachable.
final class RouteFollower: Service {
    private static let partition = TopicPartition(.routes, Partition(0))

    private let log: EventLogConfiguration
    private let table: RouteTable
    private let producer: EventProducer
    private let health: HealthRegistry
    private let logger: Logger
    private let isStopped = Atomic<Bool>(false)

    init(
        log: EventLogConfiguration,
        table: RouteTable,
        producer: EventProducer,
        health: HealthRegistry,
        logger: Logger
    ) {
        self.log = log
        self.table = table
        self.producer = producer
        self.health = health
        self.logger = logger
    }

    /// Follows until a shutdown.
    func run() async throws {
        try await withShutdownHandler {
            try await LogReader.onThread("routes") { self.followToTheEnd() }
        } stop: {
            self.isStopped.store(true, ordering: .relaxed)
        }
    }

    /// Starts again, from the beginning, when the log has to be opened anew: the topic is compacted and small.
    private func followToTheEnd() {
        while !isStopped.load(ordering: .relaxed) {
            do {
                try follow()
            } catch {
                logger.warning("reading routes failed", metadata: ["reason": "\(error)"])
                pause()
            }
        }
    }

    private func follow() throws {
        let reader = try LogReader(log, start: [Self.partition: .beginning], logger: logger)
        defer { reader.close() }
        while !isStopped.load(ordering: .relaxed) {
            let isReachable = producer.isReachable
            health.set("log", isMet: isReachable, detail: isReachable ? "" : "not reachable")
            if isReachable, !table.hasPartitionCount {
                // Not there yet: asked again after the next poll.
                if let count = try? producer.partitionCount(of: .inbox) {
                    table.set(partitionCount: count)
                }
            }
            for record in try reader.poll(timeout: .milliseconds(300)) { table.apply(record) }
        }
    }

    private func pause() {
        // A reader whose log is away waits in `poll`; this is only for what can't even begin.
        let deadline = ContinuousClock.now + .milliseconds(500)
        while ContinuousClock.now < deadline, !isStopped.load(ordering: .relaxed) {
            _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(50))
        }
    }
}
