import Accounts
import Conversations
import Events
import Stores

/// What an account has set for itself, and who waits for or is banned from a conversation.
extension HistoryJSON {
    static func starred(_ page: StarPage) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        list(page.items, "events", to: &json) { append($0, to: &$1) }
        json.field("next_before", page.next?.description)
        list(page.missing, "missing", to: &json) { missing, json in
            json.beginObject()
            json.field("conversation_id", missing.conversation.description)
            json.field("message_id", missing.message.description)
            json.field("reason", missing.reason.rawValue)
            json.endObject()
        }
        json.endObject()
        return json.bytes
    }

    static func privacy(_ privacy: Privacy) -> [UInt8] {
        var json = JSONWriter()
        append(privacy, to: &json)
        return json.bytes
    }

    static func append(_ privacy: Privacy, to json: inout JSONWriter) {
        json.beginObject()
        json.field("read_receipts", privacy.readReceipts)
        json.field("presence", privacy.presence.name)
        json.endObject()
    }

    static func contacts(_ page: StorePage<StoredContact, AccountID>) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        append(page.items, to: &json)
        json.field("next_cursor", page.next?.description)
        json.endObject()
        return json.bytes
    }

    /// Appends contacts, as a field.
    static func append(_ contacts: [StoredContact], to json: inout JSONWriter) {
        list(contacts, "contacts", to: &json) { contact, json in
            json.beginObject()
            json.field("account_id", contact.account.description)
            json.field("name", contact.name)
            json.field("added_at", contact.since.milliseconds)
            json.endObject()
        }
    }

    static func devices(_ devices: [StoredDevice]) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        append(devices, to: &json)
        json.endObject()
        return json.bytes
    }

    /// Appends devices, as a field.
    static func append(_ devices: [StoredDevice], to json: inout JSONWriter) {
        list(devices, "devices", to: &json) { device, json in
            json.beginObject()
            json.field("device_id", device.device.description)
            json.field("name", device.name)
            json.field("added_at", device.addedTime.milliseconds)
            json.field("current", device.isCurrent)
            json.endObject()
        }
    }

    static func requests(
        _ page: StorePage<StoredJoinRequest, AccountID>,
        to conversation: ConversationID
    ) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("conversation_id", conversation.description)
        list(page.items, "requests", to: &json) { request, json in
            json.beginObject()
            json.field("account_id", request.account.description)
            json.field("name", request.name)
            json.field("requested_at", request.requestedTime.milliseconds)
            json.endObject()
        }
        json.field("next_cursor", page.next?.description)
        json.endObject()
        return json.bytes
    }

    static func bans(
        _ page: StorePage<StoredBan, AccountID>,
        from conversation: ConversationID
    ) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("conversation_id", conversation.description)
        list(page.items, "bans", to: &json) { ban, json in
            json.beginObject()
            json.field("account_id", ban.account.description)
            json.field("name", ban.name)
            json.field("banned_by", ban.bannedBy.description)
            json.field("banned_at", ban.bannedTime.milliseconds)
            json.endObject()
        }
        json.field("next_cursor", page.next?.description)
        json.endObject()
        return json.bytes
    }

    static func list<Item>(
        _ items: [Item],
        _ name: StaticString,
        to json: inout JSONWriter,
        _ append: (Item, inout JSONWriter) -> Void
    ) {
        json.key(name)
        json.beginArray()
        for item in items { append(item, &json) }
        json.endArray()
    }
}
