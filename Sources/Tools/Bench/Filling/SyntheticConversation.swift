import Conversations
import Events

/// A conversation of a synthetic log: its state as the router has it, and what is needed to go on and to ask about it.
struct SyntheticConversation: Sendable {
    /// So many of the last messages can be reacted to, and taken back.
    private static let recentMax = 8

    /// Places of accounts, whoever makes a group first.
    let members: [Int32]
    let kind: ConversationKind
    /// `nil`: nothing has happened yet.
    var state: Conversation?
    private(set) var recent = RecentMessages()
    /// The last seq of each day from the first on, as far as there were events.
    private var lastSeqs: [UInt64] = []
    /// A message that says what was said last, with some of its words.
    private(set) var findable: (message: SubmissionID, ranks: [Int])?

    /// A conversation in which nothing has happened.
    init(kind: ConversationKind, members: [Int32]) {
        self.kind = kind
        self.members = members
    }

    /// Folds an event of a day, counted from the first one.
    mutating func apply(_ event: TimelineEvent, day: Int, ranks: [Int]) {
        state?.apply(event)
        let before = lastSeqs.last ?? 0
        while lastSeqs.count <= day { lastSeqs.append(before) }
        lastSeqs[lastSeqs.count - 1] = event.seq
        if let message = PostedMessage(event) {
            recent.append(event.submission, message, most: Self.recentMax)
            findable = (event.submission, ranks)
        }
        switch event.body {
        case .acted(.editMessage(let id, _)):
            if findable?.message == id { findable = nil }
        case .acted(.deleteMessage(let id)):
            recent.remove(id)
            if findable?.message == id { findable = nil }
        default: break
        }
    }

    /// The last seq at the end of each of so many days.
    func lastSeqs(days: Int) -> [UInt64] {
        (0..<days).map { day in
            day < lastSeqs.count ? lastSeqs[day] : lastSeqs.last ?? 0
        }
    }
}

/// The last messages of a conversation, which is all that is done something to here.
struct RecentMessages: AcceptedSubmissions, Sendable {
    private(set) var entries: [(id: SubmissionID, message: PostedMessage)] = []

    mutating func append(_ id: SubmissionID, _ message: PostedMessage, most: Int) {
        if entries.count == most { entries.removeFirst() }
        entries.append((id, message))
    }

    mutating func remove(_ id: SubmissionID) {
        entries.removeAll { $0.id == id }
    }

    /// Never: every submission here is new.
    func contains(_ key: SubmissionKey) -> Bool { false }

    func message(_ id: SubmissionID, in conversation: ConversationID) -> PostedMessage? {
        entries.first { $0.id == id }?.message
    }
}
