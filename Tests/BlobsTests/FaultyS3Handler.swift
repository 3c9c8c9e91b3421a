import NIOCore
import NIOHTTP1

@testable import Blobs

/// One connection to a `FaultyS3Server`; lives on its loop.
final class FaultyS3Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: FaultyS3Server
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ server: FaultyS3Server) {
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part):
            body += Array(part.readableBytesView)
        case .end:
            guard let head else { return }
            let seen = FaultyS3Server.Seen(
                method: head.method,
                uri: head.uri,
                headers: head.headers,
                body: body
            )
            let act = server.next(seen)
            guard FaultyS3Server.isSigned(seen) else {
                let text = "<Error><Code>SignatureDoesNotMatch</Code></Error>"
                return answer(context, 403, [:], Array(text.utf8))
            }
            perform(act, seen, context)
        }
    }

    private func perform(
        _ act: FaultyS3Server.Act,
        _ request: FaultyS3Server.Seen,
        _ context: ChannelHandlerContext
    ) {
        let (status, headers, body) = rightAnswer(to: request)
        switch act {
        case .serve: answer(context, status, headers, body)
        case .answer(let status, let text, let headers):
            answer(context, status, headers, Array(text.utf8))
        case .lie(let lies):
            answer(context, status, headers.merging(lies) { $1 }, body)
        case .stall: break
        case .stallAfter(let count): begin(context, status, headers, body, count)
        case .cutAfter(let count):
            begin(context, status, headers, body, count)
            context.close(promise: nil)
        case .drip:
            begin(context, status, headers, body, 0)
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.eventLoop.scheduleRepeatedTask(
                initialDelay: .milliseconds(10),
                delay: .milliseconds(10)
            ) { task in
                guard bound.value.channel.isActive else { return task.cancel() }
                let byte = HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: [0])))
                bound.value.writeAndFlush(NIOAny(byte), promise: nil)
            }
        case .close: context.close(promise: nil)
        }
    }

    /// What an honest server says.
    private func rightAnswer(
        to request: FaultyS3Server.Seen
    ) -> (status: Int, headers: [String: String], body: [UInt8]) {
        let object = server.object
        guard request.method == .GET || request.method == .HEAD else {
            return (request.method == .DELETE ? 204 : 200, ["etag": "\"tag\""], [])
        }
        guard let range = request.headers.first(name: "range") else {
            return (
                200, ["content-length": "\(object.count)"], request.method == .GET ? object : []
            )
        }
        let ends = range.dropFirst("bytes=".count).split(separator: "-").compactMap { Int($0) }
        guard ends.count == 2, ends[0] < object.count else {
            return (416, [:], Array("<Error><Code>InvalidRange</Code></Error>".utf8))
        }
        let last = min(ends[1], object.count - 1)
        let header = ["content-range": "bytes \(ends[0])-\(last)/\(object.count)"]
        return (206, header, Array(object[ends[0]...last]))
    }

    private func answer(
        _ context: ChannelHandlerContext,
        _ status: Int,
        _ headers: [String: String],
        _ body: [UInt8]
    ) {
        begin(context, status, headers, body, body.count)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Sends a head that promises a body, and some of it.
    private func begin(
        _ context: ChannelHandlerContext,
        _ status: Int,
        _ headers: [String: String],
        _ body: [UInt8],
        _ count: Int
    ) {
        var all = HTTPHeaders(headers.map { ($0.key, $0.value) })
        if !all.contains(name: "content-length"), !all.contains(name: "transfer-encoding"),
            status != 204
        {
            all.add(name: "content-length", value: String(body.count))
        }
        let head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: status),
            headers: all
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let part = ByteBuffer(bytes: body.prefix(count))
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(part))), promise: nil)
    }
}
