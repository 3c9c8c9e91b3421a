public import Events
import SwiftProtobuf

/// Writes events as clients read them: the same fields in a history page as in a WebSocket frame's `event`.
public enum EventJSON {
    /// Appends the event as one JSON object.
    ///
    /// Times are milliseconds since 1970 UTC; what is not known is left out, but `client_timestamp`, which is then `null`. A content that
    /// this version can't read is `{"type":"unknown"}`.
    public static func append(_ event: StoredEvent, to json: inout JSONWriter) {
        json.beginObject()
        json.field("kind", event.kind == .message ? "message" : "unknown")
        json.field("conversation_id", event.conversation.description)
        json.field("conversation_kind", name(of: event.conversationKind))
        json.field("seq", event.seq)
        json.field("message_count", event.messageCount)
        json.field("message_id", event.messageID.description)
        json.field("sender", event.sender.description)
        if let recipient = event.recipient { json.field("recipient", recipient.description) }
        json.field("server_timestamp", event.serverTime.milliseconds)
        json.field("client_timestamp", event.clientTime?.milliseconds)
        json.key("content")
        appendContent(event.content, to: &json)
        json.endObject()
    }

    /// The word for a kind of conversation.
    public static func name(of kind: PBConversationKind) -> String {
        switch kind {
        case .direct: "direct"
        case .group: "group"
        case .channel: "channel"
        case .unspecified, .UNRECOGNIZED: "unknown"
        }
    }

    private static func appendContent(_ bytes: [UInt8], to json: inout JSONWriter) {
        json.beginObject()
        switch (try? PBContent(serializedBytes: bytes))?.content {
        case .text(let text):
            json.field("type", "text")
            json.field("text", text.text)
        case nil:
            json.field("type", "unknown")
        }
        json.endObject()
    }
}
