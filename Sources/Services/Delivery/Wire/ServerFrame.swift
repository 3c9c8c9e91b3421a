import Accounts
import Conversations
import Events
import NIOCore

/// Builds what the server says, as whole WebSocket frames (docs/DESIGN.md, "WebSocket").
enum ServerFrame {
    static func welcome(
        account: AccountID,
        device: DeviceID,
        position: InboxPosition
    ) -> ByteBuffer {
        WebSocketFrame.text { json in
            json.raw("{\"type\":\"welcome\",\"account_id\":")
            json.id(account)
            json.raw(",\"device_id\":")
            json.id(device)
            json.raw(",\"position\":")
            json.string(position.description)
            json.raw("}")
        }
    }

    static func gap(_ position: InboxPosition) -> ByteBuffer {
        WebSocketFrame.text { json in
            json.raw("{\"type\":\"gap\",\"position\":")
            json.string(position.description)
            json.raw("}")
        }
    }

    static func error(code: String, detail: String) -> ByteBuffer {
        WebSocketFrame.text { json in
            json.raw("{\"type\":\"error\",\"code\":")
            json.string(code)
            json.raw(",\"detail\":")
            json.string(detail)
            json.raw("}")
        }
    }

    static func accepted(
        id: String,
        message: SubmissionID,
        conversation: ConversationID,
        time: Timestamp
    ) -> ByteBuffer {
        WebSocketFrame.text { json in
            json.raw("{\"type\":\"accepted\",\"id\":")
            json.string(id)
            json.raw(",\"messageId\":")
            json.id(message)
            json.raw(",\"conversation_id\":")
            json.id(conversation)
            json.raw(",\"server_timestamp\":")
            json.integer(time.milliseconds)
            json.raw("}")
        }
    }

    static func rejected(id: String, code: String, detail: String) -> ByteBuffer {
        WebSocketFrame.text { json in
            json.raw("{\"type\":\"rejected\",\"id\":")
            json.string(id)
            json.raw(",\"code\":")
            json.string(code)
            json.raw(",\"detail\":")
            json.string(detail)
            json.raw("}")
        }
    }

    /// An entry of the inbox; `nil` if it says nothing that this version can tell a device.
    ///
    /// `position` is where the device is after it: the offset after the entry's. `missing` is why a text is not shown; with
    /// `hidesReads` ticks say nothing of what was read.
    static func event(
        _ message: InboxMessage,
        of value: [UInt8],
        missing: EventJSON.MissingContent? = nil,
        hidesReads: Bool = false,
        position: InboxPosition,
        epochText: String
    ) -> ByteBuffer? {
        switch message.body {
        case .event(let event) where event.isPlain && event.hasText && missing == nil:
            return WebSocketFrame.text(capacity: 448 + event.text.count) { json in
                open(&json, position, epochText)
                json.raw("{\"kind\":")
                write(event, of: value, &json)
                json.raw("}}")
            }
        case .event(let event):
            // What is not a mere text is rare, or its bytes are many anyway.
            guard let event = try? TimelineEvent(decoding: value[event.range]) else { return nil }
            var body = Conversations.JSONWriter()
            EventJSON.append(event, missing: missing, to: &body)
            return wrap(body, position, epochText)
        case .ticks(let ticks):
            return WebSocketFrame.text(capacity: 192) { json in
                open(&json, position, epochText)
                json.raw("{\"kind\":\"ticks\",\"conversation_id\":")
                json.id(ticks.conversation)
                json.raw(",\"delivered_seq\":")
                json.integer(ticks.deliveredSeq)
                json.raw(",\"read_seq\":")
                json.integer(hidesReads ? 0 : ticks.readSeq)
                json.raw("}}")
            }
        case .rejection(let rejection):
            return WebSocketFrame.text { json in
                open(&json, position, epochText)
                json.raw("{\"kind\":\"rejected\",\"message_id\":")
                json.id(rejection.submission)
                if let conversation = rejection.conversation {
                    json.raw(",\"conversation_id\":")
                    json.id(conversation)
                }
                json.raw(",\"code\":")
                json.string(utf8: value[rejection.code])
                json.raw(",\"detail\":")
                json.string(utf8: value[rejection.detail])
                json.raw("}}")
            }
        case .change(let change):
            guard let event = try? AccountEvent(decoding: Array(value[change.range])) else {
                return nil
            }
            var body = Conversations.JSONWriter()
            AccountEventJSON.append(event, to: &body)
            return wrap(body, position, epochText)
        case .readMark(let mark):
            return WebSocketFrame.text(capacity: 160) { json in
                open(&json, position, epochText)
                json.raw("{\"kind\":\"read\",\"conversation_id\":")
                json.id(mark.conversation)
                json.raw(",\"seq\":")
                json.integer(mark.seq)
                json.raw("}}")
            }
        case .unknown:
            return nil
        }
    }

    private static func wrap(
        _ body: Conversations.JSONWriter,
        _ position: InboxPosition,
        _ epochText: String
    ) -> ByteBuffer {
        WebSocketFrame.text(capacity: 128 + body.bytes.count) { json in
            open(&json, position, epochText)
            json.raw(bytes: body.bytes)
            json.raw("}")
        }
    }

    private static func open(
        _ json: inout JSONWriter,
        _ position: InboxPosition,
        _ epochText: String
    ) {
        json.raw("{\"type\":\"event\",\"position\":")
        json.position(position, epochText: epochText)
        json.raw(",\"event\":")
    }

    private static func write(
        _ event: InboxMessage.Event,
        of value: [UInt8],
        _ json: inout JSONWriter
    ) {
        json.raw("\"message\",\"conversation_id\":")
        json.id(event.conversation)
        json.raw(",\"conversation_kind\":")
        switch event.kind {
        case .direct: json.raw("\"direct\"")
        case .group: json.raw("\"group\"")
        case .channel: json.raw("\"channel\"")
        }
        json.raw(",\"seq\":")
        json.integer(event.seq)
        json.raw(",\"message_count\":")
        json.integer(event.messageCount)
        json.raw(",\"message_id\":")
        json.id(event.submission)
        json.raw(",\"sender\":")
        json.id(event.sender)
        if let recipient = event.recipient {
            json.raw(",\"recipient\":")
            json.id(recipient)
        }
        json.raw(",\"server_timestamp\":")
        json.integer(event.serverTime.milliseconds)
        json.raw(",\"client_timestamp\":")
        if event.clientTime.milliseconds == 0 {
            json.raw("null")
        } else {
            json.integer(event.clientTime.milliseconds)
        }
        json.raw(",\"content\":")
        json.raw("{\"type\":\"text\",\"text\":")
        json.string(utf8: value[event.text])
        json.raw("}")
    }
}
