import NIOCore
import NIOPosix

/// One HTTP/1.1 connection with one request at a time, confined to its event loop.
///
/// A general client costs several times what the rest of the load generator costs; this one knows just enough of HTTP for
/// our own servers: a status line and a length. `@unchecked Sendable`: everything is touched on `eventLoop` only.
final class RequestConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let answerBytesMax = 4 * 1024 * 1024
    private static let headEnd = Array("\r\n\r\n".utf8)
    private static let lengthName = Array("content-length:".utf8)

    /// What a server said.
    struct Answer: Sendable {
        var status: Int
        var body: ByteBuffer
        /// Of head and body.
        var bytes: Int
    }

    private let onAnswer: @Sendable (RequestConnection, Int, Answer) -> Void
    private let onClose: @Sendable (RequestConnection, Int?) -> Void
    private var context: ChannelHandlerContext?
    private var input = ByteBuffer()
    private var number: Int?
    /// When the last bytes came, in nanoseconds of the loop's clock.
    private(set) var lastRead: UInt64 = 0

    /// `onAnswer` gets a request's number and the answer; `onClose` the number that stays without one.
    private init(
        onAnswer: @escaping @Sendable (RequestConnection, Int, Answer) -> Void,
        onClose: @escaping @Sendable (RequestConnection, Int?) -> Void
    ) {
        self.onAnswer = onAnswer
        self.onClose = onClose
    }

    static func connect(
        host: String,
        port: Int,
        on eventLoop: any EventLoop,
        onAnswer: @escaping @Sendable (RequestConnection, Int, Answer) -> Void,
        onClose: @escaping @Sendable (RequestConnection, Int?) -> Void
    ) -> EventLoopFuture<RequestConnection> {
        let connection = RequestConnection(onAnswer: onAnswer, onClose: onClose)
        return ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .connect(host: host, port: port).map { _ in connection }
    }

    /// Whether a request may be sent.
    var isFree: Bool { number == nil && context != nil }

    /// Sends a whole request.
    func send(_ request: ByteBuffer, number: Int) {
        self.number = number
        context?.writeAndFlush(Self.wrapOutboundOut(request), promise: nil)
    }

    func close() {
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        let open = number
        number = nil
        onClose(self, open)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastRead = NIODeadline.now().uptimeNanoseconds
        var received = Self.unwrapInboundIn(data)
        input.writeBuffer(&received)
        while let answer = takeAnswer() {
            guard let answered = number else { break }
            number = nil
            onAnswer(self, answered, answer)
        }
        if input.readableBytes > Self.answerBytesMax {
            context.close(promise: nil)
        }
        input.discardReadBytes()
    }

    /// Takes a complete answer from the input.
    private func takeAnswer() -> Answer? {
        let view = input.readableBytesView
        guard view.count > 12, let end = view.firstRange(of: Self.headEnd) else { return nil }
        let status = view[(view.startIndex + 9)..<(view.startIndex + 12)]
            .reduce(0) { $0 * 10 + Int($1 &- 48) }
        var length = 0
        for line in view[..<end.lowerBound].split(separator: 0x0A)
        where line.count > Self.lengthName.count {
            guard zip(line, Self.lengthName).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) else {
                continue
            }
            length = line.dropFirst(Self.lengthName.count)
                .reduce(0) { (48...57).contains($1) ? $0 * 10 + Int($1 - 48) : $0 }
        }
        let headBytes = end.upperBound - view.startIndex
        guard length <= Self.answerBytesMax, input.readableBytes >= headBytes + length else {
            return nil
        }
        input.moveReaderIndex(forwardBy: headBytes)
        guard let body = input.readSlice(length: length) else { return nil }
        return Answer(status: status, body: body, bytes: headBytes + length)
    }
}
