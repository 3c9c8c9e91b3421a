import Conversations
import Events
import Stores

/// Writes what history answers; events are written by `HistoryJSON+Events`.
enum HistoryJSON {
    static func append(_ summary: ConversationSummary, to json: inout JSONWriter) {
        json.beginObject()
        appendFields(of: summary, to: &json)
        json.endObject()
    }

    static func appendFields(of summary: ConversationSummary, to json: inout JSONWriter) {
        json.field("conversation_id", summary.conversation.description)
        json.field("conversation_kind", summary.kind?.name ?? "unknown")
        json.field("name", summary.name)
        json.field("picture", summary.picture)
        json.field("role", summary.role?.name)
        json.field("member_count", summary.memberCount)
        json.key("members")
        json.beginArray()
        for member in summary.members { json.value(member.description) }
        json.endArray()
        json.field("last_seq", summary.lastSeq)
        json.field("message_count", summary.messageCount)
        json.field("unread_count", summary.unreadCount)
        json.field("read_seq", summary.readSeq)
        json.field("muted_until", summary.mutedUntil.milliseconds)
        json.field("archived", summary.isArchived)
        json.field("last_server_timestamp", summary.lastServerTime.milliseconds)
        json.key("ticks")
        append(summary.ticks, of: summary.conversation, to: &json)
        json.key("last_event")
        if let event = summary.lastEvent { append(event, to: &json) } else { json.null() }
    }

    static func conversation(_ detail: ConversationDetail) -> [UInt8] {
        var json = JSONWriter()
        append(detail, to: &json)
        return json.bytes
    }

    static func append(_ detail: ConversationDetail, to json: inout JSONWriter) {
        json.beginObject()
        json.field("conversation_id", detail.conversation.description)
        json.field("conversation_kind", detail.kind?.name ?? "unknown")
        json.field("name", detail.name)
        json.field("picture", detail.picture)
        json.field("description", detail.description)
        json.field("role", detail.role?.name)
        json.field("joined_at", detail.joinedTime.milliseconds)
        json.field("left_at", detail.leftTime?.milliseconds)
        json.field("member_count", detail.memberCount)
        json.key("settings")
        if let settings = detail.settings {
            append(settings, isDirect: detail.kind == .direct, to: &json)
        } else {
            json.null()
        }
        json.key("pins")
        json.beginArray()
        for event in detail.pins { append(event, to: &json) }
        json.endArray()
        json.endObject()
    }

    /// As in the events that change them.
    private static func append(
        _ settings: ConversationSettings,
        isDirect: Bool,
        to json: inout JSONWriter
    ) {
        json.beginObject()
        if !isDirect {
            json.field("post_from", settings.postFrom.name)
            json.field("edit_profile_from", settings.editProfileFrom.name)
            json.field("add_from", settings.addFrom.name)
        }
        json.field("disappear_after_s", Int64(settings.disappearAfterSeconds))
        json.endObject()
    }

    static func members(_ page: MemberPage, of conversation: ConversationID) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("conversation_id", conversation.description)
        append(page.members, to: &json)
        json.field("next_cursor", page.next?.description)
        json.endObject()
        return json.bytes
    }

    /// Appends members, as a field.
    static func append(_ members: [MemberPage.Member], to json: inout JSONWriter) {
        list(members, "members", to: &json) { member, json in
            json.beginObject()
            json.field("account_id", member.account.description)
            json.field("name", member.name)
            json.field("role", member.role?.name)
            json.field("joined_at", member.joinedTime.milliseconds)
            json.endObject()
        }
    }

    static func page(
        _ page: EventPage,
        of conversation: ConversationID,
        isForwards: Bool
    )
        -> [UInt8]
    {
        let next = page.hasMore ? page.events.last.map { Int64(clamping: $0.event.seq) } : nil
        var json = JSONWriter()
        json.beginObject()
        json.field("conversation_id", conversation.description)
        json.key("events")
        json.beginArray()
        for event in page.events { append(event, to: &json) }
        json.endArray()
        json.field("next_before_seq", isForwards ? nil : next)
        json.field("next_after_seq", isForwards ? next : nil)
        json.key("ticks")
        append(page.ticks, of: conversation, to: &json)
        append(page.missing, to: &json)
        json.endObject()
        return json.bytes
    }

    static func receipts(_ receipts: MessageReceipts) -> [UInt8] {
        var json = JSONWriter()
        append(receipts, to: &json)
        return json.bytes
    }

    static func append(_ receipts: MessageReceipts, to json: inout JSONWriter) {
        json.beginObject()
        json.field("message_id", receipts.messageID.description)
        json.field("conversation_id", receipts.conversation.description)
        json.field("seq", receipts.seq)
        json.field("sender", receipts.sender.description)
        switch receipts.extent {
        case .members(let members, let next):
            json.key("receipts")
            json.beginArray()
            for member in members {
                json.beginObject()
                json.field("account_id", member.account.description)
                json.field("delivered_timestamp", member.deliveredTime?.milliseconds)
                json.field("read_timestamp", member.readTime?.milliseconds)
                json.endObject()
            }
            json.endArray()
            json.field("next_cursor", next?.description)
        case .readCount(let count):
            json.field("read_count", count)
        }
        json.endObject()
    }

    static func invites(_ invites: [StoredInvite], to conversation: ConversationID) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("conversation_id", conversation.description)
        json.key("invites")
        json.beginArray()
        for invite in invites {
            json.beginObject()
            json.field("token", invite.token.description)
            json.field("created_by", invite.creator.description)
            json.field("created_at", invite.createdTime.milliseconds)
            json.field("expires_at", invite.terms.expiresAt?.milliseconds)
            json.field("uses_max", Int64(invite.terms.usesMax))
            json.field("needs_approval", invite.terms.needsApproval)
            json.field("uses", Int64(invite.terms.uses))
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }

    static func preview(_ preview: InvitePreview) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("conversation_id", preview.conversation.description)
        json.field("conversation_kind", preview.kind?.name ?? "unknown")
        json.field("name", preview.name)
        json.field("picture", preview.picture.isEmpty ? nil : preview.picture)
        json.field("member_count", preview.memberCount)
        json.field("needs_approval", preview.needsApproval)
        json.endObject()
        return json.bytes
    }

    /// In the form of a `ticks` event.
    private static func append(
        _ ticks: ConversationTicks?,
        of conversation: ConversationID,
        to json: inout JSONWriter
    ) {
        guard let ticks else { return json.null() }
        json.beginObject()
        json.field("kind", "ticks")
        json.field("conversation_id", conversation.description)
        json.field("delivered_seq", ticks.deliveredSeq)
        json.field("read_seq", ticks.readSeq)
        json.endObject()
    }
}
