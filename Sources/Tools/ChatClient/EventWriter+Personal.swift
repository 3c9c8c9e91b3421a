import Events
import MartletClient

/// Writes what is for the account alone, with the fields of the protocol.
extension EventWriter {
    static func write(_ event: PersonalEvent, to json: inout JSONObjectWriter) {
        json.add("kind", event.change.kind)
        switch event.change {
        case .preferences(let conversation, let preferences):
            json.add("conversation_id", conversation.description)
            if let end = preferences.mutedUntil { json.add("muted_until", end.milliseconds) }
            if let isArchived = preferences.isArchived { json.add("archived", isArchived) }
        case .starred(let conversation, let message), .unstarred(let conversation, let message),
            .hidden(let conversation, let message):
            json.add("conversation_id", conversation.description)
            json.add("message_id", message.description)
        case .privacy(let settings):
            if let receipts = settings.readReceipts { json.add("read_receipts", receipts) }
            if let presence = settings.presence { json.add("presence", presence.rawValue) }
        case .contactAdded(let account), .contactRemoved(let account):
            json.add("account_id", account.description)
        case .deviceAdded(let device, let name):
            json.add("device_id", device.description)
            json.add("device_name", name)
        case .deviceRemoved(let device): json.add("device_id", device.description)
        }
        json.add("server_timestamp", event.serverTimestamp.milliseconds)
    }

    static func write(_ mark: ReadEvent, to json: inout JSONObjectWriter) {
        json.add("kind", "read")
        json.add("conversation_id", mark.conversationID.description)
        json.add("seq", Int64(clamping: mark.seq))
    }

    static func write(_ signal: Signal, to json: inout JSONObjectWriter) {
        switch signal {
        case .activity(let conversation, let account, let activity):
            json.add("kind", "typing")
            json.add("conversation_id", conversation.description)
            json.add("account_id", account.description)
            json.add("activity", activity.rawValue)
        case .presence(let account, let presence):
            json.add("kind", "presence")
            json.add("account_id", account.description)
            json.add("online", presence == .online)
            if case .offline(let time?) = presence { json.add("last_seen", time.milliseconds) }
        }
    }
}
