import Events
import NIOCore

extension ServerFrame {
    /// Somebody types in a conversation, records, or has stopped.
    static func typing(_ typing: Signal.Typing, of account: AccountID) -> ByteBuffer {
        WebSocketFrame.text { json in
            json.raw("{\"type\":\"signal\",\"kind\":\"typing\",\"conversation_id\":")
            json.id(typing.conversation)
            json.raw(",\"account_id\":")
            json.id(account)
            json.raw(",\"activity\":\"")
            json.raw(typing.activity.name)
            json.raw("\"}")
        }
    }

    /// Whether somebody is online, or when it last was, as far as may be known.
    static func presence(_ presence: Signal.Presence, of account: AccountID) -> ByteBuffer {
        WebSocketFrame.text { json in
            json.raw("{\"type\":\"signal\",\"kind\":\"presence\",\"account_id\":")
            json.id(account)
            json.raw(presence.isOnline ? ",\"online\":true" : ",\"online\":false")
            if let time = presence.lastSeen {
                json.raw(",\"last_seen\":")
                json.integer(time.milliseconds)
            }
            json.raw("}")
        }
    }
}
