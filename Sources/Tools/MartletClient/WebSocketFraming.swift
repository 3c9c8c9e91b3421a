import Foundation
import NIOCore

/// What a WebSocket frame is (RFC 6455, section 5.2).
public struct WebSocketOpcodeByte: Hashable, Sendable {
    /// The four bits of the frame's first byte.
    public let rawValue: UInt8

    /// An opcode of these four bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue & 0x0F
    }

    /// Goes on with a fragmented message.
    public static let continuation = Self(rawValue: 0)
    /// Text, or the first part of it.
    public static let text = Self(rawValue: 1)
    /// Bytes.
    public static let binary = Self(rawValue: 2)
    /// Says goodbye.
    public static let close = Self(rawValue: 8)
    /// Asks for a pong.
    public static let ping = Self(rawValue: 9)
    /// Answers a ping.
    public static let pong = Self(rawValue: 10)
}

/// The header of a frame from a server.
struct FrameHeader {
    let opcode: WebSocketOpcodeByte
    let isFinal: Bool
    let headerBytes: Int
    let payloadBytes: Int
    /// Without a mask and without extensions' bits, as a server's frames must be.
    let isAllowed: Bool

    /// Reads a header; `nil`: not all of it is there yet.
    init?(_ bytes: ByteBufferView) {
        guard bytes.count >= 2 else { return nil }
        let first = bytes[bytes.startIndex]
        let second = bytes[bytes.startIndex + 1]
        let extra = second & 0x7F == 126 ? 2 : second & 0x7F == 127 ? 8 : 0
        guard bytes.count >= 2 + extra else { return nil }
        var length = UInt64(second & 0x7F)
        if extra > 0 {
            length = bytes[(bytes.startIndex + 2)..<(bytes.startIndex + 2 + extra)]
                .reduce(0) { $0 << 8 | UInt64($1) }
        }
        opcode = WebSocketOpcodeByte(rawValue: first)
        isFinal = first & 0x80 != 0
        headerBytes = 2 + extra
        payloadBytes = Int(clamping: length)
        isAllowed = first & 0x70 == 0 && second & 0x80 == 0
    }
}

/// Where a socket's address leads.
struct SocketTarget {
    let host: String
    let port: Int
    let path: String

    /// Reads `ws://HOST[:PORT][/PATH]`.
    init?(_ url: String) {
        guard let parts = URLComponents(string: url), parts.scheme == "ws",
            let host = parts.host, !host.isEmpty
        else { return nil }
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? 80
        path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
    }

    /// The value of the `Host` header.
    var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
