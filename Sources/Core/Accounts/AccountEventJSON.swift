public import Conversations
import Events

/// Writes account events as clients read them, in a WebSocket frame's `event`.
public enum AccountEventJSON {
    /// The word for what changed; `nil`: no device is told.
    public static func kind(of change: AccountChange) -> String? {
        switch change {
        case .registered, .unknown: nil
        case .deviceAdded: "device_added"
        case .deviceRemoved: "device_removed"
        case .preferences: "preferences_changed"
        case .star(_, _, let isStarred): isStarred ? "message_starred" : "message_unstarred"
        case .hide: "message_hidden"
        case .privacy: "privacy_changed"
        case .contact(_, let isContact): isContact ? "contact_added" : "contact_removed"
        }
    }

    /// Appends the event as one JSON object: what it doesn't change is not there.
    ///
    /// Times are milliseconds since 1970 UTC. Of a change of which no device is told only the time is written.
    public static func append(_ event: AccountEvent, to json: inout JSONWriter) {
        json.beginObject()
        if let kind = kind(of: event.change) { json.field("kind", kind) }
        switch event.change {
        case .registered, .unknown: break
        case .deviceAdded(let device, let name):
            json.field("device_id", device.description)
            json.field("device_name", name)
        case .deviceRemoved(let device): json.field("device_id", device.description)
        case .preferences(let conversation, let change):
            json.field("conversation_id", conversation.description)
            if let end = change.mutedUntil { json.field("muted_until", end.milliseconds) }
            if let isArchived = change.isArchived { json.field("archived", isArchived) }
        case .star(let conversation, let message, _), .hide(let conversation, let message):
            json.field("conversation_id", conversation.description)
            json.field("message_id", message.description)
        case .privacy(let change):
            if let receipts = change.readReceipts { json.field("read_receipts", receipts) }
            if let presence = change.presence { json.field("presence", presence.name) }
        case .contact(let account, _): json.field("account_id", account.description)
        }
        json.field("server_timestamp", event.serverTime.milliseconds)
        json.endObject()
    }
}
