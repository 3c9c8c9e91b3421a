import EventLog
import Events

/// What push knows of one partition of inbox, sessions and accounts.
///
/// The three are read side by side, and one may be far behind another. So nothing is decided about a moment before everything that
/// `sessions` and `accounts` said up to it has been read: `confirmed` is the last such moment.
struct PushPartition {
    /// How far `sessions` and `accounts` reach.
    struct Ends: Equatable {
        var sessions: LogAdmin.Watermarks
        var accounts: LogAdmin.Watermarks
    }

    /// Where they ended, and when that was asked for.
    private struct Target {
        var time: Timestamp
        var sessions: Offset
        var accounts: Offset
    }

    /// The next offsets of the topics.
    struct Progress: Equatable {
        var inbox = Offset(0)
        var sessions = Offset(0)
        var accounts = Offset(0)
    }

    /// How often the broker is asked, at most.
    static let questionInterval: Duration = .milliseconds(250)
    /// How long to read towards an end before asking whether it is still there.
    static let targetPatience: Duration = .seconds(5)

    var waiting: WaitingRoom
    var members: GroupMembers
    /// The accounts in memory; all there are, if `isComplete`.
    private(set) var presences: [AccountID: Presence]
    var isComplete: Bool
    private(set) var progress: Progress
    /// Everything that was appended to `sessions` and `accounts` before this has been read.
    private(set) var confirmed: Timestamp?
    private var target: Target?
    private var lastQuestion: Timestamp?

    init(
        waiting: WaitingRoom,
        members: GroupMembers = GroupMembers(),
        presences: [AccountID: Presence] = [:],
        isComplete: Bool = true,
        progress: Progress = Progress()
    ) {
        self.waiting = waiting
        self.members = members
        self.presences = presences
        self.isComplete = isComplete
        self.progress = progress
    }

    // MARK: Presence

    func isConnected(_ account: AccountID) -> Bool { presences[account]?.isConnected ?? false }

    /// Whether the account's presence would have to be read from disk first.
    func isMissing(_ account: AccountID) -> Bool { !isComplete && presences[account] == nil }

    func presence(of account: AccountID) -> Presence? { presences[account] }

    mutating func setPresence(_ presence: Presence, of account: AccountID) {
        presences[account] = presence
    }

    /// Notes a session; returns what need not wait any more.
    mutating func note(_ session: SessionChange, at offset: Offset) -> [Offset] {
        progress.sessions = offset.next
        var presence = presences[session.account] ?? Presence()
        switch session.kind {
        case .connected: presence.connect(session.device, session.session)
        case .disconnected: presence.disconnect(session.device, session.session)
        case .progressed: break
        }
        presence.acknowledged = max(presence.acknowledged, session.acknowledged)
        presences[session.account] = presence
        return waiting.acknowledge(session.account, below: presence.acknowledged)
    }

    /// A record of `sessions` that can't be understood was passed.
    mutating func skipSession(at offset: Offset) {
        progress.sessions = offset.next
    }

    /// A record of `accounts` was read.
    mutating func noteAccount(at offset: Offset) {
        progress.accounts = offset.next
    }

    /// A device is the account's no more; returns whether it was connected.
    mutating func remove(_ device: DeviceID, of account: AccountID) -> Bool {
        presences[account]?.remove(device) ?? false
    }

    /// Keeps memory bounded: forgets accounts that nothing waits for.
    ///
    /// Everything must be on disk.
    mutating func forget(above count: Int) {
        guard presences.count > count else { return }
        let waiting = waiting
        presences = presences.filter { waiting.hasPosts(for: $0.key) }
        isComplete = false
    }

    // MARK: Inbox

    /// Notes that a record of the inbox was read; `true`: the inbox was made anew since, and what was acknowledged means
    /// nothing any more.
    mutating func noteInbox(_ offset: Offset) -> Bool {
        defer { progress.inbox = offset.next }
        guard offset < progress.inbox else { return false }
        for account in presences.keys { presences[account]?.acknowledged = Offset(0) }
        return true
    }

    /// Whether the account has what lies at this offset of the inbox.
    func has(_ offset: Offset, _ account: AccountID) -> Bool {
        presences[account].map { $0.acknowledged > offset } ?? false
    }

    /// Whether somebody may not have the post; if so, it waits.
    mutating func enter(_ post: WaitingPost) -> Bool {
        switch post.audience {
        case .members:
            guard
                members.anybody(in: post.conversation, sees: post.seq, but: post.sender)
            else { return false }
        case .accounts(let accounts):
            guard !accounts.allSatisfy({ has(post.offset, $0) }) else { return false }
        }
        waiting.enter(post)
        return true
    }

    /// An account has read a conversation up to a seq.
    mutating func note(_ read: InboxRead) -> WaitingRoom.Moves {
        let acknowledged = presences[read.account]?.acknowledged ?? Offset(0)
        return waiting.read(read.conversation, upTo: read.seq, by: read.account) {
            acknowledged > $0
        }
    }

    /// The next accounts that a post is for, at most `limit` looked at.
    func accounts(of post: WaitingPost, limit: Int) -> GroupMembers.Page {
        switch post.audience {
        case .members:
            return members.page(
                of: post.conversation,
                seeing: post.seq,
                after: post.reached,
                limit: limit
            )
        case .accounts(let accounts):
            let rest = accounts.drop { account in post.reached.map { account <= $0 } ?? false }
            let page = rest.prefix(limit)
            return GroupMembers.Page(
                accounts: Array(page),
                reached: page.last ?? post.reached,
                isLast: page.count == rest.count
            )
        }
    }

    // MARK: Deciding

    /// Whether to ask how far `sessions` and `accounts` reach.
    mutating func needsEnds(now: Timestamp) -> Bool {
        guard let next = waiting.nextDecision(), next <= now else { return false }
        if let confirmed, next <= confirmed { return false }
        if let target, now - target.time < Self.targetPatience { return false }
        guard let lastQuestion, lastQuestion <= now else { return true }
        return now - lastQuestion >= Self.questionInterval
    }

    /// They reached so far at `time`, or the question failed.
    mutating func answer(_ ends: Ends?, at time: Timestamp) {
        lastQuestion = time
        guard let ends else { return }
        // Before the oldest record there is nothing left to read.
        progress.sessions = max(progress.sessions, ends.sessions.low)
        progress.accounts = max(progress.accounts, ends.accounts.low)
        // A target that was not reached yet stands, or it would never be; unless a topic lost its tail.
        let (sessions, accounts) = (ends.sessions.high, ends.accounts.high)
        target = Target(
            time: target?.time ?? time,
            sessions: min(target?.sessions ?? sessions, sessions),
            accounts: min(target?.accounts ?? accounts, accounts)
        )
    }

    /// Sorts out what is due.
    mutating func decide() {
        if let target, progress.sessions >= target.sessions, progress.accounts >= target.accounts {
            confirmed = target.time
            self.target = nil
        }
        guard let confirmed else { return }
        waiting.decide(until: confirmed)
    }
}

/// A record of `sessions`.
struct SessionChange: Hashable {
    enum Kind {
        case connected
        case disconnected
        case progressed
    }

    var account: AccountID
    var device: DeviceID
    var session: SessionID
    var kind: Kind
    var acknowledged: Offset
}
