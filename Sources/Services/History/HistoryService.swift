import Logging
import ServiceKit
import ServiceLifecycle
import Stores
import Web

/// Serves the hot store to clients until shutdown.
struct HistoryService: Service {
    private let context: ServiceContext
    private let onListening: @Sendable (Int) -> Void

    init(_ context: ServiceContext, onListening: @escaping @Sendable (Int) -> Void = { _ in }) {
        self.context = context
        self.onListening = onListening
        context.health.set("store", isMet: false, detail: "not looked for yet")
    }

    func run() async throws {
        let keys = try InstallationKeys.load(dataDirectory: context.dataDirectory)
        let stores = StoreHandle(try context.storeLocation())
        let routes = HistoryRoutes(
            stores: stores,
            reads: ReadQueue(),
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
            group.addTask { await watch(stores) }
            try await server.run()
            group.cancelAll()
        }
    }

    /// Says on `/readyz` whether there is a store to read, until it is cancelled.
    private func watch(_ stores: StoreHandle) async {
        while !Task.isCancelled {
            do throws(StoreError) {
                _ = try stores.current()
                context.health.set("store", isMet: true)
            } catch {
                context.health.set("store", isMet: false, detail: error.code.description)
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }
}
