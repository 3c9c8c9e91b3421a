import Conversations
import Events

/// The marks of one conversation's members, and the ticks that follow from them.
///
/// A value. Everything in it grows by maximum, and a mark counts only up to the last seq that the timeline has
/// shown, so the ticks in the end depend on what came and not on in which order timeline and receipts did. An early
/// mark waits; a made-up one never ticks the future.
struct ConversationTicks: Equatable {
    /// What is known of one account here.
    struct Member: Equatable {
        let account: AccountID
        /// The highest over the account's devices.
        var delivered: UInt64 = 0
        /// The highest over the account's devices; never above `delivered`.
        var read: UInt64 = 0
        /// When a mark of this account last rose.
        var markTime: Int64 = 0
        /// What the account sent and the others have not read.
        var sent = SentRuns()
        /// The last ticks that the account was told.
        var tickedDelivered: UInt64 = 0
        /// The last ticks that the account was told.
        var tickedRead: UInt64 = 0

        /// Whether a mark rose.
        mutating func raise(_ receipt: Receipt) -> Bool {
            let delivered = max(receipt.delivered, receipt.read)
            guard delivered > self.delivered || receipt.read > read else { return false }
            self.delivered = max(self.delivered, delivered)
            read = max(read, receipt.read)
            markTime = max(markTime, receipt.serverTime.milliseconds)
            return true
        }
    }

    /// Accounts whose marks are held while the members are not known.
    static let heldMax = 16

    /// The last seq of the timeline.
    var lastSeq: UInt64 = 0
    /// The two accounts; empty until the timeline names them.
    var members: [Member] = []
    /// Marks that came before the members were known.
    var held: [Member] = []

    /// Folds an event of the timeline in.
    ///
    /// - Returns: the members, by place, whose ticks moved.
    mutating func apply(_ event: TimelineEvent) -> [Int] {
        lastSeq = max(lastSeq, event.seq)
        guard event.kind == .direct, case .messagePosted(let recipient?, _) = event.body else {
            return []
        }
        if members.isEmpty { join(event.sender, recipient) }
        guard let sender = members.firstIndex(where: { $0.account == event.sender }) else {
            return []
        }
        members[sender].sent.append(event.seq)
        // Of the others' messages all lie before this one, and were looked at when the timeline got there.
        return update(sender) ? [sender] : []
    }

    /// Folds marks in.
    ///
    /// - Returns: the members, by place, whose ticks moved; `nil` if the marks say nothing new.
    mutating func apply(_ receipt: Receipt) -> [Int]? {
        guard !members.isEmpty else { return hold(receipt) ? [] : nil }
        // Marks of whoever is not a member say nothing.
        guard let marking = members.firstIndex(where: { $0.account == receipt.account }),
            members[marking].raise(receipt)
        else { return nil }
        // Groups will look only at senders between the old lowest mark and the new one.
        var moved: [Int] = []
        for place in members.indices where place != marking && update(place) {
            moved.append(place)
        }
        return moved
    }

    /// When the marks behind a member's ticks last rose.
    func tickTime(of place: Int) -> Timestamp {
        var time: Int64 = 0
        for other in members.indices where other != place {
            time = max(time, members[other].markTime)
        }
        return Timestamp(milliseconds: time)
    }

    private mutating func join(_ sender: AccountID, _ recipient: AccountID) {
        members = [min(sender, recipient), max(sender, recipient)].map { account in
            held.first { $0.account == account } ?? Member(account: account)
        }
        held = []
    }

    private mutating func hold(_ receipt: Receipt) -> Bool {
        if let place = held.firstIndex(where: { $0.account == receipt.account }) {
            return held[place].raise(receipt)
        }
        guard held.count < Self.heldMax else { return false }
        var member = Member(account: receipt.account)
        guard member.raise(receipt) else { return false }
        held.append(member)
        return true
    }

    /// Moves a member's ticks as far as the others' marks allow.
    private mutating func update(_ place: Int) -> Bool {
        var delivered = lastSeq
        var read = lastSeq
        for other in members.indices where other != place {
            delivered = min(delivered, members[other].delivered)
            read = min(read, members[other].read)
        }
        var hasMoved = false
        if let seq = members[place].sent.highest(atMost: delivered),
            seq > members[place].tickedDelivered
        {
            members[place].tickedDelivered = seq
            hasMoved = true
        }
        if let seq = members[place].sent.highest(atMost: read), seq > members[place].tickedRead {
            members[place].tickedRead = seq
            members[place].sent.remove(upTo: seq)
            hasMoved = true
        }
        return hasMoved
    }
}
