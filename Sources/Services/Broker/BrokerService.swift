import Events
import Logging
import SegmentLog
import ServiceKit
import ServiceLifecycle

/// Runs a broker as one of a process's services.
struct BrokerService: Service {
    private let server: BrokerServer
    private let health: HealthRegistry
    private let fatal: AsyncStream<SegmentLogError>

    init(_ context: ServiceContext, configuration: BrokerConfiguration) {
        let (fatal, continuation) = AsyncStream.makeStream(of: SegmentLogError.self)
        self.fatal = fatal
        health = context.health
        health.set("listener", isMet: false, detail: "opening the log")
        let clock = context.clock
        server = BrokerServer(
            dataDirectory: context.dataDirectory + "/broker",
            configuration: configuration,
            logger: context.logger,
            now: { clock.now().milliseconds },
            onFatal: { continuation.yield($0) }
        )
    }

    /// Serves until a graceful shutdown.
    ///
    /// - Throws: when the folder or the port can't be had, and when the log stopped for good.
    func run() async throws {
        try await server.start()
        health.set("listener", isMet: true)
        var failure: SegmentLogError?
        for await error in fatal.cancelOnGracefulShutdown() {
            failure = error
            break
        }
        health.set("listener", isMet: false, detail: "stopping")
        await server.stop()
        if let failure { throw failure }
    }
}
