import Foundation
import NIOCore
import NIOPosix
import Synchronization
import TestKit

/// A WebSocket that keeps every text frame as it came, so that nothing of it is lost in a client's types.
final class AsyncAPISocket: Sendable {
    private struct State {
        var isOpen = false
        var texts: [String] = []
        var closeCode: UInt16?
    }

    private final class Storage: Sendable {
        let value = Mutex(State())
    }

    private let storage: Storage
    private let channel: any Channel

    private init(_ storage: Storage, _ channel: any Channel) {
        self.storage = storage
        self.channel = channel
    }

    /// Connects to `ws://HOST:PORT/PATH`.
    static func connect(to url: String) async throws -> AsyncAPISocket {
        guard let parts = URLComponents(string: url), let host = parts.host, let port = parts.port
        else { throw HarnessError("\(url) is no address") }
        let storage = Storage()
        let request = """
            GET \(parts.path) HTTP/1.1\r
            Host: \(host):\(port)\r
            Connection: Upgrade\r
            Upgrade: websocket\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            \r

            """
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(storage))
                }
            }
            .connect(host: host, port: port).get()
        let socket = AsyncAPISocket(storage, channel)
        try await channel.writeAndFlush(ByteBuffer(string: request))
        try await wait(for: "the WebSocket") { storage.value.withLock { $0.isOpen } }
        return socket
    }

    /// All text frames so far.
    var texts: [String] { storage.value.withLock { $0.texts } }
    /// The code of the server's close frame, once it has come.
    var closeCode: UInt16? { storage.value.withLock { $0.closeCode } }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(Self.frame(0x1, ByteBuffer(string: text)))
    }

    func close() async throws {
        try await channel.close()
    }

    /// A frame under a mask of zeros, which changes nothing.
    private static func frame(_ opcode: UInt8, _ payload: ByteBuffer) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeInteger(0x80 | opcode)
        if payload.readableBytes < 126 {
            frame.writeInteger(0x80 | UInt8(payload.readableBytes))
        } else {
            frame.writeInteger(UInt8(0x80 | 126))
            frame.writeInteger(UInt16(payload.readableBytes))
        }
        frame.writeInteger(UInt32(0))
        frame.writeImmutableBuffer(payload)
        return frame
    }

    /// Takes frames apart; the server sends whole ones.
    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let storage: Storage
        private var input = ByteBuffer()
        private var isOpen = false

        init(_ storage: Storage) {
            self.storage = storage
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var received = Self.unwrapInboundIn(data)
            input.writeBuffer(&received)
            if !isOpen {
                let end = Array("\r\n\r\n".utf8)
                guard let place = input.readableBytesView.firstRange(of: end) else { return }
                let count = place.upperBound - input.readableBytesView.startIndex
                let head = input.readString(length: count)
                guard head?.hasPrefix("HTTP/1.1 101") == true else {
                    return context.close(promise: nil)
                }
                isOpen = true
                storage.value.withLock { $0.isOpen = true }
            }
            while let (opcode, payload) = nextFrame() { take(opcode, payload, context) }
        }

        private func nextFrame() -> (UInt8, ByteBuffer)? {
            let start = input.readerIndex
            guard let first = input.getInteger(at: start, as: UInt8.self),
                let second = input.getInteger(at: start + 1, as: UInt8.self)
            else { return nil }
            var (header, count) = (2, Int(second & 0x7F))
            if count == 126 {
                guard let length = input.getInteger(at: start + 2, as: UInt16.self) else {
                    return nil
                }
                (header, count) = (4, Int(length))
            } else if count == 127 {
                guard let length = input.getInteger(at: start + 2, as: UInt64.self) else {
                    return nil
                }
                (header, count) = (10, Int(clamping: length))
            }
            guard input.readableBytes >= header + count else { return nil }
            input.moveReaderIndex(forwardBy: header)
            return input.readSlice(length: count).map { (first & 0xF, $0) }
        }

        private func take(_ opcode: UInt8, _ payload: ByteBuffer, _ context: ChannelHandlerContext)
        {
            switch opcode {
            case 0x1:
                storage.value.withLock { $0.texts.append(String(buffer: payload)) }
            case 0x8:
                let code = payload.getInteger(at: payload.readerIndex, as: UInt16.self)
                storage.value.withLock { $0.closeCode = code ?? 1005 }
            case 0x9:
                context.writeAndFlush(
                    Self.wrapOutboundOut(AsyncAPISocket.frame(0xA, payload)),
                    promise: nil
                )
            default: break
            }
        }
    }
}
