import Conversations
import Events
import TestKit

/// A group or a channel in which things are done, decided as the router decides, and told in a story.
struct Group {
    private(set) var state: Conversation
    private let kind: ConversationKind
    private var accepted = AcceptedMessages()
    private var count: UInt64 = 0

    var id: ConversationID { state.id }

    /// A group or a channel that somebody makes.
    init(
        _ kind: ConversationKind,
        of owner: Speaker,
        with members: [Speaker] = [],
        _ profile: ProfileChange = ProfileChange(name: "Swifts"),
        in story: inout Story
    ) throws {
        self.kind = kind
        let id = Self.id(at: story.time, 0)
        state = Conversation(id: ConversationID(high: id.high, low: id.low))
        let action = ConversationAction.create(
            profile: profile,
            settings: .init(),
            members: members.map(\.account)
        )
        try submit(.act(action), by: owner, in: &story)
    }

    private static func id(at time: Timestamp, _ tail: UInt64) -> SubmissionID {
        SubmissionID(
            high: UInt64(time.milliseconds) << 16 | 0x7000,
            low: 0x8000_0000_0000_0000 | tail
        )
    }

    @discardableResult
    mutating func act(
        _ speaker: Speaker,
        _ action: ConversationAction,
        in story: inout Story
    ) throws -> TimelineEvent {
        try submit(.act(action), by: speaker, in: &story)
    }

    @discardableResult
    mutating func post(
        _ text: String,
        by speaker: Speaker,
        in story: inout Story,
        _ change: (inout MessagePost) -> Void = { _ in }
    ) throws -> TimelineEvent {
        var post = MessagePost(text: text.utf8)
        change(&post)
        return try submit(.postMessage(post), by: speaker, in: &story)
    }

    @discardableResult
    private mutating func submit(
        _ request: Submission.Request,
        by speaker: Speaker,
        in story: inout Story
    ) throws -> TimelineEvent {
        let id = Self.id(at: story.time, count)
        count += 1
        let submission = Submission(
            id: id,
            conversation: state.id,
            kind: kind,
            sender: speaker.account,
            device: speaker.device,
            serverTime: story.time,
            request: request
        )
        let decision = try state.decide(
            submission,
            origin: story.nextOrigin(),
            accepted: accepted
        )
        guard case .accept(let events) = decision, let event = events.first else {
            throw HarnessError("not accepted: \(decision)")
        }
        state.apply(event)
        accepted.note(event)
        story.tell(event)
        story.time = story.time + .seconds(1)
        return event
    }
}

/// What was accepted so far, in memory.
private struct AcceptedMessages: AcceptedSubmissions {
    private var messages: [SubmissionID: PostedMessage] = [:]

    func contains(_ key: SubmissionKey) -> Bool { false }

    func message(_ id: SubmissionID, in conversation: ConversationID) -> PostedMessage? {
        messages[id]
    }

    mutating func note(_ event: TimelineEvent) {
        guard case .messagePosted(let post) = event.body else { return }
        messages[event.submission] = PostedMessage(
            seq: event.seq,
            author: event.sender,
            serverTime: event.serverTime,
            form: (try? MessageContent(checking: post.content).form) ?? .other,
            expiresAt: post.expiresAt
        )
    }
}
