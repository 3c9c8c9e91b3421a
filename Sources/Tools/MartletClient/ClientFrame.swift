public import Events
public import NIOCore

/// What a client says over the socket (docs/DESIGN.md, "WebSocket").
public enum ClientFrame: Sendable, Equatable {
    /// The first frame; without a position: a new device, start from now.
    case hello(token: String, position: InboxPosition?)
    /// Everything up to here is safe on this device.
    case ack(InboxPosition)
    /// The person has seen everything up to here.
    case read(ConversationID, seq: UInt64)
    /// Posts a message.
    case submit(OutgoingMessage)
    /// The person does something in a conversation; said again and again while it lasts.
    case typing(ConversationID, Activity)
    /// Asks to be told of the presence of these accounts, in the place of those asked for before; none: of nobody.
    case watch([AccountID])

    /// Appends the frame's JSON.
    public func write(to buffer: inout ByteBuffer) {
        switch self {
        case .hello(let token, let position):
            buffer.writeStaticString("{\"type\":\"hello\",\"token\":")
            buffer.writeJSON(token)
            buffer.writeStaticString(",\"position\":")
            if let position {
                buffer.writeJSON(position.description)
            } else {
                buffer.writeStaticString("null")
            }
        case .ack(let position):
            buffer.writeStaticString("{\"type\":\"ack\",\"position\":\"")
            buffer.writeString(position.description)
            buffer.writeStaticString("\"")
        case .read(let conversation, let seq):
            buffer.writeStaticString("{\"type\":\"read\",\"conversation_id\":\"")
            buffer.writeString(conversation.description)
            buffer.writeStaticString("\",\"seq\":")
            buffer.writeString(String(seq))
        case .submit(let message):
            buffer.writeStaticString("{\"type\":\"submit\",")
            buffer.writeFields(of: message)
        case .typing(let conversation, let activity):
            buffer.writeStaticString("{\"type\":\"typing\",\"conversation_id\":\"")
            buffer.writeString(conversation.description)
            buffer.writeStaticString(activity == .idle ? "\",\"on\":false" : "\",\"on\":true")
            if activity == .recording {
                buffer.writeStaticString(",\"activity\":\"recording\"")
            }
        case .watch(let accounts):
            buffer.writeStaticString("{\"type\":\"watch\",\"accounts\":[")
            for (place, account) in accounts.enumerated() {
                buffer.writeStaticString(place == 0 ? "\"" : ",\"")
                buffer.writeString(account.description)
                buffer.writeStaticString("\"")
            }
            buffer.writeStaticString("]")
        }
        buffer.writeStaticString("}")
    }
}

extension ByteBuffer {
    /// Appends `"id":…,"recipient":…,"message":…,"client_timestamp":…`: frames and POST bodies agree in them.
    ///
    /// A group or a channel is a `recipient_group`, what is no text a `content`; `reply_to` is there if it answers something.
    package mutating func writeFields(of message: OutgoingMessage) {
        writeStaticString("\"id\":\"")
        writeString(message.id.description)
        writeStaticString("\",\"")
        let (key, value) = message.recipient.field
        writeStaticString(key)
        writeStaticString("\":")
        writeJSON(value)
        switch message.content {
        case .text(let text):
            writeStaticString(",\"message\":")
            writeJSON(text)
        case .poll(let poll):
            writeStaticString(",\"content\":")
            var content = JSONObjectWriter()
            content.add("type", "poll")
            content.add("question", poll.question)
            content.add("options", poll.options)
            content.add("multiple", poll.isMultiple)
            writeImmutableBuffer(content.finished)
        }
        if let message = message.replyTo {
            writeStaticString(",\"reply_to\":\"")
            writeString(message.description)
            writeStaticString("\"")
        }
        if let time = message.clientTimestamp {
            writeStaticString(",\"client_timestamp\":")
            writeString(String(time.milliseconds))
        }
    }

    /// Appends a JSON string with its quotes; it may go to a terminal, so what steers one or hides is escaped.
    package mutating func writeJSON(_ text: String) {
        writeInteger(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            var place = 0
            while place < bytes.count {
                guard let found = JSONEscape(at: place, in: bytes) else {
                    place += 1
                    continue
                }
                writeBytes(
                    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start..<place])
                )
                writeEscape(found.unit)
                place += found.bytes
                start = place
            }
            writeBytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start...]))
        }
        writeInteger(UInt8(ascii: "\""))
    }

    private mutating func writeEscape(_ unit: UInt16) {
        switch unit {
        case 0x22: writeStaticString("\\\"")
        case 0x5C: writeStaticString("\\\\")
        case 0x0A: writeStaticString("\\n")
        case 0x0D: writeStaticString("\\r")
        case 0x09: writeStaticString("\\t")
        default:
            let digits = String(unit, radix: 16)
            writeStaticString("\\u")
            writeString(String(repeating: "0", count: 4 - digits.count) + digits)
        }
    }
}
