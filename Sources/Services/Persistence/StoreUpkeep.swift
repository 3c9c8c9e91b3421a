import Archives
import Blobs
import EventLog
import Events
import Foundation
import Logging
import ServiceKit
import Stores

/// What is done to a store beside folding: texts that have disappeared are dropped, texts are indexed, old days are archived.
struct StoreUpkeep: Sendable {
    /// How long to wait before trying again to open the blob store.
    static let blobsWait: Duration = .seconds(10)
    /// The condition that says how archiving stands.
    ///
    /// It always holds: without archives nothing is lost.
    static let archivesCondition = "archives"

    private let store: any HotStore
    private let context: ServiceContext
    private let log: EventLogConfiguration
    private let dropper: TextDropper
    private let indexer: SearchIndexer
    private let settings: ArchiverSettings
    private let location: BlobLocation

    /// Reads its settings; opens nothing yet.
    ///
    /// - Throws: `ConfigurationError`, or `BlobError` with code `invalid`.
    init(
        _ store: any HotStore,
        _ context: ServiceContext,
        log: EventLogConfiguration,
        indexer: SearchIndexer
    ) throws {
        self.store = store
        self.context = context
        self.log = log
        self.indexer = indexer
        dropper = TextDropper(store, clock: context.clock, logger: context.logger)
        settings = try ArchiverSettings(configuredIn: context.config)
        location = try context.blobLocation()
    }

    /// Runs until it is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await dropper.run() }
            group.addTask { await indexer.run() }
            if settings.afterDays != nil { group.addTask { await archive() } }
        }
    }

    // MARK: Archives

    private func archive() async {
        let health = context.health
        do {
            let folder = try context.stateDirectory() + "/archiving"
            let watch = try CatchUpWatch(
                store,
                log: log,
                clock: context.clock,
                logger: context.logger
            )
            defer { watch.close() }
            let archiver = Archiver(
                store,
                try await blobs(),
                folder: folder,
                settings: settings,
                logger: context.logger
            )
            await ArchiverLoop(
                archiver,
                clock: context.clock,
                caughtUp: { try await watch.moment() },
                logger: context.logger,
                onState: { health.set(Self.archivesCondition, isMet: true, detail: $0) }
            ).run()
        } catch {
            guard !Task.isCancelled else { return }
            context.logger.error("nothing is archived until the next start: \(error)")
            health.set(Self.archivesCondition, isMet: true, detail: "not started")
        }
    }

    /// The blob store, as soon as it can be opened.
    private func blobs() async throws -> any BlobStore {
        var lastCode: BlobError.Code?
        while true {
            do throws(BlobError) {
                return try await location.openStore(
                    environment: ProcessInfo.processInfo.environment,
                    clock: context.clock,
                    logger: context.logger
                )
            } catch {
                let detail = "\(error.shortDescription); trying again"
                context.health.set(Self.archivesCondition, isMet: true, detail: detail)
                if error.code != lastCode {
                    context.logger.warning("the blob store can't be opened: \(error)")
                }
                lastCode = error.code
            }
            try await Task.sleep(for: Self.blobsWait)
        }
    }
}
