import Crypto
import Foundation
public import NIOCore
import NIOPosix

/// A WebSocket to Martlet, confined to one event loop.
///
/// Made for thousands in one process: one handler in the pipeline, frames decoded where they were received, no task
/// and no future per frame. Frames that are sent while others are being received leave together, in one write.
/// Everything but `eventLoop`, `close` and `abort` is to be used on the event loop alone; the callbacks run there, and must
/// not block. Pings are answered. Compression is not offered.
///
/// `@unchecked Sendable`: all mutable state is touched on `eventLoop` only, which every method checks.
public final class SocketConnection: ChannelInboundHandler, @unchecked Sendable {
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public typealias InboundIn = ByteBuffer
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public typealias OutboundOut = ByteBuffer

    /// What to do with what happens.
    public struct Handlers: Sendable {
        /// Called with each frame, in order.
        public var onFrame: @Sendable (SocketConnection, ServerFrame) -> Void
        /// Called once, when the connection is closed or broke, after the last frame.
        public var onClose: @Sendable (SocketConnection, Closure) -> Void
        /// Called when all frames that came together have been given out; what it sends leaves with their answers.
        public var onReadComplete: (@Sendable (SocketConnection) -> Void)?

        /// Handlers of their parts.
        public init(
            onFrame: @escaping @Sendable (SocketConnection, ServerFrame) -> Void,
            onClose: @escaping @Sendable (SocketConnection, Closure) -> Void,
            onReadComplete: (@Sendable (SocketConnection) -> Void)? = nil
        ) {
            self.onFrame = onFrame
            self.onClose = onClose
            self.onReadComplete = onReadComplete
        }
    }

    /// How a connection ended.
    public struct Closure: Sendable, Equatable {
        /// The close code that the server sent; `nil`: the connection broke.
        public let code: UInt16?
    }

    /// The largest frame or message taken from the server, in bytes.
    public static let frameBytesMax = 1 << 20
    private static let handshakeBytesMax = 16 * 1024

    /// The loop that everything happens on.
    public let eventLoop: any EventLoop

    private let handlers: Handlers
    private let connected: EventLoopPromise<SocketConnection>
    private let target: SocketTarget
    private let key: String
    private var random = SystemRandomNumberGenerator()

    private var context: ChannelHandlerContext?
    private var phase = Phase.handshaking
    private var input = ByteBuffer()
    private var output = ByteBuffer()
    private var scratch = ByteBuffer()
    private var fragments = ByteBuffer()
    private var isReceiving = false
    private var closeCode: UInt16?
    /// When anything, pings included, came in last.
    public private(set) var lastReceived = NIODeadline.now()

    private enum Phase {
        case handshaking
        case open
        case closing
        case closed
    }

    private init(
        target: SocketTarget,
        eventLoop: any EventLoop,
        handlers: Handlers,
        connected: EventLoopPromise<SocketConnection>
    ) {
        self.target = target
        self.eventLoop = eventLoop
        self.handlers = handlers
        self.connected = connected
        var random = SystemRandomNumberGenerator()
        let nonce = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
        key = Data(nonce).base64EncodedString()
    }

    // MARK: Use

    /// Connects to `ws://HOST:PORT/PATH` and performs the WebSocket handshake.
    ///
    /// The future fails with a `ClientError`; then `onClose` is not called. Frames may come in before the future's own
    /// callbacks ran. The time-out is for the connection and, once more, for the handshake.
    public static func connect(
        to url: String,
        on eventLoop: any EventLoop,
        timeout: Duration = .seconds(5),
        handlers: Handlers
    ) -> EventLoopFuture<SocketConnection> {
        guard let target = SocketTarget(url) else {
            return eventLoop.makeFailedFuture(
                ClientError(.invalidURL, "a socket's address is ws://HOST:PORT/PATH")
            )
        }
        let promise = eventLoop.makePromise(of: SocketConnection.self)
        let connection = SocketConnection(
            target: target,
            eventLoop: eventLoop,
            handlers: handlers,
            connected: promise
        )
        let amount = TimeAmount(timeout)
        ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(amount)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .connect(host: target.host, port: target.port)
            .whenFailure { _ in
                promise.fail(ClientError(.transport, "cannot connect to the socket"))
            }
        let limit = eventLoop.scheduleTask(in: amount + amount) {
            connection.handshakeFailed(ClientError(.timeout, "no answer to the handshake"))
        }
        promise.futureResult.whenComplete { _ in limit.cancel() }
        return promise.futureResult
    }

    /// Whether frames may be sent.
    public var isOpen: Bool { phase == .open }

    /// Whether the connection takes more without queueing it in this process.
    public var isWritable: Bool { context?.channel.isWritable ?? false }

    /// Sends a frame; dropped when the connection is not open any more.
    public func send(_ frame: ClientFrame) {
        eventLoop.preconditionInEventLoop()
        scratch.clear()
        frame.write(to: &scratch)
        append(scratch, opcode: .text)
        flushUnlessReceiving()
    }

    /// Sends several frames in one write.
    public func send(_ frames: some Sequence<ClientFrame>) {
        eventLoop.preconditionInEventLoop()
        for frame in frames {
            scratch.clear()
            frame.write(to: &scratch)
            append(scratch, opcode: .text)
        }
        flushUnlessReceiving()
    }

    /// Sends a text frame whose payload was made elsewhere.
    public func send(payload: ByteBuffer) {
        eventLoop.preconditionInEventLoop()
        append(payload, opcode: .text)
        flushUnlessReceiving()
    }

    /// Sends anything as one frame: tests send what a good client would not.
    public func send(opcode: WebSocketOpcodeByte, isFinal: Bool = true, payload: ByteBuffer) {
        eventLoop.preconditionInEventLoop()
        append(payload, opcode: opcode, isFinal: isFinal)
        flushUnlessReceiving()
    }

    /// Stops or goes on with reading from the network: a slow reader, for tests.
    public func setReading(_ isOn: Bool) {
        eventLoop.preconditionInEventLoop()
        context?.channel.setOption(.autoRead, value: isOn).whenFailure { _ in }
        if isOn {
            context?.read()
        }
    }

    /// Closes in order: says so with the code, and waits at most two seconds for the server to agree.
    ///
    /// May be called from any thread.
    public func close(code: UInt16 = 1000) {
        eventLoop.execute {
            guard self.phase == .open else {
                self.abortNow()
                return
            }
            self.sendClose(code)
            self.eventLoop.scheduleTask(in: .seconds(2)) { self.abortNow() }
        }
    }

    /// Breaks the connection without a word.
    ///
    /// May be called from any thread.
    public func abort() {
        eventLoop.execute { self.abortNow() }
    }

    private func abortNow() {
        guard phase != .closed else { return }
        context?.close(promise: nil)
    }

    // MARK: Handler

    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive {
            sendHandshake(context)
        }
    }

    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public func handlerRemoved(context: ChannelHandlerContext) {
        ended()
        self.context = nil
    }

    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public func channelActive(context: ChannelHandlerContext) {
        sendHandshake(context)
    }

    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public func channelInactive(context: ChannelHandlerContext) {
        ended()
        context.fireChannelInactive()
    }

    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReceiving = true
        lastReceived = .now()
        var received = Self.unwrapInboundIn(data)
        if input.readableBytes == 0 {
            input = received
        } else {
            input.writeBuffer(&received)
        }
        if phase == .handshaking {
            receiveHandshake()
        }
        while phase == .open || phase == .closing, receiveFrame() {}
        if input.readableBytes == 0 {
            // Gives the channel its buffer back, to be used again.
            input = ByteBuffer()
        } else {
            input.discardReadBytes()
        }
    }

    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public func channelReadComplete(context: ChannelHandlerContext) {
        if phase == .open {
            handlers.onReadComplete?(self)
        }
        isReceiving = false
        flush()
        context.fireChannelReadComplete()
    }

    private func ended() {
        switch phase {
        case .closed:
            return
        case .handshaking:
            phase = .closed
            connected.fail(ClientError(.transport, "the connection broke during the handshake"))
        case .open, .closing:
            phase = .closed
            handlers.onClose(self, Closure(code: closeCode))
        }
    }

    // MARK: Handshake

    private func sendHandshake(_ context: ChannelHandlerContext) {
        let request = """
            GET \(target.path) HTTP/1.1\r
            Host: \(target.authority)\r
            Connection: Upgrade\r
            Upgrade: websocket\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: \(key)\r
            \r

            """
        context.writeAndFlush(
            Self.wrapOutboundOut(ByteBuffer(string: request)),
            promise: nil
        )
    }

    private func receiveHandshake() {
        let end = Array("\r\n\r\n".utf8)
        let head = input.readableBytesView
        guard let place = head.firstRange(of: end) else {
            if input.readableBytes > Self.handshakeBytesMax {
                handshakeFailed(ClientError(.badResponse, "the handshake's answer is too long"))
            }
            return
        }
        let text = String(decoding: head[..<place.lowerBound], as: UTF8.self)
        input.moveReaderIndex(forwardBy: place.upperBound - head.startIndex)
        var lines = text.components(separatedBy: "\r\n")[...]
        let status = lines.popFirst()?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        guard status == 101 else {
            handshakeFailed(
                ClientError(.badResponse, "the server refused the WebSocket", status: status)
            )
            return
        }
        let digest = Insecure.SHA1.hash(
            data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
        )
        let accept = Data(digest).base64EncodedString()
        let isAccepted = lines.contains { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return parts.count == 2 && parts[0].lowercased() == "sec-websocket-accept"
                && parts[1].trimmingCharacters(in: .whitespaces) == accept
        }
        guard isAccepted else {
            handshakeFailed(ClientError(.badResponse, "not the answer to this handshake"))
            return
        }
        phase = .open
        connected.succeed(self)
    }

    private func handshakeFailed(_ error: ClientError) {
        guard phase == .handshaking else { return }
        phase = .closed
        connected.fail(error)
        context?.close(promise: nil)
    }

    // MARK: Frames in

    /// Takes one frame from the input; `false`: it is not complete yet, or the connection is being closed.
    private func receiveFrame() -> Bool {
        guard let header = FrameHeader(input.readableBytesView) else { return false }
        guard header.isAllowed, header.payloadBytes <= Self.frameBytesMax else {
            fail(code: header.isAllowed ? 1009 : 1002)
            return false
        }
        guard input.readableBytes >= header.headerBytes + header.payloadBytes else { return false }
        input.moveReaderIndex(forwardBy: header.headerBytes)
        switch header.opcode {
        case .text where header.isFinal:
            let frame = input.withUnsafeReadableBytes { bytes in
                ServerFrame(json: UnsafeRawBufferPointer(rebasing: bytes[..<header.payloadBytes]))
            }
            input.moveReaderIndex(forwardBy: header.payloadBytes)
            handlers.onFrame(self, frame)
        case .text, .continuation:
            receiveFragment(header)
        case .ping:
            let payload = input.readSlice(length: header.payloadBytes) ?? ByteBuffer()
            append(payload, opcode: .pong)
        case .close:
            let code = input.getInteger(at: input.readerIndex, as: UInt16.self)
            closeCode = header.payloadBytes >= 2 ? code : 1005
            if phase == .open {
                sendClose(closeCode == 1005 ? 1000 : closeCode ?? 1000)
            }
            flush()
            context?.close(promise: nil)
            return false
        case .pong:
            input.moveReaderIndex(forwardBy: header.payloadBytes)
        default:
            fail(code: 1003)
            return false
        }
        return true
    }

    private func receiveFragment(_ header: FrameHeader) {
        if header.opcode == .text {
            fragments.clear()
        }
        guard fragments.readableBytes + header.payloadBytes <= Self.frameBytesMax,
            var part = input.readSlice(length: header.payloadBytes)
        else {
            fail(code: 1009)
            return
        }
        fragments.writeBuffer(&part)
        guard header.isFinal else { return }
        let frame = fragments.withUnsafeReadableBytes { ServerFrame(json: $0) }
        fragments = ByteBuffer()
        handlers.onFrame(self, frame)
    }

    private func fail(code: UInt16) {
        sendClose(code)
        flush()
        context?.close(promise: nil)
    }

    private func sendClose(_ code: UInt16) {
        guard phase == .open else { return }
        var payload = ByteBuffer()
        payload.writeInteger(code)
        append(payload, opcode: .close)
        phase = .closing
        flushUnlessReceiving()
    }

    // MARK: Frames out

    private func append(_ payload: ByteBuffer, opcode: WebSocketOpcodeByte, isFinal: Bool = true) {
        guard phase == .open else { return }
        let count = payload.readableBytes
        output.writeInteger(opcode.rawValue | (isFinal ? 0x80 : 0))
        switch count {
        case 0..<126:
            output.writeInteger(0x80 | UInt8(count))
        case 126...0xFFFF:
            output.writeInteger(UInt8(0x80 | 126))
            output.writeInteger(UInt16(count))
        default:
            output.writeInteger(UInt8(0x80 | 127))
            output.writeInteger(UInt64(count))
        }
        let mask = UInt32.random(in: .min ... .max, using: &random)
        output.writeInteger(mask, endianness: .little)
        payload.withUnsafeReadableBytes { source in
            _ = output.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
                Self.mask(source, into: target, with: mask)
                return count
            }
        }
    }

    private static func mask(
        _ source: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawBufferPointer,
        with mask: UInt32
    ) {
        let wide = UInt64(mask) << 32 | UInt64(mask)
        var place = 0
        while place + 8 <= source.count {
            let word = source.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            target.storeBytes(
                of: (UInt64(littleEndian: word) ^ wide).littleEndian,
                toByteOffset: place,
                as: UInt64.self
            )
            place += 8
        }
        while place < source.count {
            target[place] = source[place] ^ UInt8(truncatingIfNeeded: wide >> UInt64(place % 8 * 8))
            place += 1
        }
    }

    private func flushUnlessReceiving() {
        if !isReceiving {
            flush()
        }
    }

    private func flush() {
        guard output.readableBytes > 0, let context else { return }
        context.writeAndFlush(Self.wrapOutboundOut(output), promise: nil)
        // Keeps the bytes' memory if the channel has already written them.
        output.clear()
    }
}
