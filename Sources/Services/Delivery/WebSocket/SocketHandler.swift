import Events
import NIOCore
import Web

/// One WebSocket: bytes in and out, the closing handshake, and when to read on.
///
/// What the frames mean is the hub's business.
///
/// It is the only handler of its connection: it takes frames apart itself and is given whole frames to write, so an
/// idle connection costs little.
///
/// `@unchecked Sendable`: used on its channel's event loop alone, which is the hub's.
final class SocketHandler: ChannelInboundHandler, ChannelOutboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Where the conversation with the client stands.
    enum Phase {
        /// Waits for `hello`, until then.
        case fresh(deadline: Duration)
        /// The token is being verified, until then.
        case authenticating(deadline: Duration)
        case open(DeviceSession)
        /// The close frame is on its way; until then the client may answer.
        case closing(deadline: Duration)
        case closed
    }

    /// What the hub knows the socket by.
    let number: UInt64
    private let hub: DeliveryHub
    private var context: ChannelHandlerContext?
    private var parser = WebSocketFrameParser()
    private var isParsing = false
    private var wantsRead = false
    private var needsFlush = false
    private var bytesWritten = 0
    private(set) var phase: Phase

    /// When the client was last heard of, and last pinged.
    private(set) var lastHeard: Duration
    var lastPing: Duration
    /// The tick in which the hub looks at this socket's deadlines next.
    var nextLook = UInt64.max
    /// How far the socket had taken what was written when that last changed.
    private var drained: (bytes: Int, at: Duration)

    init(number: UInt64, hub: DeliveryHub) {
        self.number = number
        self.hub = hub
        let now = hub.now
        phase = .fresh(deadline: now + hub.settings.helloTimeout)
        lastHeard = now
        lastPing = now
        drained = (0, now)
    }

    var session: DeviceSession? {
        if case .open(let session) = phase { session } else { nil }
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { hub.connected(self) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        hub.connected(self)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let session { hub.sessionEnded(session, closeCode: 0) }
        phase = .closed
        hub.disconnected(self)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastHeard = hub.now
        parser.append(unwrapInboundIn(data))
        parse()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            if let session { hub.drive(session) }
            resume()
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func read(context: ChannelHandlerContext) {
        if isPaused {
            wantsRead = true
        } else {
            context.read()
        }
    }

    // MARK: Reading

    /// Whether frames have to wait; a bound was reached, or the answer to an earlier frame decides.
    private var isPaused: Bool {
        switch phase {
        case .fresh, .closing, .closed: false
        case .authenticating: true
        case .open(let session): isFull || hub.isSaturated(session)
        }
    }

    /// What kept frames waiting may be over.
    func resume() {
        guard !isPaused else { return }
        parse()
        guard wantsRead, !isPaused, let context else { return }
        wantsRead = false
        context.read()
    }

    private func parse() {
        guard !isParsing else { return }
        isParsing = true
        defer { isParsing = false }
        do {
            while !isPaused, let message = try parser.next() { take(message) }
        } catch {
            fail(error.code, error.detail)
        }
    }

    private func take(_ message: WebSocketFrameParser.Message) {
        switch (phase, message) {
        case (.closed, _):
            return
        case (.closing, .close):
            closeChannel()
        case (.closing, _), (_, .pong):
            return
        case (_, .ping(let payload)):
            write(WebSocketFrame.pong(payload))
        case (_, .close(let code)):
            closedByClient(code)
        case (_, .text(let bytes)):
            hub.received(bytes, from: self)
        }
    }

    // MARK: Writing

    /// Whether the socket takes no more for now.
    var isFull: Bool { !(context?.channel.isWritable ?? false) }

    /// Bytes that the socket has not taken yet.
    private var bytesWaiting: Int {
        (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// Queues a whole frame; `flush` sends.
    func write(_ frame: ByteBuffer) {
        guard let context else { return }
        if case .closed = phase { return }
        bytesWritten += frame.readableBytes
        needsFlush = true
        context.write(wrapOutboundOut(frame), promise: nil)
    }

    /// Sends what was queued; closes the device if too much is left.
    func flush() {
        guard needsFlush, let context else { return }
        needsFlush = false
        context.flush()
        if isFull, session != nil, bytesWaiting > hub.settings.sendQueueBytesMax {
            close(.tooSlow, linger: hub.settings.slowCloseLinger)
        } else if isFull {
            hub.look(at: self, in: hub.settings.stallTimeout)
        }
    }

    /// Whether bytes have waited too long without the socket taking any.
    func isStalled(now: Duration) -> Bool {
        let waiting = bytesWaiting
        let taken = bytesWritten - waiting
        guard waiting > 0, taken == drained.bytes else {
            drained = (taken, now)
            return false
        }
        return now - drained.at >= hub.settings.stallTimeout
    }

    /// Whether anything waits for the socket.
    var hasBacklog: Bool { bytesWaiting > 0 }

    // MARK: Life cycle

    /// The token is being looked at.
    func startAuthenticating() {
        if case .fresh(let deadline) = phase { phase = .authenticating(deadline: deadline) }
    }

    /// The device is who it says it is.
    func open(_ session: DeviceSession) {
        phase = .open(session)
    }

    /// Says what is wrong, and closes.
    func fail(_ code: CloseCode, _ detail: String, problem: String? = nil) {
        if case .closing = phase { return closeChannel() }
        write(ServerFrame.error(code: problem ?? code.name, detail: detail))
        close(code)
    }

    /// Starts the closing handshake; the session, if any, has ended.
    func close(_ code: CloseCode, linger: Duration? = nil) {
        switch phase {
        case .closing, .closed: return
        case .fresh, .authenticating, .open: break
        }
        let session = session
        let linger = linger ?? hub.settings.closeLinger
        write(WebSocketFrame.close(code.code, code.name))
        phase = .closing(deadline: hub.now + linger)
        hub.metrics.closed(code.code)
        if let session { hub.sessionEnded(session, closeCode: code.code) }
        hub.look(at: self, in: linger)
        needsFlush = false
        context?.flush()
        resume()
    }

    /// The client closes: answers in kind and lets go.
    private func closedByClient(_ code: UInt16?) {
        write(WebSocketFrame.close(code))
        let code = code ?? 1005
        hub.metrics.closed(code)
        if let session { hub.sessionEnded(session, closeCode: code) }
        closeChannel()
    }

    /// Ends the connection after what was written, without waiting for the client.
    func closeChannel() {
        phase = .closed
        context?.flush()
        context?.close(promise: nil)
    }
}
