import Events

extension Submission {
    /// The value of its record in `submissions`, which `init(decoding:)` reads; a request that is unknown is left out.
    public func encoded() -> [UInt8] {
        switch request {
        case .postMessage(let post):
            let count = PostCoding.size(post)
            var writer = head(room: ProtobufSize.slice(16, count: count))
            writer.header(16, count: count)
            PostCoding.encode(post, into: &writer)
            return writer.bytes
        case .act(let action):
            let bytes = action.encoded()
            var writer = head(room: ProtobufSize.slice(17, count: bytes.count))
            writer.slice(17, bytes[...])
            return writer.bytes
        case .unknown:
            return head(room: 0).bytes
        }
    }

    /// What all submissions begin with, with room for the request.
    private func head(room: Int) -> ProtobufWriter {
        let kind = UInt64(kind?.rawValue ?? 0)
        let size =
            4 * ProtobufSize.slice(1, count: 16) + ProtobufSize.varint(3, kind)
            + ProtobufSize.varint(6, UInt64(bitPattern: serverTime.milliseconds))
            + ProtobufSize.varint(7, UInt64(bitPattern: clientTime.milliseconds))
        var writer = ProtobufWriter(capacity: size + room)
        writer.identifier(1, id)
        writer.identifier(2, conversation)
        writer.varint(3, kind)
        writer.identifier(4, sender)
        writer.identifier(5, device)
        writer.int64(6, serverTime.milliseconds)
        writer.int64(7, clientTime.milliseconds)
        return writer
    }
}
