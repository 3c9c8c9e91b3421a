import Events
public import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
public import ServiceKit
public import ServiceLifecycle

/// Serves a router over HTTP/1.1 until a graceful shutdown, then finishes the requests under way.
///
/// Connections and requests run on one event loop: a service that needs more of the machine runs as several instances.
/// What a handler does must therefore not block.
public struct WebServer: Service {
    /// A port that can't be listened on.
    public struct ListenFailure: Error, CustomStringConvertible {
        /// The address and the cause, in one line.
        public let description: String
    }

    /// Bounds of a server.
    public struct Limits: Sendable {
        /// Connections at most; further ones wait to be accepted.
        public var connectionsMax = 10_000
        /// A request's header block, in bytes.
        public var headerBytesMax = Events.Limits.headerBytesMax
        /// A connection without a request is closed after this long.
        public var idleTimeout: Duration = .seconds(60)
        /// A connection that takes nothing of what waits to be written for this long is closed, after twice as long at the latest.
        public var stallTimeout: Duration = .seconds(60)

        /// The defaults.
        public init() {}
    }

    private let responder: RouterResponder<BasicRequestContext>
    private let host: String
    private let port: Int
    private let limits: Limits
    private let health: HealthRegistry?
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// A server of this router.
    ///
    /// - Parameters:
    ///   - router: what to serve, from `WebRouter.make`.
    ///   - host: the address to listen on.
    ///   - port: the port; 0: any free one.
    ///   - limits: the bounds.
    ///   - health: gets the condition `listener`.
    ///   - logger: where it says that it listens.
    ///   - onListening: is told the port when the server listens.
    public init(
        router: Router<BasicRequestContext>,
        host: String,
        port: Int,
        limits: Limits = Limits(),
        health: HealthRegistry? = nil,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        responder = router.buildResponder()
        self.host = host
        self.port = port
        self.limits = limits
        self.health = health
        self.logger = logger
        self.onListening = onListening
        health?.set("listener", isMet: false, detail: "not listening yet")
    }

    /// Serves until a graceful shutdown.
    ///
    /// - Throws: `ListenFailure` if the port can't be had.
    public func run() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let stallTimeout = TimeAmount(limits.stallTimeout)
        var channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [StallHandler(after: stallTimeout)],
            idleTimeout: TimeAmount(limits.idleTimeout)
        )
        channel.httpDecoder = .init(
            maxHeaderFieldSize: limits.headerBytesMax,
            maxHeaderListSize: limits.headerBytesMax,
            maxHeaderFieldCount: 100
        )
        let application = Application(
            responder: responder,
            server: .http1(configuration: channel),
            configuration: .init(
                address: .hostname(host, port: port),
                serverName: "martlet",
                backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    limits.connectionsMax,
                    logger: quiet
                )
            ),
            onServerRunning: { announce($0) },
            eventLoopGroupProvider: .shared(loop),
            logger: quiet
        )
        try await withTaskExecutorPreference(EventLoopTaskExecutor(loop)) {
            try await withGracefulShutdownHandler {
                do {
                    try await application.run()
                } catch let error as IOError {
                    throw ListenFailure(
                        description: "cannot listen on \(host):\(port): \(Self.reason(error))"
                    )
                }
            } onGracefulShutdown: {
                health?.set("listener", isMet: false, detail: "shutting down")
            }
        }
    }

    private func announce(_ channel: any Channel) {
        let port = channel.localAddress?.port ?? port
        health?.set("listener", isMet: true)
        logger.info("listening", metadata: ["address": "\(host):\(port)"])
        onListening(port)
    }

    private static func reason(_ error: IOError) -> String {
        switch error.errnoCode {
        case 98, 48: "the port is taken"
        case 13: "it is not allowed"
        case 99, 49: "the address is not this machine's"
        default: error.description
        }
    }
}
