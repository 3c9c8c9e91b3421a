import Events

extension TimelineEvent {
    /// Reads a value of `timeline`.
    public init(decoding bytes: ArraySlice<UInt8>) throws(ProtobufReader.Fault) {
        var origin: Origin?
        var conversation: ConversationID?
        var kind: ConversationKind?
        var seq: UInt64 = 0
        var messageCount: UInt64 = 0
        var serverTime: Int64 = 0
        var clientTime: Int64 = 0
        var sender: AccountID?
        var device: DeviceID?
        var submission: SubmissionID?
        var body = Body.unknown
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: origin = try reader.origin(tag)
            case 2: conversation = try reader.identifier(tag)
            case 3: kind = ConversationKind(decoding: try reader.varint(tag))
            case 4: seq = try reader.varint(tag)
            case 5: messageCount = try reader.varint(tag)
            case 6: serverTime = try reader.int64(tag)
            case 7: clientTime = try reader.int64(tag)
            case 8: sender = try reader.identifier(tag)
            case 9: device = try reader.identifier(tag)
            case 10: submission = try reader.identifier(tag)
            case 16:
                let (recipient, text) = try PostCoding.decode(try reader.slice(tag))
                body = .messagePosted(recipient: recipient, text: text ?? [])
            default: try reader.skip(tag)
            }
        }
        guard let origin, let conversation, let sender, let device, let submission, seq > 0 else {
            throw ProtobufReader.Fault(reason: "origin, seq or an identifier is missing")
        }
        self.init(
            origin: origin,
            conversation: conversation,
            kind: kind,
            seq: seq,
            messageCount: messageCount,
            serverTime: Timestamp(milliseconds: serverTime),
            clientTime: Timestamp(milliseconds: clientTime),
            sender: sender,
            device: device,
            submission: submission,
            body: body
        )
    }

    /// The value for `timeline`; the same bytes as the generated encoder's.
    public func encoded() -> [UInt8] {
        // Everything but the text takes less than this.
        var capacity = 192
        if case .messagePosted(_, let text) = body { capacity += text.count }
        var writer = ProtobufWriter(capacity: capacity)
        writer.origin(1, origin)
        writer.identifier(2, conversation)
        writer.varint(3, UInt64(kind?.rawValue ?? 0))
        writer.varint(4, seq)
        writer.varint(5, messageCount)
        writer.int64(6, serverTime.milliseconds)
        writer.int64(7, clientTime.milliseconds)
        writer.identifier(8, sender)
        writer.identifier(9, device)
        writer.identifier(10, submission)
        if case .messagePosted(let recipient, let text) = body {
            writer.header(16, count: PostCoding.size(recipient: recipient, text: text))
            PostCoding.encode(recipient: recipient, text: text, into: &writer)
        }
        return writer.bytes
    }
}
