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
        var changes: [MemberChange] = []
        var messageSeq: UInt64 = 0
        var isWithheld = false
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
            case 16: body = .messagePosted(try PostCoding.decode(try reader.slice(tag)))
            case 17:
                body =
                    try ConversationAction(decoding: try reader.slice(tag)).map { .acted($0) }
                    ?? .unknown
            case 18: changes.append(try MemberChange(decoding: try reader.slice(tag)))
            case 19: messageSeq = try reader.varint(tag)
            case 20: isWithheld = try reader.varint(tag) != 0
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
            body: body,
            memberChanges: changes,
            messageSeq: messageSeq,
            isWithheld: isWithheld
        )
    }

    /// The value for `timeline`; the same bytes as the generated encoder's.
    public func encoded() -> [UInt8] {
        // Everything but the content and lists of accounts takes less than this.
        var capacity = 192 + 24 * memberChanges.count
        if case .messagePosted(let post) = body { capacity += post.content.count }
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
        switch body {
        case .messagePosted(let post):
            writer.header(16, count: PostCoding.size(post))
            PostCoding.encode(post, into: &writer)
        case .acted(let action): writer.slice(17, action.encoded()[...])
        case .unknown: break
        }
        for change in memberChanges {
            let role = UInt64(change.role?.rawValue ?? 0)
            writer.header(
                18,
                count: ProtobufSize.slice(1, count: 16) + ProtobufSize.varint(2, role)
            )
            writer.identifier(1, change.account)
            writer.varint(2, role)
        }
        writer.varint(19, messageSeq)
        writer.varint(20, isWithheld ? 1 : 0)
        return writer.bytes
    }
}

extension TimelineEvent.MemberChange {
    /// Reads a `MemberChange`.
    public init(decoding bytes: ArraySlice<UInt8>) throws(ProtobufReader.Fault) {
        var account: AccountID?
        var role: UInt64 = 0
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: account = try reader.identifier(tag)
            case 2: role = try reader.varint(tag)
            default: try reader.skip(tag)
            }
        }
        guard let account else { throw ProtobufReader.Fault(reason: "an account is missing") }
        // Whoever has a role of a later version is a member, of which nothing more is known.
        self.init(account, role == 0 ? nil : Role(rawValue: Int(clamping: role)) ?? .member)
    }
}
