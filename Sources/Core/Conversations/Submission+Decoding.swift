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
            case 16: request = .postMessage(try PostCoding.decode(try reader.slice(tag)))
            case 17:
                request =
                    try ConversationAction(decoding: try reader.slice(tag)).map { .act($0) }
                    ?? .unknown
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

/// `PostMessage` and `MessagePosted`, of which the second has a few fields more.
enum PostCoding {
    static func decode(_ bytes: ArraySlice<UInt8>) throws(ProtobufReader.Fault) -> MessagePost {
        var post = MessagePost(content: [])
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: post.recipient = try reader.identifier(tag)
            case 2: post.content = try reader.slice(tag)
            case 3: post.replyTo = try reader.identifier(tag)
            case 4:
                if let account: AccountID = try reader.identifier(tag) {
                    post.mentions.append(account)
                }
            case 5: post.isForwarded = try reader.varint(tag) != 0
            case 6:
                let time = try reader.int64(tag)
                post.expiresAt = time == 0 ? nil : Timestamp(milliseconds: time)
            default: try reader.skip(tag)
            }
        }
        return post
    }

    static func size(_ post: MessagePost) -> Int {
        let identifiers =
            (post.recipient == nil ? 0 : 1) + (post.replyTo == nil ? 0 : 1) + post.mentions.count
        return identifiers * ProtobufSize.slice(1, count: 16)
            + ProtobufSize.slice(2, count: post.content.count)
            + ProtobufSize.varint(5, post.isForwarded ? 1 : 0)
            + ProtobufSize.varint(6, expiry(post))
    }

    static func encode(_ post: MessagePost, into writer: inout ProtobufWriter) {
        writer.identifier(1, post.recipient)
        writer.slice(2, post.content)
        writer.identifier(3, post.replyTo)
        for account in post.mentions { writer.identifier(4, account) }
        writer.varint(5, post.isForwarded ? 1 : 0)
        writer.varint(6, expiry(post))
    }

    private static func expiry(_ post: MessagePost) -> UInt64 {
        UInt64(bitPattern: post.expiresAt?.milliseconds ?? 0)
    }
}
