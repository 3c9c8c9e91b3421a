public import Events

/// The state of one conversation, and every rule about what may happen in it.
///
/// A value without I/O. `decide` looks at the state and changes nothing; `apply` folds an event in; so
/// the state is the fold of the conversation's timeline, and deciding the same submissions again over the
/// same state gives the same events.
public struct Conversation: Equatable, Sendable {
    /// Which one.
    public let id: ConversationID
    /// The kind; `nil` until the first event.
    public internal(set) var kind: ConversationKind?
    /// Who is and was in it; of a direct conversation the two accounts, none until the first event.
    public internal(set) var members: ConversationMembers
    /// The seq of the last event; 0: none.
    public internal(set) var lastSeq: UInt64 = 0
    /// How many messages there are.
    public internal(set) var messageCount: UInt64 = 0
    /// The time of the last event.
    public internal(set) var lastServerTime = Timestamp(milliseconds: 0)
    /// Who may do what, and how long messages stay.
    public internal(set) var settings = ConversationSettings(kind: .group)
    /// Accounts that may not come in.
    public internal(set) var banned: Set<AccountID> = []
    /// Accounts that wait to be let in.
    public internal(set) var waiting: Set<AccountID> = []
    /// The links that were not revoked.
    public internal(set) var invites: [InviteSecret: Invite] = [:]
    /// The messages that are pinned, in the order in which they were.
    public internal(set) var pins: [SubmissionID] = []
    /// The accounts of a direct conversation that have blocked the other.
    public internal(set) var blockers: Set<AccountID> = []

    /// A conversation in which nothing has happened yet, or with these members as they were stored.
    public init(id: ConversationID, members: ConversationMembers = ConversationMembers()) {
        self.id = id
        self.members = members
    }

    // MARK: Folding

    /// Folds an event in that `decide` made, or that the timeline has.
    ///
    /// Events must come in order and once; see `OriginFilter`.
    public mutating func apply(_ event: TimelineEvent) {
        kind = event.kind ?? kind
        lastSeq = event.seq
        messageCount = event.messageCount
        lastServerTime = event.serverTime
        switch event.body {
        case .messagePosted(let post): meet(event.sender, post.recipient, event)
        case .acted(let action): apply(action, event)
        case .unknown: break
        }
        for change in event.memberChanges {
            members.apply(change, seq: event.seq)
            if change.role != nil { waiting.remove(change.account) }
        }
        // Nobody comes into a group that all have left: there would be no owner.
        if kind != .direct, members.count == 0 {
            invites.removeAll()
            waiting.removeAll()
        }
    }

    /// A direct conversation gets its two accounts by its first event.
    private mutating func meet(_ sender: AccountID, _ other: AccountID?, _ event: TimelineEvent) {
        guard event.kind == .direct, members.count == 0, let other else { return }
        for account in [sender, other] {
            members.apply(TimelineEvent.MemberChange(account, .member), seq: event.seq)
        }
    }

    private mutating func apply(_ action: ConversationAction, _ event: TimelineEvent) {
        // What the other account was never told does not bind it.
        guard !event.isWithheld else { return }
        switch action {
        case .create(_, let change, _):
            settings = ConversationSettings(kind: event.kind ?? .group).changed(by: change)
        case .setSettings(let change):
            settings = settings.changed(by: change)
        case .setBan(let account, let isBanned):
            if isBanned { banned.insert(account) } else { banned.remove(account) }
            if isBanned { waiting.remove(account) }
        case .createInvite(let secret, let invite):
            invites = invites.filter { $0.value.isUsable(event.serverTime) }
            invites[secret] = invite
        case .revokeInvite(let secret):
            invites[secret] = nil
        case .join(let secret):
            invites[secret]?.uses &+= 1
            if event.memberChanges.isEmpty { waiting.insert(event.sender) }
        case .decideJoin(let account, _):
            waiting.remove(account)
        case .pin(let message, let isPinned):
            pins.removeAll { $0 == message }
            if isPinned { pins.append(message) }
        case .deleteMessage(let message):
            pins.removeAll { $0 == message }
        case .setBlock(let other, let isBlocked):
            meet(event.sender, other, event)
            if isBlocked { blockers.insert(event.sender) } else { blockers.remove(event.sender) }
        case .addMembers, .removeMember, .leave, .setRole, .transferOwnership, .setProfile,
            .editMessage, .react, .vote, .moveLiveLocation:
            break
        }
    }
}
