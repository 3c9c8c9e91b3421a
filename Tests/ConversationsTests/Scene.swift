import Conversations
import Events
import Testing

/// A conversation in which things happen: what is accepted is folded and must survive its encoding.
final class Scene {
    let kind: ConversationKind
    private(set) var state: Conversation
    private(set) var log = FoldedLog()
    private(set) var events: [TimelineEvent] = []
    /// When the next submission is taken.
    var now = Samples.noon
    private var tail: UInt64 = 0
    private var taken: Int64 = 0

    /// A conversation in which nothing has happened yet, or which was stored.
    init(_ kind: ConversationKind, _ state: Conversation) {
        self.kind = kind
        self.state = state
    }

    /// A group or a channel of this owner and these members.
    convenience init(
        _ kind: ConversationKind,
        owner: AccountID,
        members: [AccountID] = [],
        settings: ConversationSettings.Change = .init()
    ) throws {
        let id = Samples.id(at: Samples.noon, 0)
        self.init(kind, Conversation(id: ConversationID(high: id.high, low: id.low)))
        let action = ConversationAction.create(
            profile: ProfileChange(name: "\(kind)"),
            settings: settings,
            members: kind == .group ? members : []
        )
        try #require(try act(action, by: owner) == "accepted")
        guard kind == .channel else { return }
        for account in members {
            try #require(try act(.addMembers([account]), by: owner) == "accepted")
        }
    }

    /// The direct conversation of Ada and Bob.
    static func direct() -> Scene {
        Scene(.direct, Conversation(id: Samples.conversation))
    }

    /// The same, from where what happens in one does not happen in the other.
    func copy() -> Scene {
        let copy = Scene(kind, state)
        (copy.log, copy.events, copy.now) = (log, events, now)
        (copy.tail, copy.taken) = (tail, taken)
        return copy
    }

    // MARK: Asking

    func submission(_ request: Submission.Request, by sender: AccountID) -> Submission {
        defer { tail += 1 }
        return Submission(
            id: Samples.id(at: now, tail),
            conversation: state.id,
            kind: kind,
            sender: sender,
            device: Samples.device,
            serverTime: now,
            request: request
        )
    }

    /// What would come of it; nothing happens.
    func decide(_ submission: Submission) throws -> Decision {
        try state.decide(submission, origin: Samples.origin(taken), accepted: log)
    }

    @discardableResult
    func submit(_ submission: Submission) throws -> Decision {
        let decision = try decide(submission)
        taken += 1
        guard case .accept(let events) = decision else { return decision }
        for event in events {
            let read = try TimelineEvent(decoding: event.encoded()[...])
            #expect(read == event)
            state.apply(read)
            log.apply(read)
            self.events.append(read)
        }
        return decision
    }

    /// Does it and says how it went: `accepted` or the code of the rejection.
    @discardableResult
    func act(_ action: ConversationAction, by sender: AccountID) throws -> String {
        try submit(submission(.act(action), by: sender)).outcome
    }

    /// Says how it would go.
    func wouldAct(_ action: ConversationAction, by sender: AccountID) throws -> String {
        try decide(submission(.act(action), by: sender)).outcome
    }

    /// Posts and says how it went.
    @discardableResult
    func post(
        _ content: ArraySlice<UInt8> = Samples.text("hello"),
        by sender: AccountID
    ) throws
        -> String
    {
        try submit(posting(content, by: sender)).outcome
    }

    func posting(
        _ content: ArraySlice<UInt8> = Samples.text("hello"),
        by sender: AccountID
    ) -> Submission {
        let other = sender == Samples.ada ? Samples.bob : Samples.ada
        return submission(
            .postMessage(MessagePost(recipient: kind == .direct ? other : nil, content: content)),
            by: sender
        )
    }

    /// A message that was accepted.
    func message(
        _ content: ArraySlice<UInt8> = Samples.text("hello"),
        by sender: AccountID
    ) throws -> SubmissionID {
        try #require(try post(content, by: sender) == "accepted")
        return try last.submission
    }

    /// Makes a member something else, by the owner.
    func give(_ role: Role, to account: AccountID) throws {
        let owner = try #require(state.members.owner)
        let action: ConversationAction =
            role == .owner ? .transferOwnership(account) : .setRole(account, role)
        try #require(try act(action, by: owner) == "accepted")
    }

    // MARK: Looking

    /// The last event.
    var last: TimelineEvent {
        get throws { try #require(events.last) }
    }

    func role(of account: AccountID) -> Role? { state.members.role(of: account) }

    /// What an account may see of so many events.
    func seen(by account: AccountID) -> [UInt64] {
        guard let member = state.members.all[account] else { return [] }
        return events.map(\.seq).filter(member.sees)
    }

    /// Who is told of the last event; `nil`: everyone.
    func told() throws -> Set<AccountID>? {
        switch state.audience(of: try last) {
        case .everyone: nil
        case .accounts(let accounts): Set(accounts)
        }
    }
}

extension Decision {
    /// `accepted`, `duplicate`, or the code of the rejection.
    var outcome: String {
        switch self {
        case .accept: "accepted"
        case .duplicate: "duplicate"
        case .reject(let reason): reason.code
        }
    }

    var events: [TimelineEvent] {
        guard case .accept(let events) = self else { return [] }
        return events
    }
}
