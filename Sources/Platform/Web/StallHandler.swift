import NIOCore

/// Closes a connection whose client has stopped reading.
///
/// Nobody else would: the connection is in use, and whatever an answer is made of is held until all of it was taken.
final class StallHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let timeout: TimeAmount
    private var watch = StallWatch()
    private var look: Scheduled<Void>?

    /// Closes what takes nothing from one look to the next; `timeout` lies between two.
    init(after timeout: TimeAmount) {
        self.timeout = timeout
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            stop()
        } else if look == nil {
            watch = StallWatch()
            schedule(context)
        }
        context.fireChannelWritabilityChanged()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    private func stop() {
        look?.cancel()
        look = nil
    }

    private func schedule(_ context: ChannelHandlerContext) {
        look = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [self] in
            look = nil
            let options = context.channel.syncOptions
            let waiting = try? options?.getOption(.bufferedWritableBytes)
            if watch.hasStalled(waiting: waiting ?? 0) {
                context.close(promise: nil)
            } else {
                schedule(context)
            }
        }
    }
}
