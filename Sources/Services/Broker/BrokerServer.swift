public import Logging
import Metrics
import NIOCore
import NIOPosix
public import SegmentLog
import Synchronization

/// The embedded broker: opens a data folder and serves it in the Kafka protocol.
///
/// All requests are handled on one event loop, without locks and without a hop: what waits for the disk waits in the committer's thread, and reading files is
/// left to a small pool.
public final class BrokerServer: Sendable {
    private struct Running {
        let group: MultiThreadedEventLoopGroup
        let pool: NIOThreadPool
        let channel: any Channel
        let core: BrokerCore
    }

    private let dataDirectory: String
    private let configuration: BrokerConfiguration
    private let files: any FileSystem
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let onFatal: @Sendable (SegmentLogError) -> Void
    private let running = Mutex<Running?>(nil)

    /// A broker that is not started yet.
    ///
    /// - Parameters:
    ///   - dataDirectory: the folder that holds the log; made if it is missing.
    ///   - configuration: how it is to work.
    ///   - files: the file system.
    ///   - logger: the broker's logger.
    ///   - now: milliseconds since 1970.
    ///   - onFatal: told that the log stopped for good: the process must end and start anew.
    public init(
        dataDirectory: String,
        configuration: BrokerConfiguration = BrokerConfiguration(),
        files: any FileSystem = DiskFileSystem(),
        logger: Logger,
        now: @escaping @Sendable () -> Int64,
        onFatal: @escaping @Sendable (SegmentLogError) -> Void = { _ in }
    ) {
        self.dataDirectory = dataDirectory
        self.configuration = configuration
        self.files = files
        self.logger = logger
        self.now = now
        self.onFatal = onFatal
    }

    /// Opens the data folder, recovers it, and listens.
    ///
    /// - Returns: the port.
    /// - Throws: ``SegmentLogError`` if the folder is in use or damaged; what the system says if the port is.
    @discardableResult
    public func start() async throws -> Int {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        let loop = group.next()
        do {
            let core = try await pool.runIfActive { [self] in
                try BrokerCore(
                    loop: loop,
                    pool: pool,
                    dataDirectory: dataDirectory,
                    files: files,
                    configuration: configuration,
                    logger: logger,
                    now: now,
                    onFatal: onFatal
                )
            }
            let channel = try await listen(group, core)
            try await loop.submit { core.startHousekeeping() }.get()
            running.withLock {
                $0 = Running(group: group, pool: pool, channel: channel, core: core)
            }
            let port = channel.localAddress?.port ?? configuration.port
            logger.notice(
                "listening",
                metadata: ["host": "\(configuration.host)", "port": "\(port)"]
            )
            return port
        } catch {
            try? await pool.shutdownGracefully()
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private func listen(
        _ group: MultiThreadedEventLoopGroup,
        _ core: BrokerCore
    ) async throws -> any Channel {
        let bytesMax = configuration.requestBytesMax
        let requestsMax = configuration.requestsInFlightMax
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 1024,
                    initial: 16 << 10,
                    maximum: 1 << 20
                )
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Connection(
                            core: core,
                            requestBytesMax: bytesMax,
                            requestsMax: requestsMax
                        )
                    )
                }
            }
        do {
            return try await bootstrap.bind(
                host: configuration.host,
                port: configuration.port
            ).get()
        } catch {
            try? await core.close()
            throw error
        }
    }

    /// Stops listening, answers nobody any more, makes a checkpoint and lets go of the data folder.
    public func stop() async {
        let stopped = running.withLock { running in
            defer { running = nil }
            return running
        }
        guard let stopped else { return }
        try? await stopped.channel.close().get()
        try? await stopped.core.close()
        try? await stopped.pool.shutdownGracefully()
        try? await stopped.group.shutdownGracefully()
    }
}
