import EventLog
import Events
import Logging
import Metrics
import Projections
import ServiceKit
import ServiceLifecycle
import Stores

/// Holds the store's lock and runs the projection until shutdown.
struct PersistenceService: Service {
    /// How long to wait for another process, such as a replay or one's own predecessor, to let go of the store.
    static let lockWait: Duration = .seconds(15)

    /// How often what has disappeared is dropped from the store.
    static let dropInterval: Duration = .seconds(60)

    private let context: ServiceContext
    private let dropped = Counter(label: "martlet_persistence_disappeared_total")

    init(_ context: ServiceContext) {
        self.context = context
        context.health.set("log", isMet: false, detail: "not assigned yet")
    }

    func run() async throws {
        let path = SQLiteHotStore.path(inDataDirectory: context.dataDirectory)
        let lock = try await takeLock(path)
        // Opening it here gives a damaged or newer store a clear message, and history a store to read.
        try SQLiteHotStore(path: path).close()
        let log = EventLogConfiguration(brokers: context.brokers, clientID: context.instance)
        let producer = try EventProducer(log, logger: context.logger)
        var options = ProjectionRunner.Options()
        options.batchRecordsMax = 5000
        // Rows are read by people: a few more in a transaction are worth more than these milliseconds.
        options.fetchPatience = .milliseconds(25)
        options.batchLinger = .milliseconds(5)
        // A page of the file that many messages change is written once.
        options.checkpointInterval = .milliseconds(500)
        let health = context.health
        let runner = ProjectionRunner(
            PersistenceProjection(logger: context.logger),
            path: path,
            log: log,
            producer: producer,
            options: options,
            logger: context.logger
        ) { isReady in
            health.set("log", isMet: isReady, detail: isReady ? "" : "not reachable")
        }
        defer { producer.close() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await dropDisappeared(from: path) }
            try await runner.run()
            group.cancelAll()
        }
        withExtendedLifetime(lock) {}
    }

    /// Drops texts that have disappeared, from time to time, until it is cancelled.
    ///
    /// It may be late: nobody is shown them any more.
    private func dropDisappeared(from path: String) async {
        while true {
            do {
                try await Task.sleep(for: Self.dropInterval)
                let count = try SQLiteHotStore.dropDisappeared(at: path, by: context.clock.now())
                dropped.increment(by: count)
            } catch is CancellationError {
                return
            } catch {
                context.logger.warning("texts that have disappeared were not dropped: \(error)")
            }
        }
    }

    private func takeLock(_ path: String) async throws -> StoreLock {
        let deadline = ContinuousClock.now + Self.lockWait
        while ContinuousClock.now < deadline {
            if let lock = try StoreLock.ifFree(path: path) { return lock }
            context.logger.info("waiting for the store: another process writes it")
            try await Task.sleep(for: .milliseconds(500))
        }
        return try StoreLock(path: path)
    }
}
