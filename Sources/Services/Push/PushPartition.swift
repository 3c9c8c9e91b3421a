import EventLog
import Events

/// What push knows of one partition of inbox, sessions and accounts.
///
/// `sessions` and `inbox` are read side by side, and one may be far behind the other. So nothing is decided about a moment before
/// everything that `sessions` said up to it has been read: `confirmed` is the last such moment.
struct PushPartition {
    /// An end of `sessions`, and when it was asked for.
    private struct Target {
        var time: Timestamp
        var end: Offset
    }

    /// How often the broker is asked, at most.
    static let questionInterval: Duration = .milliseconds(250)
    /// How long to read towards an end before asking whether it is still there.
    static let targetPatience: Duration = .seconds(5)

    var waiting: WaitingRoom
    /// The accounts in memory; all there are, if `isComplete`.
    private(set) var presences: [AccountID: Presence]
    var isComplete: Bool
    /// The next offset of `sessions`.
    private(set) var sessionsNext: Offset
    /// The next offset of `inbox`.
    private(set) var inboxNext: Offset
    /// Everything that was appended to `sessions` before this has been read.
    private(set) var confirmed: Timestamp?
    private var target: Target?
    private var lastQuestion: Timestamp?

    init(
        waiting: WaitingRoom,
        presences: [AccountID: Presence] = [:],
        isComplete: Bool = true,
        sessionsNext: Offset = Offset(0),
        inboxNext: Offset = Offset(0)
    ) {
        self.waiting = waiting
        self.presences = presences
        self.isComplete = isComplete
        self.sessionsNext = sessionsNext
        self.inboxNext = inboxNext
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
        sessionsNext = offset.next
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
        sessionsNext = offset.next
    }

    /// Keeps memory bounded: forgets accounts that nothing waits for.
    ///
    /// Everything must be on disk.
    mutating func forget(above count: Int) {
        guard presences.count > count else { return }
        let waiting = waiting
        presences = presences.filter { waiting.hasEntries(for: $0.key) }
        isComplete = false
    }

    // MARK: Inbox

    /// Notes that a record of the inbox was read; `true`: the inbox was made anew since, and what was acknowledged means
    /// nothing any more.
    mutating func noteInbox(_ offset: Offset) -> Bool {
        defer { inboxNext = offset.next }
        guard offset < inboxNext else { return false }
        for account in presences.keys { presences[account]?.acknowledged = Offset(0) }
        return true
    }

    /// Whether the recipient has the message already; if not, it waits.
    mutating func enter(_ entry: PendingNotification) -> Bool {
        if let presence = presences[entry.account], presence.acknowledged > entry.offset {
            return false
        }
        waiting.enter(entry)
        return true
    }

    // MARK: Deciding

    /// Whether to ask how far `sessions` reaches.
    mutating func needsEnds(now: Timestamp) -> Bool {
        guard let next = waiting.nextDecision(), next <= now else { return false }
        if let confirmed, next <= confirmed { return false }
        if let target, now - target.time < Self.targetPatience { return false }
        guard let lastQuestion, lastQuestion <= now else { return true }
        return now - lastQuestion >= Self.questionInterval
    }

    /// `sessions` was at these ends at `time`, or the question failed.
    mutating func answer(_ ends: LogAdmin.Watermarks?, at time: Timestamp) {
        lastQuestion = time
        // Before the oldest record there is nothing left to read.
        guard let ends else { return }
        sessionsNext = max(sessionsNext, ends.low)
        // A target that was not reached yet stands, or it would never be; unless the topic lost its tail.
        target = Target(
            time: target?.time ?? time,
            end: min(target?.end ?? ends.high, ends.high)
        )
    }

    /// Sorts out what is due.
    mutating func decide() {
        if let target, sessionsNext >= target.end {
            confirmed = target.time
            self.target = nil
        }
        guard let confirmed else { return }
        decide(until: confirmed)
    }

    /// Sorts out what would be due at `time`, whatever `sessions` may still say of it.
    mutating func decide(until time: Timestamp) {
        let presences = presences
        waiting.decide(until: time) { presences[$0]?.isConnected ?? false }
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
