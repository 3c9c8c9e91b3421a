import Conversations
import Events

/// A timeline event in the columns of `events` and `asides`.
///
/// `kind` is the number of the field of `TimelineEvent`'s `event`, which never changes. `content` is a message's `Content`, empty if
/// it is kept in `messages` or gone, or a `ConversationAction` without the content that it gives a message. `details` is all else, `NULL` if there
/// is nothing else: 3 reply_to · 4 mentions · 5 forwarded · 6 expires_at_ms · 18 member_changes: 1 account, 2 role · 19 message_seq · 20 withheld.
enum EventRow {
    static let messageKind: Int64 = 16
    static let actionKind: Int64 = 17

    static let columns = [
        "seq", "message_count", "message_id", "kind", "sender", "device", "recipient",
        "server_time", "client_time", "content", "origin_topic", "origin_partition",
        "origin_offset", "origin_index", "details",
    ]

    /// Binds the columns from a place on.
    static func bind(_ event: TimelineEvent, to statement: BoundStatement, from place: Int32) {
        statement.bind(place, Int64(clamping: event.seq))
        statement.bind(place + 1, Int64(clamping: event.messageCount))
        statement.bind(place + 2, event.submission)
        statement.bind(place + 4, event.sender)
        statement.bind(place + 5, event.device)
        statement.bind(place + 7, event.serverTime)
        let clientTime = event.clientTime.milliseconds
        statement.bind(place + 8, clientTime == 0 ? nil : clientTime)
        switch event.body {
        case .messagePosted(let post):
            statement.bind(place + 3, messageKind)
            statement.bind(place + 6, post.recipient)
            statement.bind(place + 9, post.expiresAt == nil ? post.content : [])
        case .acted(let action):
            statement.bind(place + 3, actionKind)
            statement.bind(place + 6, AccountID?.none)
            statement.bind(place + 9, action.withContent([]).encoded())
        case .unknown:
            statement.bind(place + 3, 0 as Int64)
            statement.bind(place + 6, AccountID?.none)
            statement.bind(place + 9, [UInt8]())
        }
        statement.bind(place + 10, Int64(event.origin.topicNumber))
        statement.bind(place + 11, Int64(event.origin.partition.number))
        statement.bind(place + 12, event.origin.offset.number)
        statement.bind(place + 13, Int64(event.origin.index))
        statement.bind(place + 14, details(of: event))
    }

    /// Reads the columns from a place on; contents that are kept in `messages` are missing.
    static func event(
        _ row: ResultRow,
        from place: Int32,
        of conversation: ConversationID,
        _ kind: ConversationKind?
    ) throws -> TimelineEvent {
        var event = TimelineEvent(
            origin: Origin(
                topicNumber: UInt32(truncatingIfNeeded: row.integer(place + 10)),
                partition: Partition(Int32(truncatingIfNeeded: row.integer(place + 11))),
                offset: Offset(row.integer(place + 12)),
                index: UInt32(truncatingIfNeeded: row.integer(place + 13))
            ),
            conversation: conversation,
            kind: kind,
            seq: UInt64(clamping: row.integer(place)),
            messageCount: UInt64(clamping: row.integer(place + 1)),
            serverTime: row.time(place + 7),
            clientTime: Timestamp(milliseconds: row.optionalInteger(place + 8) ?? 0),
            sender: try row.identifier(place + 4),
            device: try row.identifier(place + 5),
            submission: try row.identifier(place + 2),
            body: .unknown
        )
        let content = row.bytes(place + 9)[...]
        do throws(ProtobufReader.Fault) {
            switch row.integer(place + 3) {
            case messageKind:
                let recipient: AccountID? = row.optionalIdentifier(place + 6)
                event.body = .messagePosted(MessagePost(recipient: recipient, content: content))
            case actionKind:
                event.body =
                    try ConversationAction(decoding: content).map { .acted($0) } ?? .unknown
            default: break
            }
            try read(row.bytes(place + 14)[...], into: &event)
        } catch {
            throw StoreError(.database, "an event that can't be read: \(error.reason)")
        }
        return event
    }

    /// When a message disappears, of its details.
    static func expiry(inDetails details: [UInt8]) throws -> Timestamp? {
        do throws(ProtobufReader.Fault) {
            var reader = ProtobufReader(details[...])
            while let tag = try reader.next() {
                if tag.field == 6 { return Timestamp(milliseconds: try reader.int64(tag)) }
                try reader.skip(tag)
            }
            return nil
        } catch {
            throw StoreError(.database, "an event that can't be read: \(error.reason)")
        }
    }

    // MARK: Details

    private static func details(of event: TimelineEvent) -> [UInt8]? {
        var writer = ProtobufWriter(capacity: 0)
        if case .messagePosted(let post) = event.body {
            writer.identifier(3, post.replyTo)
            for account in post.mentions { writer.identifier(4, account) }
            writer.varint(5, post.isForwarded ? 1 : 0)
            writer.int64(6, post.expiresAt?.milliseconds ?? 0)
        }
        for change in event.memberChanges {
            let role = UInt64(change.role?.rawValue ?? 0)
            let count = ProtobufSize.slice(1, count: 16) + ProtobufSize.varint(2, role)
            writer.header(18, count: count)
            writer.identifier(1, change.account)
            writer.varint(2, role)
        }
        writer.varint(19, event.messageSeq)
        writer.varint(20, event.isWithheld ? 1 : 0)
        return writer.bytes.isEmpty ? nil : writer.bytes
    }

    private static func read(
        _ details: ArraySlice<UInt8>,
        into event: inout TimelineEvent
    ) throws(ProtobufReader.Fault) {
        guard !details.isEmpty else { return }
        var post: MessagePost?
        if case .messagePosted(let posted) = event.body { post = posted }
        var reader = ProtobufReader(details)
        while let tag = try reader.next() {
            switch tag.field {
            case 3: post?.replyTo = try reader.identifier(tag)
            case 4:
                if let account: AccountID = try reader.identifier(tag) {
                    post?.mentions.append(account)
                }
            case 5: post?.isForwarded = try reader.varint(tag) != 0
            case 6: post?.expiresAt = Timestamp(milliseconds: try reader.int64(tag))
            case 18:
                event.memberChanges.append(
                    try TimelineEvent.MemberChange(decoding: try reader.slice(tag))
                )
            case 19: event.messageSeq = try reader.varint(tag)
            case 20: event.isWithheld = try reader.varint(tag) != 0
            default: try reader.skip(tag)
            }
        }
        if let post { event.body = .messagePosted(post) }
    }
}

extension ConversationAction {
    /// The same with another content for the message that it is about, if it gives it one.
    func withContent(_ content: ArraySlice<UInt8>) -> ConversationAction {
        switch self {
        case .editMessage(let id, _): .editMessage(id, content: content)
        case .moveLiveLocation(let id, _): .moveLiveLocation(id, location: content)
        default: self
        }
    }
}
