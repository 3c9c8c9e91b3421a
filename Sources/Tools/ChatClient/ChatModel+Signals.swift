import Events
import MartletClient

/// Who writes, and who is there.
extension ChatModel {
    mutating func take(_ signal: Signal, at now: ContinuousClock.Instant) {
        switch signal {
        case .activity(let there, let account, let activity):
            guard there == conversation, isConfirmed, account != me else { return }
            activities.take(activity, of: account, at: now)
        case .presence(let account, let presence):
            guard account == other else { return }
            self.presence = (account, presence)
        }
    }

    /// The other account of the direct conversation on show; `nil`: there is none, or it is not known for certain.
    var other: AccountID? {
        guard target.conversation == nil, isConfirmed, let conversation else { return nil }
        return target.account ?? directs[conversation]
    }

    /// Whose presence is of interest.
    var watched: [AccountID] { other.map { [$0] } ?? [] }

    /// Where what is being written would go, if there is anybody to be told that it is.
    ///
    /// Nobody is in a conversation in which nothing has happened; followers of a channel are not told; who has left tells nobody.
    var writingPlace: ConversationID? {
        guard isConfirmed, highestSeq > 0, let conversation else { return nil }
        let isMember = target.conversation == nil || members.isEmpty || members[me] != nil
        return isMember && book[conversation]?.kind != "channel" ? conversation : nil
    }

    /// Whether the other is there, if that is known.
    var shownPresence: Presence? {
        guard let presence, presence.account == other, isConnected else { return nil }
        return presence.presence
    }

    /// `Ada is typing…`; `nil`: nobody does anything.
    var activityText: String? {
        let current = activities.current
        guard isConnected, !current.isEmpty else { return nil }
        let names = current.keys.map { label(of: $0) }.sorted()
        let verb = current.values.allSatisfy { $0 == .recording } ? "recording" : "typing"
        return "\(EventText.joined(names)) \(names.count == 1 ? "is" : "are") \(verb)…"
    }

    /// Learns from a message with whom a direct conversation is.
    mutating func learnOther(from message: MessageEvent) {
        guard message.conversationKind == "direct", directs[message.conversationID] == nil,
            directs.count < PersonalState.entriesMax,
            let other = message.sender == me ? message.recipient : message.sender
        else { return }
        directs[message.conversationID] = other
    }
}
