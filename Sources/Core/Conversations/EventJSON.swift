import Events
import SwiftProtobuf

/// Writes events as clients read them: the same fields in a history page as in a WebSocket frame's `event`.
public enum EventJSON {
    /// Appends the event as one JSON object.
    ///
    /// Times are milliseconds since 1970 UTC; what is not known is left out, but `client_timestamp`, which is then `null`. A content that
    /// this version can't read is `{"type":"unknown"}`.
    ///
    /// With `missing` the content is not written, but why it is missing: `{"type":"deleted"}`. What `more` writes comes last.
    public static func append(
        _ event: TimelineEvent,
        missing: MissingContent? = nil,
        to json: inout JSONWriter,
        more: (inout JSONWriter) -> Void = { _ in }
    ) {
        json.beginObject()
        json.field("kind", kind(of: event))
        json.field("conversation_id", event.conversation.description)
        json.field("conversation_kind", event.kind?.name ?? "unknown")
        json.field("seq", Int64(clamping: event.seq))
        json.field("message_count", Int64(clamping: event.messageCount))
        switch event.body {
        case .messagePosted:
            json.field("message_id", event.submission.description)
        case .acted, .unknown:
            json.field("submission_id", event.submission.description)
        }
        json.field("sender", event.sender.description)
        if case .messagePosted(let post) = event.body, let recipient = post.recipient {
            json.field("recipient", recipient.description)
        }
        json.field("server_timestamp", event.serverTime.milliseconds)
        json.field(
            "client_timestamp",
            event.clientTime.milliseconds == 0 ? nil : event.clientTime.milliseconds
        )
        switch event.body {
        case .messagePosted(let post): append(post, missing, to: &json)
        case .acted(let action): append(action, event, missing, to: &json)
        case .unknown: break
        }
        if !event.memberChanges.isEmpty { append(event.memberChanges, to: &json) }
        more(&json)
        json.endObject()
    }

    /// The word for what happened.
    public static func kind(of event: TimelineEvent) -> String {
        guard case .acted(let action) = event.body else {
            if case .messagePosted = event.body { return "message" }
            return "unknown"
        }
        switch action {
        case .create: return "created"
        case .addMembers: return "members_added"
        case .removeMember: return "member_removed"
        case .leave: return "member_left"
        case .setRole: return "role_changed"
        case .transferOwnership: return "ownership_transferred"
        case .setProfile: return "profile_changed"
        case .setSettings: return "settings_changed"
        case .setBan(_, let isBanned): return isBanned ? "banned" : "unbanned"
        case .createInvite: return "invite_created"
        case .revokeInvite: return "invite_revoked"
        case .join: return event.memberChanges.isEmpty ? "join_requested" : "member_joined"
        case .decideJoin(_, let isApproved): return isApproved ? "join_approved" : "join_declined"
        case .editMessage: return "edited"
        case .deleteMessage: return "deleted"
        case .react: return "reaction"
        case .pin(_, let isPinned): return isPinned ? "pinned" : "unpinned"
        case .vote: return "voted"
        case .moveLiveLocation: return "location_moved"
        case .setBlock(_, let isBlocked): return isBlocked ? "blocked" : "unblocked"
        }
    }

    /// Why a message's text is not shown.
    public enum MissingContent: String, Sendable {
        /// It was taken back.
        case deleted
        /// Its time was over.
        case expired
        /// Who reads does not want to see it again.
        case hidden
        /// It says something else by now, which a later event tells.
        case edited

        /// Whether nothing is left of it.
        var isGone: Bool { self != .edited }
    }

    private static func append(
        _ content: ArraySlice<UInt8>,
        _ missing: MissingContent?,
        to json: inout JSONWriter
    ) {
        json.key("content")
        guard let missing else { return appendContent(content, to: &json) }
        json.beginObject()
        json.field("type", missing.rawValue)
        json.endObject()
    }

    private static func append(
        _ post: MessagePost,
        _ missing: MissingContent?,
        to json: inout JSONWriter
    ) {
        append(post.content, missing, to: &json)
        if missing?.isGone == true { return }
        if let reply = post.replyTo { json.field("reply_to", reply.description) }
        if !post.mentions.isEmpty {
            json.key("mentions")
            json.beginArray()
            for account in post.mentions { json.value(account.description) }
            json.endArray()
        }
        if post.isForwarded { json.field("forwarded", true) }
        if let end = post.expiresAt { json.field("expires_at", end.milliseconds) }
    }

    private static func append(
        _ changes: [TimelineEvent.MemberChange],
        to json: inout JSONWriter
    ) {
        json.key("members")
        json.beginArray()
        for change in changes {
            json.beginObject()
            json.field("account_id", change.account.description)
            json.field("role", change.role?.name)
            json.endObject()
        }
        json.endArray()
    }

    private static func append(
        _ action: ConversationAction,
        _ event: TimelineEvent,
        _ missing: MissingContent?,
        to json: inout JSONWriter
    ) {
        if let message = action.message {
            json.field("message_id", message.description)
            json.field("message_seq", Int64(clamping: event.messageSeq))
        }
        if let missing, missing.isGone { return append([], missing, to: &json) }
        switch action {
        case .create(let profile, let settings, _):
            append(profile, to: &json)
            append(settings, to: &json)
        case .setProfile(let profile): append(profile, to: &json)
        case .setSettings(let settings): append(settings, to: &json)
        case .setBan(let account, _), .decideJoin(let account, _), .setBlock(let account, _):
            json.field("account_id", account.description)
        case .createInvite(let secret, let invite):
            json.field("token", InviteToken(event.conversation, secret).description)
            json.field("expires_at", invite.expiresAt?.milliseconds)
            json.field("uses_max", Int64(invite.usesMax))
            json.field("needs_approval", invite.needsApproval)
        case .revokeInvite(let secret):
            json.field("token", InviteToken(event.conversation, secret).description)
        case .editMessage(_, let content): append(content, missing, to: &json)
        case .react(_, let emoji): json.field("emoji", emoji)
        case .vote(_, let options):
            json.key("options")
            json.beginArray()
            for option in options { json.value(Int64(option)) }
            json.endArray()
        case .moveLiveLocation(_, let location):
            if missing != nil { return append([], missing, to: &json) }
            json.key("location")
            append((try? PBLocation(serializedBytes: Array(location))) ?? PBLocation(), to: &json)
        case .addMembers, .removeMember, .leave, .setRole, .transferOwnership, .join,
            .deleteMessage,
            .pin:
            break
        }
    }

    private static func append(_ profile: ProfileChange, to json: inout JSONWriter) {
        if let name = profile.name { json.field("name", name) }
        if let description = profile.description { json.field("description", description) }
        if let picture = profile.picture { json.field("picture", picture) }
    }

    private static func append(_ change: ConversationSettings.Change, to json: inout JSONWriter) {
        if change.isEmpty { return }
        json.key("settings")
        json.beginObject()
        if let role = change.postFrom { json.field("post_from", role.name) }
        if let role = change.editProfileFrom { json.field("edit_profile_from", role.name) }
        if let role = change.addFrom { json.field("add_from", role.name) }
        if let seconds = change.disappearAfterSeconds {
            json.field("disappear_after_s", Int64(seconds))
        }
        json.endObject()
    }

    /// Appends an encoded `Content`.
    public static func appendContent(_ bytes: ArraySlice<UInt8>, to json: inout JSONWriter) {
        json.beginObject()
        switch (try? PBContent(serializedBytes: Array(bytes)))?.content {
        case .text(let text):
            json.field("type", "text")
            json.field("text", text.text)
        case .media(let media):
            json.field("type", "media")
            json.field("media_id", media.mediaID)
            json.field("mime_type", media.mimeType)
            json.field("caption", media.caption)
            json.field("file_name", media.fileName)
        case .location(let location):
            json.field("type", "location")
            json.key("location")
            append(location, to: &json)
        case .liveLocation(let live):
            json.field("type", "live_location")
            json.key("location")
            append(live.start, to: &json)
            json.field("ends_at", live.endsAtMs)
        case .contact(let card):
            json.field("type", "contact")
            json.field("name", card.name)
            append(card.addresses, "addresses", to: &json)
        case .voiceNote(let note):
            json.field("type", "voice_note")
            json.field("media_id", note.mediaID)
            json.field("duration_ms", Int64(note.durationMs))
        case .poll(let poll):
            json.field("type", "poll")
            json.field("question", poll.question)
            append(poll.options, "options", to: &json)
            json.field("multiple", poll.multiple)
        case nil:
            json.field("type", "unknown")
        }
        json.endObject()
    }

    private static func append(
        _ texts: [String],
        _ name: StaticString,
        to json: inout JSONWriter
    ) {
        json.key(name)
        json.beginArray()
        for text in texts { json.value(text) }
        json.endArray()
    }

    private static func append(_ location: PBLocation, to json: inout JSONWriter) {
        json.beginObject()
        json.key("latitude")
        json.value(e7: location.latitudeE7)
        json.key("longitude")
        json.value(e7: location.longitudeE7)
        if !location.name.isEmpty { json.field("name", location.name) }
        json.endObject()
    }
}
