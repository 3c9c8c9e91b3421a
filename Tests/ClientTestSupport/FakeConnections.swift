import Events
import Foundation
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// One client's socket.
final class FakeSocket: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    var account: AccountID?
    var device: DeviceID?
    var watched: Set<AccountID> = []
    private let server: FakeMartlet
    private var context: ChannelHandlerContext?

    init(_ server: FakeMartlet) {
        self.server = server
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        server.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        server.closed(self)
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        server.closed(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var frame = Self.unwrapInboundIn(data)
        switch frame.opcode {
        case .text:
            var data = frame.unmaskedData
            server.received(data.readString(length: data.readableBytes) ?? "", on: self)
        case .connectionClose:
            frame.maskKey = nil
            context.close(promise: nil)
        default:
            break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func send(_ text: String) {
        context?.writeAndFlush(
            Self.wrapOutboundOut(
                WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: text))
            ),
            promise: nil
        )
    }

    func close(code: UInt16) {
        let gone = account
        account = nil
        defer {
            if let gone { server.tellPresence(of: gone) }
        }
        if code != 0 {
            var data = ByteBuffer()
            data.writeInteger(code)
            context?.writeAndFlush(
                Self.wrapOutboundOut(
                    WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
                ),
                promise: nil
            )
        }
        context?.close(promise: nil)
    }
}

/// One client's calls.
final class FakeHTTPHandler: ChannelInboundHandler, RemovableChannelHandler,
    @unchecked Sendable
{
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: FakeMartlet
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(_ server: FakeMartlet) {
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var part):
            body.writeBuffer(&part)
        case .end:
            guard let head else { return }
            let parsed = try? JSONSerialization.jsonObject(
                with: Data(body.readableBytesView)
            )
            let answer = server.answer(head, parsed as? [String: Any] ?? [:])
            let isHeld = head.uri.contains("/events") || head.uri == "/v1/export"
            guard isHeld, server.script.holdsPages else {
                return write(answer, to: head, context)
            }
            server.heldPages.append { self.write(answer, to: head, context) }
        }
    }

    private func write(
        _ answer: (status: Int, text: String),
        to request: HTTPRequestHead,
        _ context: ChannelHandlerContext
    ) {
        let isZip = request.uri == "/v1/export" && answer.status == 200
        let response = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: answer.status),
            headers: [
                "Content-Length": "\(answer.text.utf8.count)",
                "Content-Type": isZip ? "application/zip" : "application/json",
            ]
        )
        let body = ByteBuffer(string: answer.text)
        context.write(Self.wrapOutboundOut(.head(response)), promise: nil)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
    }
}
