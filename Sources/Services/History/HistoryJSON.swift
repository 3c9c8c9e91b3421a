import Events
import Stores

/// Writes what history answers; events are written by `EventJSON`.
enum HistoryJSON {
    static func append(_ summary: ConversationSummary, to json: inout JSONWriter) {
        json.beginObject()
        json.field("conversation_id", summary.conversation.description)
        json.field("conversation_kind", EventJSON.name(of: summary.kind))
        json.field("name", summary.name)
        json.key("members")
        json.beginArray()
        for member in summary.members { json.value(member.description) }
        json.endArray()
        json.field("last_seq", summary.lastSeq)
        json.field("message_count", summary.messageCount)
        json.field("unread_count", summary.unreadCount)
        json.field("read_seq", summary.readSeq)
        json.field("last_server_timestamp", summary.lastServerTime.milliseconds)
        json.key("ticks")
        append(summary.ticks, of: summary.conversation, to: &json)
        json.key("last_event")
        if let event = summary.lastEvent {
            EventJSON.append(event, to: &json)
        } else {
            json.null()
        }
        json.endObject()
    }

    static func page(
        _ page: EventPage,
        of conversation: ConversationID,
        isForwards: Bool
    )
        -> [UInt8]
    {
        let next = page.hasMore ? page.events.last?.seq : nil
        var json = JSONWriter()
        json.beginObject()
        json.field("conversation_id", conversation.description)
        json.key("events")
        json.beginArray()
        for event in page.events { EventJSON.append(event, to: &json) }
        json.endArray()
        json.field("next_before_seq", isForwards ? nil : next)
        json.field("next_after_seq", isForwards ? next : nil)
        json.key("ticks")
        append(page.ticks, of: conversation, to: &json)
        json.endObject()
        return json.bytes
    }

    static func receipts(_ receipts: MessageReceipts) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("message_id", receipts.messageID.description)
        json.field("conversation_id", receipts.conversation.description)
        json.field("seq", receipts.seq)
        json.field("sender", receipts.sender.description)
        json.key("receipts")
        json.beginArray()
        for member in receipts.members {
            json.beginObject()
            json.field("account_id", member.account.description)
            json.field("delivered_timestamp", member.deliveredTime?.milliseconds)
            json.field("read_timestamp", member.readTime?.milliseconds)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }

    /// In the form of a `ticks` event.
    private static func append(
        _ ticks: ConversationTicks,
        of conversation: ConversationID,
        to json: inout JSONWriter
    ) {
        json.beginObject()
        json.field("kind", "ticks")
        json.field("conversation_id", conversation.description)
        json.field("delivered_seq", ticks.deliveredSeq)
        json.field("read_seq", ticks.readSeq)
        json.endObject()
    }
}
