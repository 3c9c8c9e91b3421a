import NIOCore
import NIOPosix
import Synchronization

/// A line to a server on this machine that can be cut.
///
/// To whoever is connected a cut looks like the server's death: connections break in the middle, and new ones end at once until the line is
/// mended. The server itself notices nothing and loses nothing, as one that keeps what it has over its own restarts.
public final class CuttableLine: Sendable {
    private let listener: any Channel
    private let connections: OpenConnections

    /// A line to the server that listens at a port.
    public init(to target: Int) async throws {
        let connections = OpenConnections()
        self.connections = connections
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                guard connections.admit(channel) else { return channel.close() }
                return Self.join(channel, to: target)
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    /// Where it begins.
    public var port: Int { listener.localAddress?.port ?? 0 }

    /// Breaks all connections, and those that come until `mend()`.
    public func cut() { connections.cut() }

    /// Lets connections through again.
    public func mend() { connections.mend() }

    /// Takes the line down.
    public func close() async {
        cut()
        try? await listener.close()
    }

    private static func join(_ channel: any Channel, to target: Int) -> EventLoopFuture<Void> {
        ClientBootstrap(group: channel.eventLoop)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: target)
            .flatMap { other in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Forwarding(to: other))
                    try other.pipeline.syncOperations.addHandler(Forwarding(to: channel))
                }.flatMap {
                    channel.setOption(.autoRead, value: true)
                        .and(other.setOption(.autoRead, value: true)).map { _ in }
                }
            }
    }
}

/// The open connections of a line.
private final class OpenConnections: Sendable {
    private struct State {
        var isCut = false
        var channels: [ObjectIdentifier: any Channel] = [:]
    }

    private let state = Mutex(State())

    /// Takes a connection on unless the line is cut.
    func admit(_ channel: any Channel) -> Bool {
        let isAdmitted = state.withLock { state in
            if !state.isCut { state.channels[ObjectIdentifier(channel)] = channel }
            return !state.isCut
        }
        guard isAdmitted else { return false }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.channels[ObjectIdentifier(channel)] = nil }
        }
        return true
    }

    func cut() {
        let broken = state.withLock { state in
            state.isCut = true
            return Array(state.channels.values)
        }
        for channel in broken { channel.close(promise: nil) }
    }

    func mend() {
        state.withLock { $0.isCut = false }
    }
}

/// Writes to another channel what comes on this one, and ends with it.
private final class Forwarding: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let other: any Channel

    init(to other: any Channel) {
        self.other = other
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        other.close(promise: nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
