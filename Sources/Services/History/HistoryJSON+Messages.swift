import Conversations
import Events
import Stores

/// One message, what a search finds, and what came while somebody was away.
extension HistoryJSON {
    static func message(_ detail: MessageDetail) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("event")
        append(detail.event, to: &json)
        list(detail.reactions, "reactions_by", to: &json) { reaction, json in
            json.beginObject()
            json.field("account_id", reaction.account.description)
            json.field("name", reaction.name)
            json.field("emoji", reaction.emoji)
            json.endObject()
        }
        json.key("receipts")
        if let receipts = detail.receipts { append(receipts, to: &json) } else { json.null() }
        json.endObject()
        return json.bytes
    }

    static func search(_ page: SearchPage, _ archived: ArchivedParts) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        list(page.hits.compactMap(\.event), "events", to: &json) { append($0, to: &$1) }
        json.field("next_before", page.next?.description)
        json.field("complete", page.isComplete)
        list(page.hits.filter { $0.event == nil }, "missing", to: &json) { hit, json in
            let reason = archived.whyMissing(hit.seq, of: hit.conversation) ?? .unavailable
            json.beginObject()
            json.field("conversation_id", hit.conversation.description)
            json.field("seq", hit.seq)
            json.field("reason", reason.rawValue)
            json.endObject()
        }
        json.endObject()
        return json.bytes
    }

    static func sync(_ page: SyncPage) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        list(page.items, "conversations", to: &json) { item, json in
            json.beginObject()
            appendFields(of: item.summary, to: &json)
            list(item.events, "events", to: &json) { append($0, to: &$1) }
            json.field("more", item.hasMore)
            append(item.missing, to: &json)
            json.endObject()
        }
        json.field("next", page.next?.description)
        // Who stops on the way must not begin there the next time.
        json.field("since", page.next == nil ? page.since.description : nil)
        json.endObject()
        return json.bytes
    }

    /// Appends what can't be read of a page, as its field `missing`.
    static func append(_ missing: [MissingEvents], to json: inout JSONWriter) {
        list(missing, "missing", to: &json) { missing, json in
            json.beginObject()
            json.field("from_seq", missing.seqs.lowerBound)
            json.field("to_seq", missing.seqs.upperBound)
            json.field("reason", missing.reason.rawValue)
            json.endObject()
        }
    }
}
