import KafkaWire
import NIOCore

/// A request or an answer in one version: how it is read and written.
struct MessageCodec: Sendable, CustomStringConvertible {
    let description: String
    /// The encoding of a message whose fields have their defaults.
    let empty: [UInt8]
    let read: @Sendable (ByteBuffer) throws -> any Sendable
    let write: @Sendable (any Sendable) throws -> ByteBuffer

    /// Every request and every answer in every version that is served.
    static func all() throws -> [MessageCodec] {
        try MessageTests.kinds.flatMap { try codecs(of: $0) }
    }

    private struct OtherType: Error {}

    private static func codecs<Request: WireRequest>(
        of kind: Request.Type
    ) throws -> [MessageCodec] {
        try kind.versions.flatMap { version in
            var request = ByteBuffer()
            try Request().write(to: &request, version: version)
            var response = ByteBuffer()
            try Request.write(Request.Response(), to: &response, version: version)
            return [
                MessageCodec(
                    description: "\(kind) \(version)",
                    empty: Array(request.readableBytesView),
                    read: { try Request(from: $0, version: version) },
                    write: {
                        guard let value = $0 as? Request else { throw OtherType() }
                        var buffer = ByteBuffer()
                        try value.write(to: &buffer, version: version)
                        return buffer
                    }
                ),
                MessageCodec(
                    description: "answer to \(kind) \(version)",
                    empty: Array(response.readableBytesView),
                    read: { try Request.readResponse(from: $0, version: version) },
                    write: {
                        guard let value = $0 as? Request.Response else { throw OtherType() }
                        var buffer = ByteBuffer()
                        try Request.write(value, to: &buffer, version: version)
                        return buffer
                    }
                ),
            ]
        }
    }
}
