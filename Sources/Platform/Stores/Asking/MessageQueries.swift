import Conversations
import Events
import SwiftProtobuf

/// What became of the messages of a conversation, as an account sees them now.
struct MessageQueries {
    let database: StoreConnection
    let standing: Standing
    let now: Timestamp

    /// An event as it is shown.
    func shown(_ event: TimelineEvent) throws -> PageEvent {
        // One event in, one out.
        try shown([event]).first ?? PageEvent(event: event, state: nil)
    }

    /// Events as they are shown; each table is asked once for all of them.
    func shown(_ events: [TimelineEvent]) throws -> [PageEvent] {
        let subjects = events.map(Subject.init)
        let choices = try MessageChoices(
            of: Set(subjects.lazy.compactMap { $0?.message }),
            database,
            standing
        )
        let versions = try MessageVersions(
            of: Set(subjects.lazy.compactMap { $0?.seq }),
            database,
            standing
        )
        var shown: [PageEvent] = []
        for (event, subject) in zip(events, subjects) {
            guard let subject else {
                shown.append(PageEvent(event: event, state: nil))
                continue
            }
            var state = MessageState()
            if choices.hidden.contains(subject.message) { state.presence = .hidden }
            let content = content(of: subject, versions, &state)
            if subject.isPost, state.presence == .here {
                state.isStarred = choices.starred.contains(subject.message)
            }
            shown.append(PageEvent(event: subject.saying(content, event), state: state))
        }
        try addTallies(to: &shown)
        return shown
    }

    /// What a message says now; empty if it is gone or hidden.
    private func content(
        of subject: Subject,
        _ versions: MessageVersions,
        _ state: inout MessageState
    ) -> ArraySlice<UInt8> {
        guard state.presence == .here else { return [] }
        let shared = versions.shared[subject.seq]
        let own = versions.own[subject.seq]
        let version = own ?? shared
        if shared?.deleted != nil || own?.deleted != nil {
            state.presence = .deleted
            return []
        }
        // What it said when the account left is not kept.
        guard version?.isKnown(to: standing) != false else {
            state.presence = .edited
            return []
        }
        if let end = subject.expires ?? version?.expires, end <= now {
            state.presence = .expired
            return []
        }
        state.editedTime = version?.edited
        state.movedTime = version?.moved
        return version?.content?[...] ?? subject.posted
    }

    private func addTallies(to shown: inout [PageEvent]) throws {
        var posts: Set<Int64> = []
        var polls: [Int64: Int] = [:]
        for event in shown {
            guard case .messagePosted(let post) = event.event.body, event.state?.presence == .here
            else { continue }
            let seq = Int64(clamping: event.event.seq)
            posts.insert(seq)
            polls[seq] = Self.optionCount(post.content)
        }
        guard !posts.isEmpty else { return }
        let tallies = MessageTallies(database: database, standing: standing)
        let reactions = try tallies.reactions(to: posts)
        let votes = try tallies.votes(in: polls)
        for place in shown.indices {
            let seq = Int64(clamping: shown[place].event.seq)
            guard case .messagePosted = shown[place].event.body, posts.contains(seq) else {
                continue
            }
            if let given = reactions[seq] {
                shown[place].state?.reactions = given.counts
                shown[place].state?.ownReaction = given.own
            }
            if let given = votes[seq] {
                shown[place].state?.votes = given.counts
                shown[place].state?.ownVotes = given.own
            }
        }
    }

    /// How many options a poll has; `nil` if the content is none.
    private static func optionCount(_ content: ArraySlice<UInt8>) -> Int? {
        guard MessageContent.text(in: content) == nil,
            case .poll(let poll)? = (try? PBContent(serializedBytes: Array(content)))?.content
        else { return nil }
        return poll.options.count
    }
}

/// The message that an event posts or gives another content.
private struct Subject {
    let seq: Int64
    let message: SubmissionID
    let isPost: Bool
    let posted: ArraySlice<UInt8>
    let expires: Timestamp?

    /// `nil` for events that show no content.
    init?(_ event: TimelineEvent) {
        switch event.body {
        case .messagePosted(let post):
            seq = Int64(clamping: event.seq)
            message = event.submission
            isPost = true
            posted = post.content
            expires = post.expiresAt
        case .acted(.editMessage(let id, _)), .acted(.moveLiveLocation(let id, _)):
            seq = Int64(clamping: event.messageSeq)
            message = id
            isPost = false
            posted = []
            expires = nil
        default: return nil
        }
    }

    /// The event with what the message says now.
    func saying(_ content: ArraySlice<UInt8>, _ event: TimelineEvent) -> TimelineEvent {
        var event = event
        switch event.body {
        case .messagePosted(var post):
            post.content = content
            event.body = .messagePosted(post)
        case .acted(.editMessage(let id, _)):
            event.body = .acted(.editMessage(id, content: content))
        case .acted(.moveLiveLocation(let id, _)):
            event.body = .acted(.moveLiveLocation(id, location: Self.place(in: content)))
        default: break
        }
        return event
    }

    /// Where an encoded live location is; empty if it is none.
    private static func place(in content: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard
            case .liveLocation(let live)? = (try? PBContent(serializedBytes: Array(content)))?
                .content
        else { return [] }
        let bytes: [UInt8] = (try? live.start.serializedBytes()) ?? []
        return bytes[...]
    }
}
