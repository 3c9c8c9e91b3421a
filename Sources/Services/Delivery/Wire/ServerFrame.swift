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
    /// `position` is where the device is after it: the offset after the entry's.
    static func event(
        _ message: InboxMessage,
        of value: [UInt8],
        position: InboxPosition,
        epochText: String
    ) -> ByteBuffer? {
        switch message.body {
        case .event(let event):
            return WebSocketFrame.text(capacity: 448 + event.text.count) { json in
                open(&json, position, epochText)
                write(event, of: value, &json)
                json.raw("}}")
            }
        case .ticks(let ticks):
            return WebSocketFrame.text(capacity: 192) { json in
                open(&json, position, epochText)
                json.raw("\"ticks\",\"conversation_id\":")
                json.id(ticks.conversation)
                json.raw(",\"delivered_seq\":")
                json.integer(ticks.deliveredSeq)
                json.raw(",\"read_seq\":")
                json.integer(ticks.readSeq)
                json.raw("}}")
            }
        case .rejection(let rejection):
            return WebSocketFrame.text { json in
                open(&json, position, epochText)
                json.raw("\"rejected\",\"message_id\":")
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
        case .unknown:
            return nil
        }
    }

    private static func open(
        _ json: inout JSONWriter,
        _ position: InboxPosition,
        _ epochText: String
    ) {
        json.raw("{\"type\":\"event\",\"position\":")
        json.position(position, epochText: epochText)
        json.raw(",\"event\":{\"kind\":")
    }

    private static func write(
        _ event: InboxMessage.Event,
        of value: [UInt8],
        _ json: inout JSONWriter
    ) {
        json.raw("\"message\",\"conversation_id\":")
        json.id(event.conversation)
        json.raw(",\"conversation_kind\":\"direct\",\"seq\":")
        json.integer(event.seq)
        json.raw(",\"message_count\":")
        json.integer(event.messageCount)
        json.raw(",\"message_id\":")
        json.id(event.submission)
        json.raw(",\"sender\":")
        json.id(event.sender)
        json.raw(",\"recipient\":")
        json.id(event.recipient)
        json.raw(",\"server_timestamp\":")
        json.integer(event.serverTime.milliseconds)
        json.raw(",\"client_timestamp\":")
        if event.clientTime.milliseconds == 0 {
            json.raw("null")
        } else {
            json.integer(event.clientTime.milliseconds)
        }
        json.raw(",\"content\":")
        if event.hasText {
            json.raw("{\"type\":\"text\",\"text\":")
            json.string(utf8: value[event.text])
            json.raw("}")
        } else {
            json.raw("{\"type\":\"unknown\"}")
        }
    }
}
