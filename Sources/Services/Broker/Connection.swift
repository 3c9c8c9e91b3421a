import KafkaWire
import Logging
import NIOCore

/// One client's connection: cuts the stream into requests, and sends the answers in the order of the requests.
///
/// Reading stops while too many requests are unanswered or the socket takes no more: the client waits then, not the memory.
final class Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What has become of a request.
    private enum Slot {
        case waiting
        case answered(ByteBuffer)
        case silent
    }

    private let core: BrokerCore
    private let requestBytesMax: Int
    private let requestsMax: Int
    private var context: ChannelHandlerContext?
    private var received = ByteBuffer()
    private var slots: [Slot] = []
    /// The number of the first slot.
    private var firstSlot = 0
    private var isReading = false
    private var isReadPending = false
    /// Releases the Fetch that makes the connection wait; see ``handleRequests()``.
    var waitingFetch: FetchOperation?
    private(set) var clientHost = ""
    private(set) var localHost = "127.0.0.1"
    private(set) var localPort: Int32 = 0

    init(core: BrokerCore, requestBytesMax: Int, requestsMax: Int) {
        self.core = core
        self.requestBytesMax = requestBytesMax
        self.requestsMax = requestsMax
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        clientHost = context.remoteAddress?.ipAddress ?? ""
        localHost = context.localAddress?.ipAddress ?? "127.0.0.1"
        localPort = Int32(context.localAddress?.port ?? 0)
        guard core.add(self) else {
            context.close(promise: nil)
            return
        }
        context.read()
        isReadPending = true
    }

    func channelInactive(context: ChannelHandlerContext) {
        waitingFetch?.cancel()
        waitingFetch = nil
        core.remove(self)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if received.readableBytes == 0 {
            received = bytes
        } else {
            received.discardReadBytes()
            received.writeBuffer(&bytes)
        }
        handleRequests()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReadPending = false
        context.flush()
        readMore()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        handleRequests()
        readMore()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        core.logger.debug("connection failed", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }

    private var mayTakeMore: Bool {
        slots.count < requestsMax && (context?.channel.isWritable ?? false)
    }

    private func readMore() {
        guard !isReadPending, mayTakeMore, let context else { return }
        isReadPending = true
        context.read()
    }

    /// Takes whole requests out of what was received.
    private func handleRequests() {
        guard !isReading else { return }
        isReading = true
        defer { isReading = false }
        while mayTakeMore {
            guard let length = received.getInteger(at: received.readerIndex, as: Int32.self) else {
                return
            }
            guard length >= 8, Int(length) <= requestBytesMax else {
                close("a request of \(length) bytes")
                return
            }
            let missing = Int(length) + 4 - received.readableBytes
            guard missing <= 0 else {
                received.reserveCapacity(minimumWritableBytes: missing)
                return
            }
            received.moveReaderIndex(forwardBy: 4)
            guard let frame = received.readSlice(length: Int(length)) else { return }
            // A request behind a Fetch that waits would have to wait with it: answers go out in order. So the Fetch is answered with what there is.
            waitingFetch?.release()
            waitingFetch = nil
            slots.append(.waiting)
            do {
                try core.handle(frame, from: self, slot: firstSlot + slots.count - 1)
            } catch {
                close("a malformed request: \(error)")
                return
            }
        }
    }

    /// Ends a connection whose client does not speak the protocol.
    func close(_ reason: String) {
        core.logger.info(
            "closing a connection",
            metadata: ["client": "\(clientHost)", "reason": "\(reason)"]
        )
        context?.close(promise: nil)
    }

    /// Ends the connection.
    func close() {
        context?.close(promise: nil)
    }

    /// Gives a request its answer, `nil` for none, and sends what can be sent in order.
    func answer(_ slot: Int, with bytes: ByteBuffer?) {
        let index = slot - firstSlot
        guard let context, slots.indices.contains(index) else { return }
        slots[index] = bytes.map(Slot.answered) ?? .silent
        guard index == 0 else { return }
        var done = 0
        for slot in slots {
            if case .waiting = slot { break }
            if case .answered(let bytes) = slot {
                context.write(wrapOutboundOut(bytes), promise: nil)
            }
            done += 1
        }
        slots.removeFirst(done)
        firstSlot += done
        if !isReading { core.flushLater(self) }
    }

    /// Sends what was written, and goes on with what was held back.
    func flush() {
        context?.flush()
        handleRequests()
        readMore()
    }
}
