import Cache
import Configuration
import Crypto
import Logging
import ServiceKit
import ServiceLifecycle
import Stores
import Web

/// Serves the hot store to clients until shutdown.
struct HistoryService: Service {
    private let context: ServiceContext
    private let cold: (any ColdSource)?
    private let onListening: @Sendable (Int) -> Void

    /// A service that reads archives from a source; `nil`: they are unavailable.
    init(
        _ context: ServiceContext,
        cold: (any ColdSource)?,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.context = context
        self.cold = cold
        self.onListening = onListening
        context.health.set("store", isMet: false, detail: "not looked for yet")
    }

    func run() async throws {
        let keys = try InstallationKeys.load(dataDirectory: context.dataDirectory)
        let stores = StoreHandle(try context.storeLocation())
        let reads = ReadQueue()
        let desk = StoreDesk(
            stores: stores,
            reads: reads,
            archives: ArchiveFetcher(cold)
        )
        let routes = HistoryRoutes(
            desk: desk,
            kept: KeptAnswers(cache: try cache(keys), desk: desk),
            exports: Exports(
                desk,
                folder: try context.stateDirectory() + "/exports",
                logger: context.logger
            ),
            tokens: TokenAuthority(keys: keys, clock: context.clock),
            clock: context.clock
        )
        let server = WebServer(
            router: routes.router(),
            host: context.host,
            port: context.port,
            health: context.health,
            logger: context.logger,
            onListening: onListening
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await watch(stores, reads) }
            try await server.run()
            group.cancelAll()
        }
    }

    /// The cache that the setting `cache.url` names, by default one in memory; installations can share a Redis.
    private func cache(_ keys: InstallationKeys) throws -> any Cache {
        let text = context.config.text(forKey: "cache.url", isSecret: true) ?? "memory:"
        let installation = SHA256.hash(data: keys.signingKey.publicKey.rawRepresentation)
            .prefix(8).map { String($0, radix: 16) }.joined(separator: "-")
        return try CacheURL(text).makeCache(
            prefix: "martlet-\(installation)",
            logger: context.logger
        )
    }

    /// Says on `/readyz` whether there is a store to read, until it is cancelled.
    ///
    /// It is asked something: that a database has gone away is seen by nothing else.
    private func watch(_ stores: StoreHandle, _ reads: ReadQueue) async {
        while !Task.isCancelled {
            do {
                _ = try await reads.run { try stores.current().positions() }
                context.health.set("store", isMet: true)
            } catch let error as StoreError {
                context.health.set("store", isMet: false, detail: error.code.description)
            } catch {
                // There is more to read than can be read: that says nothing about the store.
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }
}
