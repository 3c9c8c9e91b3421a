import Events

extension ServerFrame {
    /// Reads a frame's JSON; what cannot be understood becomes `other`.
    public init(json bytes: UnsafeRawBufferPointer) {
        var fields = FrameFields()
        var reader = JSONReader(bytes)
        do {
            try fields.read(&reader)
        } catch {
            self = .other(type: "malformed")
            return
        }
        self = fields.frame ?? .other(type: fields.type)
    }

    /// Reads the answer to a posted message, which says what an `accepted` frame says.
    init(answer bytes: UnsafeRawBufferPointer) {
        var fields = FrameFields()
        var reader = JSONReader(bytes)
        do {
            try fields.read(&reader)
        } catch {
            self = .other(type: "malformed")
            return
        }
        fields.type = "accepted"
        self = fields.frame ?? .other(type: "malformed")
    }
}

/// What frames of all types may hold, in whichever order it comes.
private struct FrameFields {
    var type = ""
    var position: InboxPosition?
    var event: ServerEvent?
    var id: SubmissionID?
    var messageID: SubmissionID?
    var conversationID: ConversationID?
    var accountID: AccountID?
    var deviceID: DeviceID?
    var serverTimestamp: Int64?
    var code: String?
    var detail: String?

    mutating func read(_ reader: inout JSONReader) throws(JSONReader.Malformed) {
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "type" {
                type = try reader.string() ?? ""
            } else if key == "position" {
                position = try reader.position()
            } else if key == "event" {
                event = try ServerEvent(reading: &reader)
            } else if key == "id" {
                id = try reader.identifier()
            } else if key == "messageId" {
                messageID = try reader.identifier()
            } else if key == "conversation_id" {
                conversationID = try reader.identifier()
            } else if key == "server_timestamp" {
                serverTimestamp = try reader.integer()
            } else if key == "account_id" {
                accountID = try reader.identifier()
            } else if key == "device_id" {
                deviceID = try reader.identifier()
            } else if key == "code" {
                code = try reader.string()
            } else if key == "detail" {
                detail = try reader.string()
            } else {
                try reader.skipValue()
            }
        }
        guard reader.isAtEnd else { throw JSONReader.Malformed() }
    }

    var frame: ServerFrame? {
        switch type {
        case "event":
            guard let position, let event else { return nil }
            return .event(position, event)
        case "accepted":
            guard let messageID = id ?? messageID, let conversationID else { return nil }
            return .accepted(
                AcceptedMessage(
                    messageID: messageID,
                    conversationID: conversationID,
                    serverTimestamp: Timestamp(milliseconds: serverTimestamp ?? 0)
                )
            )
        case "rejected":
            guard let id else { return nil }
            return .rejected(id: id, code: code ?? "", detail: detail ?? "")
        case "welcome":
            guard let accountID, let deviceID, let position else { return nil }
            return .welcome(account: accountID, device: deviceID, position: position)
        case "gap":
            return position.map { .gap($0) }
        case "error":
            return .error(code: code ?? "", detail: detail ?? "")
        default:
            return nil
        }
    }
}

extension ServerEvent {
    /// Reads the event that comes next.
    init(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        var fields = EventFields()
        try fields.read(&reader)
        self = fields.event ?? .unknown(kind: fields.kind)
    }
}

/// What events of all kinds may hold, in whichever order it comes.
private struct EventFields {
    var kind = ""
    var conversationID: ConversationID?
    var conversationKind = ""
    var seq: UInt64?
    var messageCount: UInt64?
    var messageID: SubmissionID?
    var sender: AccountID?
    var recipient: AccountID?
    var serverTimestamp: Int64?
    var clientTimestamp: Int64?
    var text: String?
    var deliveredSeq: UInt64?
    var readSeq: UInt64?
    var code: String?
    var detail: String?

    mutating func read(_ reader: inout JSONReader) throws(JSONReader.Malformed) {
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
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
            } else if key == "content", reader.peek() == UInt8(ascii: "{") {
                try readContent(&reader)
            } else if key == "delivered_seq" {
                deliveredSeq = try reader.unsigned()
            } else if key == "read_seq" {
                readSeq = try reader.unsigned()
            } else if key == "code" {
                code = try reader.string()
            } else if key == "detail" {
                detail = try reader.string()
            } else {
                try reader.skipValue()
            }
        }
    }

    private mutating func readContent(
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) {
        var isText = false
        var value: String?
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "type" {
                isText = try reader.rawString().bytes == "text"
            } else if key == "text" {
                value = try reader.string()
            } else {
                try reader.skipValue()
            }
        }
        text = isText ? value : nil
    }

    var event: ServerEvent? {
        switch kind {
        case "message":
            guard let conversationID, let seq, let messageID, let sender else { return nil }
            return .message(
                MessageEvent(
                    conversationID: conversationID,
                    conversationKind: conversationKind,
                    seq: seq,
                    messageCount: messageCount ?? 0,
                    messageID: messageID,
                    sender: sender,
                    recipient: recipient,
                    serverTimestamp: Timestamp(milliseconds: serverTimestamp ?? 0),
                    clientTimestamp: clientTimestamp.map { Timestamp(milliseconds: $0) },
                    text: text
                )
            )
        case "ticks":
            guard let conversationID else { return nil }
            return .ticks(
                TicksEvent(
                    conversationID: conversationID,
                    deliveredSeq: deliveredSeq ?? 0,
                    readSeq: readSeq ?? 0
                )
            )
        case "rejected":
            guard let messageID else { return nil }
            return .rejected(
                RejectedEvent(
                    messageID: messageID,
                    conversationID: conversationID,
                    code: code ?? "",
                    detail: detail ?? ""
                )
            )
        default:
            return nil
        }
    }
}
