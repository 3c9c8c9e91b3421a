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
    var signal = SignalFields()

    mutating func read(_ reader: inout JSONReader) throws(JSONReader.Malformed) {
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "type" {
                type = try reader.string() ?? ""
            } else if key == "position" {
                position = try reader.position()
            } else if key == "event" {
                event = try ServerEvent(tolerantly: &reader)
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
            } else if try !signal.read(key, &reader) {
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
        case "signal":
            return signal.signal(conversationID, accountID).map { .signal($0) }
        case "error":
            return .error(code: code ?? "", detail: detail ?? "")
        default:
            return nil
        }
    }
}
