import Conversations
import Events
import Stores

extension HistoryJSON {
    /// Appends an event as `EventJSON` writes it, with what became of its message.
    ///
    /// An event whose message nothing has become of is written by `EventJSON` itself. A message that something has become of has
    /// the same fields and a few more at the end; of one that is gone `content` says nothing but that.
    static func append(_ shown: PageEvent, to json: inout JSONWriter) {
        let event = shown.event
        guard let state = shown.state, !state.isUntouched else {
            return EventJSON.append(event, to: &json)
        }
        switch event.body {
        case .messagePosted(let post):
            json.beginObject()
            appendHead(event, message: event.submission, recipient: post.recipient, to: &json)
            append(post, state, to: &json)
            json.endObject()
        case .acted(let action) where state.presence != .here:
            json.beginObject()
            appendHead(event, message: nil, recipient: nil, to: &json)
            json.field("message_id", action.message?.description)
            json.field("message_seq", Int64(clamping: event.messageSeq))
            appendGone(state.presence, to: &json)
            json.endObject()
        default:
            EventJSON.append(event, to: &json)
        }
    }

    /// The fields of every event, in `EventJSON`'s order.
    private static func appendHead(
        _ event: TimelineEvent,
        message: SubmissionID?,
        recipient: AccountID?,
        to json: inout JSONWriter
    ) {
        json.field("kind", EventJSON.kind(of: event))
        json.field("conversation_id", event.conversation.description)
        json.field("conversation_kind", event.kind?.name ?? "unknown")
        json.field("seq", Int64(clamping: event.seq))
        json.field("message_count", Int64(clamping: event.messageCount))
        if let message {
            json.field("message_id", message.description)
        } else {
            json.field("submission_id", event.submission.description)
        }
        json.field("sender", event.sender.description)
        if let recipient { json.field("recipient", recipient.description) }
        json.field("server_timestamp", event.serverTime.milliseconds)
        let clientTime = event.clientTime.milliseconds
        json.field("client_timestamp", clientTime == 0 ? nil : clientTime)
    }

    private static func append(
        _ post: MessagePost,
        _ state: MessageState,
        to json: inout JSONWriter
    ) {
        guard state.presence == .here else { return appendGone(state.presence, to: &json) }
        json.key("content")
        EventJSON.appendContent(post.content, to: &json)
        if let reply = post.replyTo { json.field("reply_to", reply.description) }
        if !post.mentions.isEmpty {
            json.key("mentions")
            json.beginArray()
            for account in post.mentions { json.value(account.description) }
            json.endArray()
        }
        if post.isForwarded { json.field("forwarded", true) }
        if let end = post.expiresAt { json.field("expires_at", end.milliseconds) }
        if let time = state.editedTime { json.field("edited_at", time.milliseconds) }
        if let time = state.movedTime { json.field("moved_at", time.milliseconds) }
        appendTallies(state, to: &json)
    }

    private static func appendTallies(_ state: MessageState, to json: inout JSONWriter) {
        if !state.reactions.isEmpty {
            json.key("reactions")
            json.beginArray()
            for reaction in state.reactions {
                json.beginObject()
                json.field("emoji", reaction.emoji)
                json.field("count", reaction.count)
                json.endObject()
            }
            json.endArray()
        }
        if let emoji = state.ownReaction { json.field("my_reaction", emoji) }
        guard !state.votes.isEmpty else { return }
        json.key("votes")
        json.beginArray()
        for count in state.votes { json.value(count) }
        json.endArray()
        json.key("my_votes")
        json.beginArray()
        for option in state.ownVotes { json.value(Int64(option)) }
        json.endArray()
    }

    private static func appendGone(_ presence: MessageState.Presence, to json: inout JSONWriter) {
        json.key("content")
        json.beginObject()
        json.field("type", presence == .deleted ? "deleted" : "expired")
        json.endObject()
    }
}
