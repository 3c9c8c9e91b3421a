import NIOCore
import NIOPosix

/// A server that knows just enough of HTTP to answer requests without a body, one at a time on a connection.
final class FakeHistory: Sendable {
    /// A status and a body; `nil`: the connection is closed instead.
    typealias Answer = @Sendable (_ head: String) -> (status: Int, body: String)?

    let server: String
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup

    private init(_ channel: any Channel, _ group: MultiThreadedEventLoopGroup) {
        self.channel = channel
        self.group = group
        server = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
    }

    static func start(_ answer: @escaping Answer) async throws -> FakeHistory {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return FakeHistory(channel, group)
    }

    func stop() async throws {
        try await channel.close()
        try await group.shutdownGracefully()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: Answer
        private var input = ""

        init(_ answer: @escaping Answer) {
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            input += String(buffer: Self.unwrapInboundIn(data))
            guard input.hasSuffix("\r\n\r\n") else { return }
            let head = input
            input = ""
            guard let (status, body) = answer(head) else {
                context.close(promise: nil)
                return
            }
            let text =
                "HTTP/1.1 \(status) OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            context.writeAndFlush(
                Self.wrapOutboundOut(ByteBuffer(string: text)),
                promise: nil
            )
        }
    }
}
