import Conversations
import Events
import Stores

/// What an account sees of a room, worked out from all its events, one after the other.
struct RoomModel {
    private struct Message {
        var content: ArraySlice<UInt8>
        var expires: Timestamp?
        var edited: Timestamp?
        var isDeleted = false
        /// It was taken back, but only for whoever did it.
        var isHidden = false
        var reactions: [AccountID: String] = [:]
    }

    let room: Room
    let viewer: Viewer
    private var messages: [UInt64: Message] = [:]
    private var pinned: [UInt64] = []
    /// When the account left; `nil`: it is in.
    private let leftTime: Timestamp?
    /// What the account may see, in order.
    private(set) var visible: [TimelineEvent] = []

    init(_ room: Room, _ viewer: Viewer) {
        self.room = room
        self.viewer = viewer
        let end = room.state.members.all[viewer.account]?.until
        leftTime = room.events.first { $0.seq == end }?.serverTime
        for event in room.events {
            if isVisible(event) { visible.append(event) }
            if !event.isWithheld || event.sender == viewer.account { apply(event) }
        }
    }

    private func isVisible(_ event: TimelineEvent) -> Bool {
        guard room.state.members.all[viewer.account]?.sees(event.seq) == true else { return false }
        switch room.state.audience(of: event) {
        case .everyone: return true
        case .accounts(let accounts): return accounts.contains(viewer.account)
        }
    }

    private mutating func apply(_ event: TimelineEvent) {
        switch event.body {
        case .messagePosted(let post):
            messages[event.seq] = Message(content: post.content, expires: post.expiresAt)
        case .acted(.editMessage(_, let content)):
            messages[event.messageSeq]?.content = content
            messages[event.messageSeq]?.edited = event.serverTime
            if !event.isWithheld { messages[event.messageSeq]?.isHidden = false }
        case .acted(.deleteMessage):
            messages[event.messageSeq]?.isHidden = true
            if !event.isWithheld {
                messages[event.messageSeq]?.isDeleted = true
                pinned.removeAll { $0 == event.messageSeq }
            }
        case .acted(.react(_, let emoji)):
            messages[event.messageSeq]?.reactions[event.sender] = emoji.isEmpty ? nil : emoji
        case .acted(.pin(_, let isPinned)):
            pinned.removeAll { $0 == event.messageSeq }
            if isPinned { pinned.append(event.messageSeq) }
        default: break
        }
    }

    /// The events as they are shown, in order.
    var shown: [PageEvent] { visible.map(shown) }

    /// The pinned messages, in order.
    var pins: [PageEvent] {
        guard room.state.kind == .direct || room.state.members.role(of: viewer.account) != nil
        else {
            return []
        }
        return pinned.compactMap { seq in
            visible.first { $0.seq == seq }.map(shown)
        }.filter { $0.state?.presence == .here }
    }

    private func shown(_ event: TimelineEvent) -> PageEvent {
        var event = event
        switch event.body {
        case .messagePosted(var post):
            let (content, state) = state(of: event.seq, withReactions: true)
            post.content = content
            event.body = .messagePosted(post)
            return PageEvent(event: event, state: state)
        case .acted(.editMessage(let id, _)):
            let (content, state) = state(of: event.messageSeq, withReactions: false)
            event.body = .acted(.editMessage(id, content: content))
            return PageEvent(event: event, state: state)
        default:
            return PageEvent(event: event, state: nil)
        }
    }

    private func state(
        of seq: UInt64,
        withReactions: Bool
    ) -> (ArraySlice<UInt8>, MessageState) {
        var state = MessageState()
        guard let message = messages[seq] else { return ([], state) }
        if message.isDeleted || message.isHidden {
            state.presence = .deleted
        } else if let edited = message.edited, let leftTime, leftTime <= edited {
            state.presence = .edited
        } else if let end = message.expires, end <= viewer.now {
            state.presence = .expired
        }
        guard state.presence == .here else { return ([], state) }
        state.editedTime = message.edited
        guard withReactions else { return (message.content, state) }
        var counts: [String: Int64] = [:]
        if leftTime == nil {
            for emoji in message.reactions.values { counts[emoji, default: 0] += 1 }
        }
        state.reactions = counts.map { MessageState.Reaction(emoji: $0, count: $1) }.sorted {
            ($1.count, $0.emoji) < ($0.count, $1.emoji)
        }
        state.ownReaction = message.reactions[viewer.account]
        return (message.content, state)
    }

    /// How many messages there are that were neither read nor come before what the account sent or its last coming.
    func unread(readSeq: Int64) -> Int64 {
        let last = visible.last?.seq ?? 0
        let sent = room.events.last {
            guard case .messagePosted = $0.body else { return false }
            return $0.sender == viewer.account
        }
        let since = room.state.members.all[viewer.account]?.since ?? 1
        let seen = max(UInt64(readSeq), min(sent?.seq ?? 0, last), since - 1)
        return Int64(
            visible.count { event in
                guard case .messagePosted = event.body else { return false }
                return event.seq > seen
            }
        )
    }
}
