import Conversations
import Events

/// Anything that anybody might ask of a conversation, as a seed decides: by members, former members, strangers and
/// banned accounts, at times that also go back, with retries and with ids that others have used.
struct RandomPlay {
    let scene: Scene
    private var random: SeededRandom
    private let isNew: Bool
    /// What was asked.
    private(set) var asked: [Submission] = []
    private let accounts = Samples.accounts(0..<7)
    private let secrets = (0..<3).map { InviteSecret(high: 0x5EC, low: $0) }
    private var now = Samples.noon
    private var tail: UInt64 = 1

    /// A play in this conversation, by others than its members, or in a new one.
    init(_ kind: ConversationKind, seed: UInt64, in scene: Scene? = nil) {
        random = SeededRandom(seed: seed)
        isNew = scene == nil
        let first = Samples.id(at: Samples.noon, 0)
        let id =
            kind == .direct
            ? ConversationID(directBetween: accounts[0], and: accounts[1])
            : ConversationID(high: first.high, low: first.low)
        self.scene = scene ?? Scene(kind, Conversation(id: id))
        guard scene == nil, kind != .direct else { return }
        let creation = ConversationAction.create(
            profile: ProfileChange(name: "play"),
            settings: .init(),
            members: kind == .group ? Array(accounts[1...3]) : []
        )
        asked.append(submission(.act(creation), id: first, by: accounts[0], at: now))
    }

    private func submission(
        _ request: Submission.Request,
        id: SubmissionID,
        by sender: AccountID,
        at time: Timestamp
    ) -> Submission {
        Submission(
            id: id,
            conversation: scene.state.id,
            kind: scene.kind,
            sender: sender,
            device: Samples.device,
            serverTime: time,
            request: request
        )
    }

    /// The next submission; of a play in a new conversation the one that creates it comes first.
    mutating func next() -> Submission {
        if tail == 1, let first = asked.first {
            tail = 2
            return first
        }
        now = now + .seconds(Int.random(in: 0...300, using: &random))
        if random.isOne(in: 25) { now = now + .seconds(24 * 60 * 60) }
        // A server whose clock is behind.
        let isBehind = random.isOne(in: 8)
        let time = isBehind ? now - .seconds(Int.random(in: 0...7200, using: &random)) : now
        if random.isOne(in: 6), !asked.isEmpty {
            var retry = random.one(of: asked)
            retry.serverTime = time
            // Nearly always a retry is what it was; somebody may also try to take an id over.
            if random.isOne(in: 4) { retry.sender = random.one(of: accounts) }
            if random.isOne(in: 4) { retry.request = request(by: retry.sender) }
            return remember(retry)
        }
        var sender = sender()
        let request = request(by: sender)
        if case .act(.join) = request { sender = random.one(of: accounts) }
        tail += 1
        let id = Samples.id(at: time, tail)
        return remember(submission(request, id: id, by: sender, at: time))
    }

    /// Mostly somebody who can do something.
    private mutating func sender() -> AccountID {
        let lowest: Role = random.isOne(in: 2) ? .admin : .member
        let members = scene.state.members.accounts(from: lowest)
        guard isNew, !members.isEmpty, !random.isOne(in: 4) else { return random.one(of: accounts) }
        return random.one(of: members)
    }

    private mutating func remember(_ submission: Submission) -> Submission {
        asked.append(submission)
        return submission
    }

    // MARK: Requests

    private mutating func request(by sender: AccountID) -> Submission.Request {
        if random.isOne(in: 3) { return .postMessage(post(by: sender)) }
        return .act(random.isOne(in: 2) ? messageAction(by: sender) : membersAction(by: sender))
    }

    private mutating func post(by sender: AccountID) -> MessagePost {
        let content: ArraySlice<UInt8> =
            switch Int.random(in: 0..<6, using: &random) {
            case 0: Samples.poll(3, isMultiple: random.isOne(in: 2))
            case 1: Samples.liveLocation(until: now + .seconds(3600))
            case 2: Samples.text("")
            default: Samples.text("hello")
            }
        var post = MessagePost(content: content)
        if scene.kind == .direct {
            post.recipient = sender == accounts[0] ? accounts[1] : accounts[0]
        }
        if random.isOne(in: 10) { post.recipient = random.one(of: accounts) }
        if random.isOne(in: 5) { post.replyTo = message() }
        if random.isOne(in: 5) { post.mentions = [random.one(of: accounts)] }
        if random.isOne(in: 5) { post.expiresAt = now }
        return post
    }

    /// A message that there is, or was, mostly one with which something can be done; rarely one that there is not.
    private mutating func message(
        _ isFit: (PostedMessage) -> Bool = { _ in true }
    ) -> SubmissionID {
        let ids = scene.events.suffix(60).map(\.submission).filter {
            guard let message = scene.log.message($0, in: scene.state.id) else { return false }
            return isFit(message)
        }
        guard ids.isEmpty || random.isOne(in: 6) else { return random.one(of: ids) }
        let any = scene.events.suffix(60).map(\.submission)
        return any.isEmpty ? Samples.id(at: now, 1 << 40) : random.one(of: any)
    }

    private mutating func messageAction(by sender: AccountID) -> ConversationAction {
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
            let id = message { $0.author == sender && $0.form == .text }
            return .editMessage(id, content: Samples.text(random.isOne(in: 5) ? "" : "better"))
        case 1: return .deleteMessage(message())
        case 2: return .react(message(), emoji: random.one(of: ["+", "", "\u{1F600}", "two"]))
        case 3: return .pin(message(), isPinned: true)
        case 4:
            let pins = scene.state.pins
            let id = pins.isEmpty || random.isOne(in: 4) ? message() : random.one(of: pins)
            return .pin(id, isPinned: false)
        case 5, 6:
            let id = message { if case .poll = $0.form { true } else { false } }
            return .vote(id, options: random.one(of: [[], [0], [1, 2], [2, 2], [9]]))
        default:
            let id = message {
                if case .liveLocation = $0.form { $0.author == sender } else { false }
            }
            return .moveLiveLocation(id, location: Samples.location())
        }
    }

    private mutating func membersAction(by sender: AccountID) -> ConversationAction {
        if scene.kind == .direct, !random.isOne(in: 4) {
            if random.isOne(in: 2) { return .setSettings(settings()) }
            let other = sender == accounts[0] ? accounts[1] : accounts[0]
            return .setBlock(other, isBlocked: random.isOne(in: 2))
        }
        if let first = scene.state.waiting.min(), random.isOne(in: 4) {
            return .decideJoin(first, isApproved: random.isOne(in: 2))
        }
        let account = random.one(of: accounts)
        let secret = random.one(of: secrets)
        return switch Int.random(in: 0..<25, using: &random) {
        case 0...2:
            .addMembers(scene.kind == .group ? [account, random.one(of: accounts)] : [account])
        case 3: .addMembers([account])
        case 4: .removeMember(account)
        case 5:
            // The last who leaves ends the play.
            scene.state.members.count > 2 || random.isOne(in: 50) ? .leave : .addMembers([account])
        case 6...8: .setRole(account, random.one(of: Role.allCases))
        case 9: .transferOwnership(account)
        case 10: .setProfile(ProfileChange(name: random.isOne(in: 4) ? "" : "new"))
        case 11, 12: .setSettings(settings())
        case 13, 14: .setBan(account, isBanned: random.isOne(in: 3))
        case 15, 16: .createInvite(secret, invite())
        case 17: .revokeInvite(secret)
        case 18...20: .join(secret)
        case 21, 22: .decideJoin(account, isApproved: random.isOne(in: 2))
        case 23: .setBlock(account, isBlocked: true)
        default: .create(profile: ProfileChange(name: "again"), settings: settings(), members: [])
        }
    }

    private mutating func settings() -> ConversationSettings.Change {
        var change = ConversationSettings.Change()
        let isForTwo = scene.kind == .direct && !random.isOne(in: 8)
        if isForTwo || random.isOne(in: 2) {
            change.disappearAfterSeconds = random.one(of: [0, 0, 3600, 86400])
        }
        if isForTwo { return change }
        if random.isOne(in: 2) { change.postFrom = random.one(of: Role.allCases) }
        if random.isOne(in: 4) { change.addFrom = random.one(of: Role.allCases) }
        if random.isOne(in: 4) { change.editProfileFrom = random.one(of: Role.allCases) }
        return change
    }

    private mutating func invite() -> Invite {
        Invite(
            expiresAt: random.isOne(in: 2) ? now + .seconds(random.one(of: [0, 600, 86400])) : nil,
            usesMax: random.one(of: [0, 1, 2]),
            needsApproval: random.isOne(in: 2)
        )
    }
}

/// Who was in a conversation when, folded from the changes alone.
struct MembershipModel {
    private(set) var roles: [AccountID: Role] = [:]
    private var stays: [AccountID: [(from: UInt64, until: UInt64?)]] = [:]

    mutating func apply(_ event: TimelineEvent) {
        for change in event.memberChanges {
            let account = change.account
            if roles[account] == nil, change.role != nil {
                stays[account, default: []].append((event.seq, nil))
            }
            if roles[account] != nil, change.role == nil {
                let last = (stays[account]?.count ?? 1) - 1
                stays[account]?[last].until = event.seq
            }
            roles[account] = change.role
        }
    }

    /// Everybody who ever was a member.
    var accounts: Set<AccountID> { Set(stays.keys) }

    /// Whether an account saw an event; of many stays the newest are remembered.
    func saw(_ seq: UInt64, _ account: AccountID) -> Bool {
        (stays[account] ?? []).suffix(17).contains { seq >= $0.from && seq <= $0.until ?? .max }
    }
}
