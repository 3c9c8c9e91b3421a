import Events
import MartletClient

/// Writes what happens in conversations as JSON, with the fields of the protocol.
enum EventWriter {
    static func write(_ message: MessageEvent, to json: inout JSONObjectWriter) {
        json.add("message_id", message.messageID.description)
        json.add("conversation_id", message.conversationID.description)
        if message.conversationKind != "direct" {
            json.add("conversation_kind", message.conversationKind)
        }
        json.add("from", message.sender.description)
        json.add("seq", Int64(clamping: message.seq))
        json.add("server_timestamp", message.serverTimestamp.milliseconds)
        json.add("text", message.text ?? "")
        if message.text == nil { json.add("content", object(message.content)) }
        if let reply = message.replyTo { json.add("reply_to", reply.description) }
    }

    static func write(_ event: ConversationEvent, to json: inout JSONObjectWriter) {
        json.add("kind", event.change.kind)
        json.add("conversation_id", event.conversationID.description)
        json.add("conversation_kind", event.conversationKind)
        json.add("seq", Int64(clamping: event.seq))
        json.add("submission_id", event.submissionID.description)
        json.add("sender", event.sender.description)
        json.add("server_timestamp", event.serverTimestamp.milliseconds)
        if let message = event.change.message {
            json.add("message_id", message.messageID.description)
            json.add("message_seq", Int64(clamping: message.seq))
        }
        write(event.change, to: &json)
        guard !event.members.isEmpty else { return }
        json.add("members", event.members.map(object))
    }

    /// What the kind has besides the message.
    private static func write(_ change: ConversationChange, to json: inout JSONObjectWriter) {
        switch change {
        case .created(let profile, let settings):
            write(profile, to: &json)
            write(settings, to: &json)
        case .profileChanged(let profile): write(profile, to: &json)
        case .settingsChanged(let settings): write(settings, to: &json)
        case .banned(let account), .unbanned(let account), .joinApproved(let account),
            .joinDeclined(let account), .blocked(let account), .unblocked(let account):
            json.add("account_id", account.description)
        case .inviteCreated(let invite):
            json.add("token", invite.token)
            if let end = invite.expiresAt { json.add("expires_at", end.milliseconds) }
            json.add("uses_max", Int64(clamping: invite.usesMax))
            json.add("needs_approval", invite.needsApproval)
        case .inviteRevoked(let token): json.add("token", token)
        case .edited(_, let content): json.add("content", object(content))
        case .reaction(_, let emoji): json.add("emoji", emoji)
        case .voted(_, let options): json.add("options", options)
        case .locationMoved(_, let place): json.add("location", object(place))
        case .membersAdded, .memberRemoved, .memberLeft, .roleChanged, .ownershipTransferred,
            .joinRequested, .memberJoined, .deleted, .pinned, .unpinned:
            break
        }
    }

    private static func write(_ profile: ConversationProfile, to json: inout JSONObjectWriter) {
        if let name = profile.name { json.add("name", name) }
        if let description = profile.description { json.add("description", description) }
        if let picture = profile.picture { json.add("picture", picture) }
    }

    private static func write(_ settings: ConversationSettings, to json: inout JSONObjectWriter) {
        guard settings != ConversationSettings() else { return }
        var object = JSONObjectWriter()
        if let role = settings.postFrom { object.add("post_from", role.rawValue) }
        if let role = settings.editProfileFrom {
            object.add("edit_profile_from", role.rawValue)
        }
        if let role = settings.addFrom { object.add("add_from", role.rawValue) }
        if let time = settings.disappearAfter {
            object.add("disappear_after_s", time.components.seconds)
        }
        json.add("settings", object)
    }

    private static func object(_ change: MemberChange) -> JSONObjectWriter {
        var json = JSONObjectWriter()
        json.add("account_id", change.account.description)
        if let role = change.role { json.add("role", role.rawValue) } else { json.addNull("role") }
        return json
    }

    private static func object(_ place: Place) -> JSONObjectWriter {
        var json = JSONObjectWriter()
        json.add("latitude", place.latitude)
        json.add("longitude", place.longitude)
        if let name = place.name { json.add("name", name) }
        return json
    }

    /// A message's content.
    static func object(_ content: MessageContent) -> JSONObjectWriter {
        var json = JSONObjectWriter()
        json.add("type", type(of: content))
        switch content {
        case .text(let text): json.add("text", text)
        case .media(let media):
            json.add("media_id", media.mediaID)
            json.add("mime_type", media.mimeType)
            json.add("caption", media.caption)
            json.add("file_name", media.fileName)
        case .location(let place): json.add("location", object(place))
        case .liveLocation(let place, let end):
            json.add("location", object(place))
            json.add("ends_at", end.milliseconds)
        case .contact(let name, let addresses):
            json.add("name", name)
            json.add("addresses", addresses)
        case .voiceNote(let mediaID, let length):
            json.add("media_id", mediaID)
            json.add("duration_ms", Int64(length.seconds * 1000))
        case .poll(let poll):
            json.add("question", poll.question)
            json.add("options", poll.options)
            json.add("multiple", poll.isMultiple)
        case .deleted, .expired, .hidden, .edited, .unknown: break
        }
        return json
    }

    private static func type(of content: MessageContent) -> String {
        switch content {
        case .text: "text"
        case .media: "media"
        case .location: "location"
        case .liveLocation: "live_location"
        case .contact: "contact"
        case .voiceNote: "voice_note"
        case .poll: "poll"
        case .deleted: "deleted"
        case .expired: "expired"
        case .hidden: "hidden"
        case .edited: "edited"
        case .unknown(let type): type.isEmpty ? "unknown" : type
        }
    }
}
