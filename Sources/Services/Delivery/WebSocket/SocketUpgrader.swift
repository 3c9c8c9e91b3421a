import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Turns `GET /v1/socket` into a WebSocket whose only handler is ours.
struct SocketUpgrader: HTTPServerProtocolUpgrader, Sendable {
    static let path = "/v1/socket"

    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []
    private let hub: DeliveryHub
    private let handshake: NIOWebSocketServerUpgrader

    init(hub: DeliveryHub) {
        self.hub = hub
        // Only its answer to the handshake is used: its frame codecs would be two more handlers per connection.
        handshake = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, head in
                let path = head.uri.split(separator: "?", maxSplits: 1).first.map(String.init)
                return channel.eventLoop.makeSucceededFuture(
                    path == Self.path ? HTTPHeaders() : nil
                )
            },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
        )
    }

    func buildUpgradeResponse(
        channel: any Channel,
        upgradeRequest: HTTPRequestHead,
        initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        handshake.buildUpgradeResponse(
            channel: channel,
            upgradeRequest: upgradeRequest,
            initialResponseHeaders: initialResponseHeaders
        )
    }

    func upgrade(
        context: ChannelHandlerContext,
        upgradeRequest: HTTPRequestHead
    ) -> EventLoopFuture<Void> {
        let pipeline = context.pipeline.syncOperations
        guard let number = hub.admit() else {
            context.close(promise: nil)
            return context.eventLoop.makeSucceededVoidFuture()
        }
        do {
            try pipeline.addHandler(SocketHandler(number: number, hub: hub))
            return pipeline.removeHandler(name: PlainHTTPHandler.name)
        } catch {
            return context.eventLoop.makeFailedFuture(error)
        }
    }
}

/// Answers requests that are no WebSocket handshake, and gives up connections that send none in time.
final class PlainHTTPHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    static let name = "martlet.plain"

    private let timeout: TimeAmount
    private var expiry: Scheduled<Void>?
    private var status = HTTPResponseStatus.notFound

    init(timeout: Duration) {
        self.timeout = .nanoseconds(Int64(timeout.components.seconds) * 1_000_000_000)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        expiry = context.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        expiry?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            let path = head.uri.split(separator: "?", maxSplits: 1).first.map(String.init)
            status = path == SocketUpgrader.path ? .upgradeRequired : .notFound
        case .body:
            return
        case .end:
            answer(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A handshake that was refused is answered as the plain request that it then is.
        if error is HTTPParserError { context.close(promise: nil) }
    }

    private func answer(_ context: ChannelHandlerContext) {
        let code = status == .notFound ? "not_found" : "upgrade_required"
        let text =
            "{\"type\":\"about:blank\",\"title\":\"\(status.reasonPhrase)\","
            + "\"status\":\(status.code),\"code\":\"\(code)\","
            + "\"detail\":\"WebSockets are at \(SocketUpgrader.path)\"}"
        var headers = HTTPHeaders([
            ("content-type", "application/problem+json"), ("content-length", "\(text.utf8.count)"),
            ("connection", "close"),
        ])
        if status == .upgradeRequired {
            headers.add(name: "upgrade", value: "websocket")
            headers.add(name: "sec-websocket-version", value: "13")
        }
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        let channel = context.channel
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }
}
