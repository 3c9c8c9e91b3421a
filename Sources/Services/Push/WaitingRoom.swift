import Events

/// The messages of one inbox partition that wait for their recipient's acknowledgement, or else for their notification.
///
/// A value without a clock. Messages enter in the order of the log. After `settle` those for accounts without a connected device
/// are due; the others after `grace`.
struct WaitingRoom {
    /// How long to wait before an account without a connected device is notified: a device that just connects gets a chance.
    var settle: Duration = .seconds(1)
    /// How long a connected device may take to acknowledge.
    var grace: Duration = .seconds(5)

    private var entries: [Offset: PendingNotification] = [:]
    private var byAccount: [AccountID: [Offset]] = [:]
    private var settling = Line()
    private var graced = Line()
    private var due: [Offset] = []

    init() {}

    init(settle: Duration, grace: Duration) {
        self.settle = settle
        self.grace = grace
    }

    var count: Int { entries.count }

    func contains(_ offset: Offset) -> Bool { entries[offset] != nil }

    func entry(at offset: Offset) -> PendingNotification? { entries[offset] }

    func hasEntries(for account: AccountID) -> Bool { byAccount[account] != nil }

    mutating func enter(_ entry: PendingNotification) {
        guard entries.updateValue(entry, forKey: entry.offset) == nil else { return }
        byAccount[entry.account, default: []].append(entry.offset)
        settling.append(entry.offset, at: entry.time)
    }

    /// The account has everything below `acknowledged`; returns what need not wait any more.
    mutating func acknowledge(_ account: AccountID, below acknowledged: Offset) -> [Offset] {
        guard let waiting = byAccount[account] else { return [] }
        let gone = waiting.filter { $0 < acknowledged }
        remove(gone, of: account)
        return gone
    }

    /// The time from which on something can be decided; `nil`: nothing waits.
    mutating func nextDecision() -> Timestamp? {
        // Most have left by now, acknowledged: nothing needs to be decided about them.
        while let (offset, _) = settling.first, entries[offset] == nil { settling.removeFirst() }
        while let (offset, _) = graced.first, entries[offset] == nil { graced.removeFirst() }
        let times = [
            settling.firstTime.map { $0 + settle }, graced.firstTime.map { $0 + grace },
        ]
        return times.compactMap { $0 }.min()
    }

    var hasDue: Bool { !due.isEmpty }

    /// Everything that connections and acknowledgements before `time` said is known: sorts out what is due.
    mutating func decide(until time: Timestamp, isConnected: (AccountID) -> Bool) {
        while let (offset, arrived) = settling.first, arrived + settle <= time {
            settling.removeFirst()
            guard let entry = entries[offset] else { continue }
            if isConnected(entry.account) {
                graced.append(offset, at: arrived)
            } else {
                due.append(offset)
            }
        }
        while let (offset, arrived) = graced.first, arrived + grace <= time {
            graced.removeFirst()
            if entries[offset] != nil { due.append(offset) }
        }
    }

    /// The first of those that are due; they stay until `notified`.
    mutating func firstDue(_ limit: Int) -> [PendingNotification] {
        due.removeAll { entries[$0] == nil }
        return due.prefix(limit).compactMap { entries[$0] }
    }

    mutating func notified(_ done: [PendingNotification]) {
        for entry in done { remove([entry.offset], of: entry.account) }
        due.removeAll { entries[$0] == nil }
    }

    private mutating func remove(_ offsets: [Offset], of account: AccountID) {
        guard !offsets.isEmpty else { return }
        for offset in offsets { entries[offset] = nil }
        byAccount[account]?.removeAll { entries[$0] == nil }
        if byAccount[account]?.isEmpty == true { byAccount[account] = nil }
    }
}

extension WaitingRoom {
    /// First in, first out.
    ///
    /// Leavers are not taken out of the middle; the queue's user looks whether they are still
    /// there.
    private struct Line {
        private var places: [(offset: Offset, time: Timestamp)] = []
        private var head = 0

        var first: (Offset, Timestamp)? {
            head < places.count ? (places[head].offset, places[head].time) : nil
        }

        var firstTime: Timestamp? { first?.1 }

        mutating func append(_ offset: Offset, at time: Timestamp) {
            places.append((offset, time))
        }

        mutating func removeFirst() {
            head += 1
            guard head > 1024, head * 2 > places.count else { return }
            places.removeFirst(head)
            head = 0
        }
    }
}
