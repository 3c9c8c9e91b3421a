import CoreMetrics
import EventLog
import Events
import Logging
import Projections
import ServiceKit
import ServiceLifecycle
import Stores

/// Holds the store's lock and runs the projection until shutdown.
struct PersistenceService: Service {
    /// How long to wait for another process, such as a replay or one's own predecessor, to let go of the store.
    static let lockWait: Duration = .seconds(15)

    private let context: ServiceContext

    init(_ context: ServiceContext) {
        self.context = context
        context.health.set("store", isMet: false, detail: "not opened yet")
        context.health.set("log", isMet: false, detail: "not assigned yet")
    }

    func run() async throws {
        let location = try context.storeLocation()
        guard let store = try await openStore(location) else { return }
        let health = context.health
        let mover = try WALMover(of: location)
        let indexer = SearchIndexer(store, logger: context.logger) { mover?.committed() }
        let log = EventLogConfiguration(brokers: context.brokers, clientID: context.instance)
        let upkeep = try StoreUpkeep(store, context, log: log, indexer: indexer)
        let committer = StoreCommitter(store, logger: context.logger) { isThere in
            health.set("store", isMet: isThere, detail: isThere ? "" : "not reachable")
        } onCommit: {
            mover?.committed()
            indexer.committed()
        }
        health.set("store", isMet: true)
        let producer = try EventProducer(log, logger: context.logger)
        defer { producer.close() }
        let runner = ProjectionRunner(
            PersistenceProjection(committer, logger: context.logger),
            path: nil,
            log: log,
            producer: producer,
            options: Self.options,
            logger: context.logger
        ) { isReady in
            health.set("log", isMet: isReady, detail: isReady ? "" : "not reachable")
        }
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask { await upkeep.run() }
                try await runner.run()
            }
        } onGracefulShutdown: {
            committer.stop()
        }
        mover?.end()
        try store.close()
    }

    private static var options: ProjectionRunner.Options {
        var options = ProjectionRunner.Options()
        options.batchRecordsMax = 5000
        // Rows are read by people: a few more in a transaction are worth more than these milliseconds.
        options.fetchPatience = .milliseconds(25)
        options.batchLinger = .milliseconds(5)
        // Who is behind writes as much as this a second.
        options.readAheadBytesMax = 64 * 1024 * 1024
        // A page of the file that many messages change is written once.
        options.checkpointInterval = .milliseconds(500)
        return options
    }

    /// Opens the store when nobody else writes it; a damaged or newer one is an error at once.
    ///
    /// - Returns: `nil` if the process is to end before.
    private func openStore(_ location: StoreLocation) async throws -> (any HotStore)? {
        let deadline = ContinuousClock.now + Self.lockWait
        var isAnnounced = false
        while true {
            do throws(StoreError) {
                return try location.open()
            } catch {
                let isOver = error.code == .inUse && ContinuousClock.now >= deadline
                guard error.isRetriable, !isOver else { throw error }
                context.health.set("store", isMet: false, detail: error.code.description)
                if !isAnnounced { context.logger.notice("waiting for the store: \(error)") }
                isAnnounced = true
                try? await cancelWhenGracefulShutdown {
                    try await Task.sleep(for: .milliseconds(500))
                }
                if Task.isShuttingDownGracefully || Task.isCancelled { return nil }
            }
        }
    }
}
