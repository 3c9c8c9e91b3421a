import Events

/// What events of all kinds may hold, in whichever order it comes.
struct EventFields {
    var kind = ""
    private var conversationID: ConversationID?
    private var conversationKind = ""
    private var seq: UInt64?
    private var messageCount: UInt64?
    private var messageID: SubmissionID?
    private var submissionID: SubmissionID?
    private var sender: AccountID?
    private var recipient: AccountID?
    private var serverTimestamp: Int64?
    private var clientTimestamp: Int64?
    private var content: MessageContent?
    private var deliveredSeq: UInt64?
    private var readSeq: UInt64?
    private var code: String?
    private var detail: String?
    private var post = PostFields()
    private var action = ActionFields()
    private var personal = PersonalFields()

    mutating func read(_ reader: inout JSONReader) throws(JSONReader.Malformed) {
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if try readHead(key, &reader) { return }
            if try readTicksOrRejection(key, &reader) { return }
            if try post.read(key, &reader) { return }
            if try action.read(key, &reader) { return }
            if try personal.read(key, &reader) { return }
            try reader.skipValue()
        }
    }

    /// What every message has.
    private mutating func readHead(
        _ key: UnsafeRawBufferPointer,
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> Bool {
        if key == "kind" {
            kind = try reader.string() ?? ""
        } else if key == "conversation_id" {
            conversationID = try reader.identifier()
        } else if key == "conversation_kind" {
            conversationKind = try reader.string() ?? ""
        } else if key == "seq" {
            seq = try reader.unsigned()
        } else if key == "message_count" {
            messageCount = try reader.unsigned()
        } else if key == "message_id" {
            messageID = try reader.identifier()
        } else if key == "sender" {
            sender = try reader.identifier()
        } else if key == "recipient" {
            recipient = try reader.identifier()
        } else if key == "server_timestamp" {
            serverTimestamp = try reader.integer()
        } else if key == "client_timestamp" {
            clientTimestamp = try reader.integer()
        } else if key == "content" {
            content = try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                try MessageContent(reading: &reader)
            }
        } else if key == "submission_id" {
            submissionID = try reader.identifier()
        } else {
            return false
        }
        return true
    }

    private mutating func readTicksOrRejection(
        _ key: UnsafeRawBufferPointer,
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> Bool {
        if key == "delivered_seq" {
            deliveredSeq = try reader.unsigned()
        } else if key == "read_seq" {
            readSeq = try reader.unsigned()
        } else if key == "code" {
            code = try reader.string()
        } else if key == "detail" {
            detail = try reader.string()
        } else {
            return false
        }
        return true
    }

    var event: ServerEvent? {
        switch kind {
        case "message": message.map { .message($0) }
        case "ticks": ticks.map { .ticks($0) }
        case "rejected": rejection.map { .rejected($0) }
        case "read": read.map { .read($0) }
        default: change.map { .conversation($0) } ?? ownChange.map { .personal($0) }
        }
    }

    private var message: MessageEvent? {
        guard let conversationID, let seq, let messageID, let sender else { return nil }
        return MessageEvent(
            conversationID: conversationID,
            conversationKind: conversationKind,
            seq: seq,
            messageCount: messageCount ?? 0,
            messageID: messageID,
            sender: sender,
            recipient: recipient,
            serverTimestamp: Timestamp(milliseconds: serverTimestamp ?? 0),
            clientTimestamp: clientTimestamp.map { Timestamp(milliseconds: $0) },
            content: content ?? .unknown(type: ""),
            replyTo: post.replyTo,
            mentions: post.mentions,
            isForwarded: post.isForwarded,
            expiresAt: post.expiresAt,
            updates: post.updates
        )
    }

    private var ticks: TicksEvent? {
        conversationID.map {
            TicksEvent(
                conversationID: $0,
                deliveredSeq: deliveredSeq ?? 0,
                readSeq: readSeq ?? 0
            )
        }
    }

    private var rejection: RejectedEvent? {
        messageID.map {
            RejectedEvent(
                messageID: $0,
                conversationID: conversationID,
                code: code ?? "",
                detail: detail ?? ""
            )
        }
    }

    private var read: ReadEvent? {
        guard let conversationID, let seq else { return nil }
        return ReadEvent(conversationID: conversationID, seq: seq)
    }

    private var ownChange: PersonalEvent? {
        personal.change(kind, conversationID, messageID, action.account).map {
            PersonalEvent($0, serverTimestamp: Timestamp(milliseconds: serverTimestamp ?? 0))
        }
    }

    private var change: ConversationEvent? {
        let place = messageID.map { MessagePlace($0, seq: action.messageSeq) }
        guard let conversationID, let seq, let submissionID, let sender,
            let change = action.change(kind, place, content, expiresAt: post.expiresAt)
        else { return nil }
        return ConversationEvent(
            conversationID: conversationID,
            conversationKind: conversationKind,
            seq: seq,
            messageCount: messageCount ?? 0,
            submissionID: submissionID,
            sender: sender,
            serverTimestamp: Timestamp(milliseconds: serverTimestamp ?? 0),
            clientTimestamp: clientTimestamp.map { Timestamp(milliseconds: $0) },
            members: action.members,
            change: change
        )
    }
}
