import Events

/// What waits in one inbox partition: each post once, however many accounts it is for.
///
/// A value without a clock. Posts enter in the order of the log. After `settle` a post is due: its accounts are looked at, some at a
/// time; those with a connected device are looked at again after `grace`.
struct WaitingRoom {
    /// How long to wait before an account without a connected device is notified: a device that just connects gets a chance.
    var settle: Duration = .seconds(1)
    /// How long a connected device may take to acknowledge.
    var grace: Duration = .seconds(5)

    /// Up to when decisions have been made.
    private(set) var decided: Timestamp?
    /// What all of it costs to keep, in accounts.
    private(set) var size = 0
    private var posts: [Offset: WaitingPost] = [:]
    /// Posts for one account: what an acknowledgement takes out at once.
    private var byAccount: [AccountID: Set<Offset>] = [:]
    private var byConversation: [ConversationID: Set<Offset>] = [:]
    private var settling = Line()
    private var graced = Line()
    private var due: [Offset] = []

    init() {}

    init(settle: Duration, grace: Duration) {
        self.settle = settle
        self.grace = grace
    }

    var count: Int { posts.count }

    func post(at offset: Offset) -> WaitingPost? { posts[offset] }

    func hasPosts(for account: AccountID) -> Bool { byAccount[account] != nil }

    /// A post begins to wait, or goes on to, as it was stored.
    mutating func enter(_ post: WaitingPost) {
        let isNew = posts[post.offset] == nil
        put(post)
        guard isNew else { return }
        if post.isSecondLook {
            graced.append(post.offset, at: post.time)
        } else {
            settling.append(post.offset, at: post.time)
        }
    }

    // MARK: What need not wait any more

    /// What was taken out, and what changed and still waits.
    struct Moves: Equatable {
        var left: [Offset] = []
        var changed: [Offset] = []
    }

    /// The account has everything below `acknowledged`; returns the posts that were for nobody else.
    mutating func acknowledge(_ account: AccountID, below acknowledged: Offset) -> [Offset] {
        let gone = (byAccount[account] ?? []).filter { $0 < acknowledged }
        for offset in gone { remove(offset) }
        return gone.sorted()
    }

    /// The account has read the conversation up to a seq.
    ///
    /// Of what it `has` nothing need be noted.
    mutating func read(
        _ conversation: ConversationID,
        upTo seq: UInt64,
        by account: AccountID,
        has: (Offset) -> Bool
    ) -> Moves {
        var moves = Moves()
        for offset in byConversation[conversation] ?? [] {
            guard var post = posts[offset], post.seq <= seq, !has(offset) else { continue }
            if post.onlyAccount == account {
                remove(offset)
                moves.left.append(offset)
            } else if post.isFor(account), post.readers.insert(account).inserted {
                put(post)
                moves.changed.append(offset)
            }
        }
        return moves
    }

    /// The message of this seq was taken back; returns the posts that are gone.
    mutating func takeBack(_ seq: UInt64, in conversation: ConversationID) -> [Offset] {
        let gone = (byConversation[conversation] ?? []).filter { posts[$0]?.seq == seq }
        for offset in gone { remove(offset) }
        return gone.sorted()
    }

    // MARK: Deciding

    /// The time from which on something can be decided; `nil`: nothing waits.
    mutating func nextDecision() -> Timestamp? {
        // Most have left by now, acknowledged: nothing needs to be decided about them.
        while let (offset, _) = settling.first, posts[offset] == nil { settling.removeFirst() }
        while let (offset, _) = graced.first, posts[offset] == nil { graced.removeFirst() }
        let times = [
            settling.firstTime.map { $0 + settle }, graced.firstTime.map { $0 + grace },
        ]
        return times.compactMap { $0 }.min()
    }

    var hasDue: Bool { !due.isEmpty }

    /// Everything that was said before `time` is known: what has waited long enough is due.
    mutating func decide(until time: Timestamp) {
        decided = max(decided ?? time, time)
        while let (offset, arrived) = settling.first, arrived + settle <= time {
            settling.removeFirst()
            if posts[offset] != nil { due.append(offset) }
        }
        while let (offset, arrived) = graced.first, arrived + grace <= time {
            graced.removeFirst()
            if posts[offset] != nil { due.append(offset) }
        }
    }

    /// The first of those that are due; they stay until `take`.
    mutating func firstDue(_ limit: Int) -> [WaitingPost] {
        due.removeAll { posts[$0] == nil }
        return due.prefix(limit).compactMap { posts[$0] }
    }

    /// Whether a post's accounts get no more time, connected or not.
    func isGraceOver(_ post: WaitingPost) -> Bool {
        post.isSecondLook || decided.map { post.time + grace <= $0 } ?? false
    }

    /// Whoever was to be notified has been: goes on from there.
    ///
    /// `looks` are those at the first that are due. What is not complete goes to the end, so that a big group holds up nobody.
    mutating func take(_ looks: [Look]) -> Moves {
        var moves = Moves()
        due.removeFirst(min(looks.count, due.count))
        for look in looks {
            guard var post = posts[look.offset] else { continue }
            post.graced += look.graced
            if look.isComplete, post.graced.isEmpty {
                remove(look.offset)
                moves.left.append(look.offset)
                continue
            }
            if look.isComplete {
                post.audience = .accounts(post.graced)
                post.graced = []
                post.reached = nil
                post.isSecondLook = true
                graced.append(post.offset, at: post.time)
            } else {
                post.reached = look.reached
                due.append(post.offset)
            }
            put(post)
            moves.changed.append(post.offset)
        }
        return moves
    }

    // MARK: Posts

    private mutating func put(_ post: WaitingPost) {
        remove(post.offset)
        posts[post.offset] = post
        size += post.size
        byConversation[post.conversation, default: []].insert(post.offset)
        if let account = post.onlyAccount { byAccount[account, default: []].insert(post.offset) }
    }

    private mutating func remove(_ offset: Offset) {
        guard let post = posts.removeValue(forKey: offset) else { return }
        size -= post.size
        byConversation[post.conversation]?.remove(offset)
        if byConversation[post.conversation]?.isEmpty == true {
            byConversation[post.conversation] = nil
        }
        guard let account = post.onlyAccount else { return }
        byAccount[account]?.remove(offset)
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
