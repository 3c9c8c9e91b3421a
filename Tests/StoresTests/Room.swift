import Conversations
import Events
import Stores

/// A conversation in which things are done, decided as the router decides.
struct Room {
    /// What was refused, and why.
    struct Refused: Error {
        let code: String
    }

    /// The state after everything that was accepted.
    private(set) var state: Conversation
    /// Everything that was accepted.
    private(set) var events: [TimelineEvent] = []
    /// The time of the next submission; each takes a second.
    var time = Timestamp(milliseconds: 1_790_000_000_000)
    private let kind: ConversationKind
    private var accepted = AcceptedMessages()
    private var count: UInt64 = 0
    private var taken = 0
    private var marks: [ReceiptMark] = []

    /// The direct conversation of two accounts.
    init(between one: AccountID, and other: AccountID) {
        kind = .direct
        state = Conversation(id: ConversationID(directBetween: one, and: other))
    }

    /// A group or a channel that this account has made, with members.
    init(
        _ kind: ConversationKind,
        of owner: AccountID,
        with members: [AccountID] = [],
        _ profile: ProfileChange = ProfileChange(name: "Room"),
        number: UInt64 = 1
    ) throws {
        self.kind = kind
        let id = Self.id(at: time, number << 32)
        state = Conversation(id: ConversationID(high: id.high, low: id.low))
        try submit(
            .act(.create(profile: profile, settings: .init(), members: members)),
            by: owner,
            as: id
        )
    }

    var id: ConversationID { state.id }

    static func id(at time: Timestamp, _ tail: UInt64) -> SubmissionID {
        SubmissionID(
            high: UInt64(time.milliseconds) << 16 | 0x7000,
            low: 0x8000_0000_0000_0000 | tail
        )
    }

    @discardableResult
    mutating func act(_ account: AccountID, _ action: ConversationAction) throws -> TimelineEvent {
        try submit(.act(action), by: account)
    }

    @discardableResult
    mutating func post(
        _ text: String,
        by account: AccountID,
        _ change: (inout MessagePost) -> Void = { _ in }
    ) throws -> TimelineEvent {
        try post(MessageContent.encodedText(text.utf8), by: account, change)
    }

    @discardableResult
    mutating func post(
        _ content: ArraySlice<UInt8>,
        by account: AccountID,
        _ change: (inout MessagePost) -> Void = { _ in }
    ) throws -> TimelineEvent {
        var post = MessagePost(recipient: recipient(from: account), content: content)
        change(&post)
        return try submit(.postMessage(post), by: account)
    }

    private func recipient(from account: AccountID) -> AccountID? {
        guard kind == .direct else { return nil }
        return [ada, bob, cleo, dan].first {
            $0 != account && ConversationID(directBetween: $0, and: account) == id
        }
    }

    @discardableResult
    mutating func submit(
        _ request: Submission.Request,
        by account: AccountID,
        as id: SubmissionID? = nil
    ) throws -> TimelineEvent {
        count += 1
        time = time + .seconds(1)
        let submission = Submission(
            id: id ?? Self.id(at: time, count),
            conversation: state.id,
            kind: kind,
            sender: account,
            device: device(of: account),
            serverTime: time,
            clientTime: Timestamp(milliseconds: Int64(count % 3)),
            request: request
        )
        let origin = Origin(
            topicNumber: Topic.submissions.number,
            partition: Partition(0),
            offset: Offset(Int64(count))
        )
        switch try state.decide(submission, origin: origin, accepted: accepted) {
        case .reject(let reason): throw Refused(code: reason.code)
        case .duplicate: throw Refused(code: "duplicate")
        case .accept(let accepted):
            for event in accepted {
                state.apply(event)
                self.accepted.note(event)
                events.append(event)
            }
            return events[events.count - 1]
        }
    }

    mutating func mark(_ kind: ReceiptMark.Kind, _ event: TimelineEvent, by account: AccountID) {
        time = time + .seconds(1)
        marks.append(
            ReceiptMark(
                conversation: id,
                account: account,
                kind: kind,
                seq: event.storedSeq,
                time: time
            )
        )
    }

    /// What came since the last time.
    mutating func take() -> StoreBatch {
        var batch = StoreBatch()
        batch.events = Array(events[taken...])
        batch.receipts = marks
        batch.positions = [TopicPartition(.timeline, Partition(0)): Offset(Int64(events.count))]
        taken = events.count
        marks = []
        return batch
    }
}

/// What was accepted so far, in memory.
private struct AcceptedMessages: AcceptedSubmissions {
    private var keys: Set<SubmissionKey> = []
    private var messages: [SubmissionID: PostedMessage] = [:]

    func contains(_ key: SubmissionKey) -> Bool { keys.contains(key) }

    func message(_ id: SubmissionID, in conversation: ConversationID) -> PostedMessage? {
        messages[id]
    }

    mutating func note(_ event: TimelineEvent) {
        keys.insert(event.key)
        switch event.body {
        case .messagePosted(let post):
            messages[event.submission] = PostedMessage(
                seq: event.seq,
                author: event.sender,
                serverTime: event.serverTime,
                form: (try? MessageContent(checking: post.content).form) ?? .other,
                expiresAt: post.expiresAt,
                isWithheld: event.isWithheld
            )
        case .acted(.deleteMessage(let id)) where event.isWithheld:
            if messages[id]?.isWithheld == true { messages[id]?.isDeleted = true }
        case .acted(.deleteMessage(let id)):
            messages[id]?.isDeleted = true
        default: break
        }
    }
}
