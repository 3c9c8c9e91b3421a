import Events

/// What is known of one account in a conversation: a member, one that has left, or one whose marks came before the timeline
/// made it a member.
struct Participant: Equatable {
    /// What an account is to the ticks of the others.
    enum Standing: UInt64 {
        /// No member: its marks are held, in case the timeline makes it one.
        case outside = 0
        /// Its marks count, and its ticks move.
        case member = 1
        /// The last that left the only member alone: its marks still count for that one.
        case lingering = 2
    }

    /// Which one.
    let account: AccountID
    /// What it is to the others' ticks.
    var standing = Standing.outside
    /// The highest over the account's devices; everything from before a member's coming counts as had.
    var delivered: UInt64 = 0
    /// What others may know that it has read: the highest over the account's devices; never above `delivered`.
    var read: UInt64 = 0
    /// When a mark of this account that others may know last rose, in milliseconds since 1970 UTC.
    var markTime: Int64 = 0
    /// What it has read itself, in private or not; a member's coming adds nothing to it.
    var own = OwnRead()
    /// What the account sent to somebody and not all others have read.
    var sent = SentRuns()
    /// The ticks that have been reached.
    var tickedDelivered: UInt64 = 0
    /// The ticks that have been reached.
    var tickedRead: UInt64 = 0
    /// Whether the ticks moved and the account was not told.
    var isOwed = false
    /// Whether the conversation has it among those that have read further than they were told; not stored.
    var isAhead = false

    /// An account of which nothing is known.
    init(account: AccountID) {
        self.account = account
    }

    /// What a receipt said that is new.
    enum Rise {
        /// Nothing.
        case nothing
        /// What concerns the account alone.
        case own
        /// Something that others may know.
        case marks
    }

    /// Folds marks in.
    mutating func raise(_ receipt: Receipt) -> Rise {
        let hasRead = own.raise(to: receipt.read, at: receipt.serverTime.milliseconds)
        let delivered = max(receipt.delivered, receipt.read)
        let read = receipt.isPrivate ? 0 : receipt.read
        guard delivered > self.delivered || read > self.read else {
            return hasRead ? .own : .nothing
        }
        self.delivered = max(self.delivered, delivered)
        self.read = max(self.read, read)
        markTime = max(markTime, receipt.serverTime.milliseconds)
        return .marks
    }

    /// When anything was last heard of it.
    var newestTime: Int64 { max(markTime, own.time) }

    /// Becomes a member by the event of this seq: what came before it does not wait for this account.
    mutating func join(at seq: UInt64) {
        standing = .member
        delivered = max(delivered, seq - 1)
        read = max(read, seq - 1)
    }

    /// The lowest seq that it sent and that not all others have.
    var nextUndelivered: UInt64? { sent.next(after: tickedDelivered) }

    /// The lowest seq that it sent and that not all others have read.
    var nextUnread: UInt64? { sent.first }

    /// All others have everything up to a mark.
    mutating func tickDelivered(upTo mark: UInt64) {
        tickedDelivered = max(tickedDelivered, sent.highest(atMost: mark) ?? 0)
    }

    /// All others have read everything up to a mark.
    mutating func tickRead(upTo mark: UInt64) {
        tickedRead = max(tickedRead, sent.highest(atMost: mark) ?? 0)
        sent.remove(upTo: tickedRead)
    }
}
