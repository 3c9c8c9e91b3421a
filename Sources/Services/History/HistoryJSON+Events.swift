import Conversations
import Events
import Stores

extension HistoryJSON {
    /// Appends an event as `EventJSON` writes it, with what became of its message.
    ///
    /// A message that something has become of has a few fields more at the end; of one that is gone `content` says nothing but that.
    static func append(_ shown: PageEvent, to json: inout JSONWriter) {
        guard let state = shown.state, !state.isUntouched else {
            return EventJSON.append(shown.event, to: &json)
        }
        EventJSON.append(shown.event, missing: state.presence.missing, to: &json) { json in
            guard case .messagePosted = shown.event.body, state.presence == .here else { return }
            if let time = state.editedTime { json.field("edited_at", time.milliseconds) }
            if let time = state.movedTime { json.field("moved_at", time.milliseconds) }
            if state.isStarred { json.field("starred", true) }
            appendTallies(state, to: &json)
        }
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
}

extension MessageState.Presence {
    /// Why nothing of it is shown; `nil`: it is.
    fileprivate var missing: EventJSON.MissingContent? {
        switch self {
        case .here: nil
        case .deleted: .deleted
        case .expired: .expired
        case .edited: .edited
        case .hidden: .hidden
        }
    }
}
