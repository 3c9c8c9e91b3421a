import Events
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceKit
import ServiceLifecycle

/// Listens for devices; at shutdown closes them in order.
struct DeliveryServer: Service {
    let hub: DeliveryHub
    let group: MultiThreadedEventLoopGroup
    let host: String
    let port: Int
    let health: HealthRegistry
    /// Told the address once it listens.
    var onListening: @Sendable (SocketAddress?) -> Void = { _ in }

    /// How long the devices may take to leave.
    static let drainTimeout: Duration = .seconds(4)

    func run() async throws {
        let listener = try await bootstrap().bind(host: host, port: port).get()
        try await hub.loop.submit { hub.start() }.get()
        health.set("listener", isMet: true)
        hub.logger.info(
            "listening",
            metadata: ["address": "\(listener.localAddress?.description ?? "")"]
        )
        onListening(listener.localAddress)
        try? await gracefulShutdown()
        health.set("listener", isMet: false, detail: "shutting down")
        try? await listener.close()
        await drain()
    }

    /// Tells the devices to go, and lets go of those that do not.
    private func drain() async {
        let done = hub.shutDown()
        let timeout = hub.loop.scheduleTask(in: .seconds(Self.drainTimeout.components.seconds)) {
            hub.abandon()
        }
        try? await done.get()
        timeout.cancel()
        try? await hub.abandon().get()
    }

    private func bootstrap() -> ServerBootstrap {
        let hub = hub
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = Limits.headerBytesMax
        limits.maxHeaderListSize = Limits.headerBytesMax
        let decoderLimits = limits
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // A small kernel buffer lets a device that does not read be noticed before much waits for it.
            .childChannelOption(.socketOption(.so_sndbuf), value: 128 * 1024)
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(low: 32 * 1024, high: 128 * 1024)
            )
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 256, initial: 512, maximum: 65536)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.configure(channel, hub: hub, limits: decoderLimits)
                }
            }
    }

    private static func configure(
        _ channel: any Channel,
        hub: DeliveryHub,
        limits: NIOHTTPDecoderLimitConfiguration
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(
            withServerUpgrade: (
                upgraders: [SocketUpgrader(hub: hub)], completionHandler: { _ in }
            ),
            withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: limits
        )
        try pipeline.addHandler(
            PlainHTTPHandler(timeout: hub.settings.helloTimeout),
            name: PlainHTTPHandler.name
        )
    }
}

/// Ends the event loop and the reading threads when everything that uses them has stopped: listed before them.
struct EventLoopService: Service {
    let group: MultiThreadedEventLoopGroup
    let pool: NIOThreadPool

    func run() async throws {
        try? await gracefulShutdown()
        try? await pool.shutdownGracefully()
        try await group.shutdownGracefully()
    }
}
