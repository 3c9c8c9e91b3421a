import Events

extension Submission {
    /// Reads a value of `submissions`.
    ///
    /// Only what makes a submission addressable is required: its ids. Whether it may be done is decided later,
    /// so that the sender can be told.
    public init(decoding bytes: ArraySlice<UInt8>) throws(ProtobufReader.Fault) {
        var id: SubmissionID?
        var conversation: ConversationID?
        var kind: ConversationKind?
        var sender: AccountID?
        var device: DeviceID?
        var serverTime: Int64 = 0
        var clientTime: Int64 = 0
        var request = Request.unknown
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: id = try reader.identifier(tag)
            case 2: conversation = try reader.identifier(tag)
            case 3: kind = ConversationKind(decoding: try reader.varint(tag))
            case 4: sender = try reader.identifier(tag)
            case 5: device = try reader.identifier(tag)
            case 6: serverTime = try reader.int64(tag)
            case 7: clientTime = try reader.int64(tag)
            case 16:
                let (recipient, text) = try PostCoding.decode(try reader.slice(tag))
                request = text.map { .postMessage(recipient: recipient, text: $0) } ?? .unknown
            default: try reader.skip(tag)
            }
        }
        guard let id, let conversation, let sender, let device else {
            throw ProtobufReader.Fault(reason: "an identifier is missing")
        }
        self.init(
            id: id,
            conversation: conversation,
            kind: kind,
            sender: sender,
            device: device,
            serverTime: Timestamp(milliseconds: serverTime),
            clientTime: Timestamp(milliseconds: clientTime),
            request: request
        )
    }
}

extension ConversationKind {
    init?(decoding value: UInt64) {
        guard value <= 3 else { return nil }
        self.init(rawValue: Int(value))
    }
}

/// `PostMessage` and `MessagePosted`, which have the same shape: recipient, and content → text → text.
enum PostCoding {
    static func decode(
        _ bytes: ArraySlice<UInt8>
    ) throws(ProtobufReader.Fault)
        -> (recipient: AccountID?, text: ArraySlice<UInt8>?)
    {
        var recipient: AccountID?
        var text: ArraySlice<UInt8>?
        var post = ProtobufReader(bytes)
        while let tag = try post.next() {
            switch tag.field {
            case 1: recipient = try post.identifier(tag)
            case 2: text = try content(try post.slice(tag))
            default: try post.skip(tag)
            }
        }
        return (recipient, text)
    }

    /// The text of a `Content` that is one; an absent string is an empty one.
    private static func content(
        _ bytes: ArraySlice<UInt8>
    ) throws(ProtobufReader.Fault)
        -> ArraySlice<UInt8>?
    {
        var content = ProtobufReader(bytes)
        var text: ArraySlice<UInt8>?
        while let tag = try content.next() {
            guard tag.field == 1 else {
                try content.skip(tag)
                continue
            }
            text = []
            var inner = ProtobufReader(try content.slice(tag))
            while let tag = try inner.next() {
                if tag.field == 1 {
                    text = try inner.slice(tag)
                } else {
                    try inner.skip(tag)
                }
            }
        }
        return text
    }

    static func size(recipient: AccountID?, text: ArraySlice<UInt8>) -> Int {
        let inner = text.isEmpty ? 0 : ProtobufSize.slice(1, count: text.count)
        let content = ProtobufSize.slice(1, count: inner)
        return (recipient == nil ? 0 : ProtobufSize.slice(1, count: 16))
            + ProtobufSize.slice(2, count: content)
    }

    static func encode(
        recipient: AccountID?,
        text: ArraySlice<UInt8>,
        into writer: inout ProtobufWriter
    ) {
        let inner = text.isEmpty ? 0 : ProtobufSize.slice(1, count: text.count)
        writer.identifier(1, recipient)
        writer.header(2, count: ProtobufSize.slice(1, count: inner))
        writer.header(1, count: inner)
        if !text.isEmpty { writer.slice(1, text) }
    }
}
