import EventLog
import Events
import Foundation
import NIOCore
import NIOEmbedded
import SwiftProtobuf
import Testing
import Web

@testable import Delivery

/// What a client sees of a server's bytes.
enum Received: Equatable {
    case text(String)
    case ping
    case pong([UInt8])
    case close(UInt16?)
}

/// Takes a server's frames apart; a test's own, so that the server's writer has a referee.
struct ServerFrameReader {
    private var bytes: [UInt8] = []

    mutating func append(_ buffer: ByteBuffer) {
        bytes.append(contentsOf: buffer.readableBytesView)
    }

    mutating func next() throws -> Received? {
        guard bytes.count >= 2 else { return nil }
        try #require(bytes[0] & 0x80 != 0, "server frames are final")
        try #require(bytes[1] & 0x80 == 0, "server frames are not masked")
        var length = Int(bytes[1])
        var header = 2
        if length >= 126 {
            let count = length == 126 ? 2 : 8
            guard bytes.count >= 2 + count else { return nil }
            length = bytes[2..<(2 + count)].reduce(0) { $0 << 8 | Int($1) }
            header += count
        }
        guard bytes.count >= header + length else { return nil }
        let payload = Array(bytes[header..<(header + length)])
        let opcode = bytes[0] & 0x0F
        bytes.removeFirst(header + length)
        switch opcode {
        case 1: return .text(try #require(String(validating: payload, as: UTF8.self)))
        case 8:
            return .close(
                payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : nil
            )
        case 9: return .ping
        case 10: return .pong(payload)
        default:
            Issue.record("opcode \(opcode)")
            return nil
        }
    }
}

/// Builds a client's frames.
enum ClientBytes {
    static func frame(
        _ opcode: UInt8,
        _ payload: [UInt8],
        isFinal: Bool = true,
        isMasked: Bool = true
    ) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger((isFinal ? 0x80 : 0) | opcode)
        let mask: UInt8 = isMasked ? 0x80 : 0
        if payload.count < 126 {
            buffer.writeInteger(mask | UInt8(payload.count))
        } else if payload.count <= 0xFFFF {
            buffer.writeInteger(mask | 126)
            buffer.writeInteger(UInt16(payload.count))
        } else {
            buffer.writeInteger(mask | 127)
            buffer.writeInteger(UInt64(payload.count))
        }
        let key: [UInt8] = [0x1D, 0xE2, 0x93, 0x4F]
        if isMasked { buffer.writeBytes(key) }
        buffer.writeBytes(
            isMasked ? payload.enumerated().map { $1 ^ key[$0 & 3] } : payload
        )
        return buffer
    }

    static func text(_ text: String) -> ByteBuffer { frame(1, Array(text.utf8)) }

    static func close(_ code: UInt16?) -> ByteBuffer {
        frame(8, code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? [])
    }
}

/// A device on an embedded channel.
final class TestClient {
    let channel: EmbeddedChannel
    private var reader = ServerFrameReader()

    init(_ delivery: TestDelivery) throws {
        let number = try #require(delivery.hub.admit())
        channel = EmbeddedChannel(
            handler: SocketHandler(number: number, hub: delivery.hub),
            loop: delivery.loop
        )
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        delivery.loop.run()
    }

    /// The connection breaks.
    func drop() {
        channel.close(promise: nil)
        channel.embeddedEventLoop.run()
    }

    func send(_ buffer: ByteBuffer) {
        // After the server closed, what a client still sends goes nowhere.
        _ = try? channel.writeInbound(buffer)
    }

    func send(_ text: String) { send(ClientBytes.text(text)) }

    func ack(_ offset: Int64, epoch: UInt64 = 7) {
        let position = InboxPosition(epoch: epoch, offset: Offset(offset))
        send("{\"type\":\"ack\",\"position\":\"\(position)\"}")
    }

    /// Everything that came since the last call.
    func receive() throws -> [Received] {
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { reader.append(buffer) }
        var received: [Received] = []
        while let frame = try reader.next() { received.append(frame) }
        return received
    }

    /// The JSON of the text frames that came since the last call.
    func receiveJSON() throws -> [[String: Any]] {
        try receive().compactMap { frame in
            guard case .text(let text) = frame else { return nil }
            return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        }
    }

    /// The offsets of the event frames that came since the last call.
    func receiveOffsets() throws -> [Int64] {
        try receiveJSON().compactMap { frame in
            guard frame["type"] as? String == "event", let text = frame["position"] as? String
            else { return nil }
            return InboxPosition(text).map { $0.offset.number - 1 }
        }
    }

    /// The code of the close frame that came, if one did.
    func receiveClose() throws -> UInt16? {
        for case .close(let code) in try receive() { return code }
        return nil
    }
}
