import Conversations
import Events

/// The marks in one conversation, and what follows from them: the senders' ticks, and how far each member's own devices are told
/// that it has read.
///
/// A value. A sender's ticks are the highest seq among its own messages that the marks of all other members have reached. Marks
/// grow by maximum; who comes counts as having all that was there before, and who leaves no longer counts; so nothing lowers
/// ticks, and in the end they depend on what came and not on in which order timeline and receipts did. A mark for more
/// than the timeline has shown ticks nothing until the timeline gets there, because no message is there to be ticked.
///
/// A mark costs O(log n) of n members: the lowest marks are kept in heaps, and so is each sender's next message that is not
/// ticked, so that of all senders only those are looked at whose ticks move.
struct ConversationTicks {
    /// What a record did.
    enum Effect {
        /// It said nothing new.
        case nothing
        /// The state is another.
        case changed
        /// Ticks moved, or a member has read further: somebody is to be told.
        case moved
    }

    /// Accounts that are no members of which something is remembered, at most; of more those whose marks rose last.
    ///
    /// When all is folded anew, the marks of all that ever were in a group may come before the timeline says that they are in it.
    static let outsidersMax = 65_536
    /// Up to so many accounts are searched for, without an index.
    private static let scanMax = 8

    /// The kind; `nil` until the timeline says it.
    private(set) var kind: ConversationKind?
    /// The seq of the last event that the timeline has shown.
    private(set) var lastSeq: UInt64 = 0
    /// The accounts of which something is known; a place is an index in it.
    private(set) var participants: [Participant] = []
    /// How many of them are members.
    private(set) var memberCount = 0
    /// When marks last rose.
    private(set) var times = MarkTimes()
    /// Accounts of which something changed since `changesSaved`; not kept for a direct conversation, which is stored whole.
    private(set) var changed: Set<AccountID> = []

    private var places: [AccountID: Int] = [:]
    /// The place that lingers.
    private var lingering: Int?
    /// The marks that count.
    private var delivered = LowestMarks()
    private var read = LowestMarks()
    /// Of each member that has any, the first message that is not ticked.
    private var undelivered = LowestMarks()
    private var unread = LowestMarks()
    /// Members that were not told of their ticks; may name one twice, or one that has been told.
    private var owed: [Int] = []
    /// Members that have read further than they were told; may name one that has left.
    private var ahead: [Int] = []
    /// Whether one of them may have to be told; the others wait for the timeline.
    private var hasReadNews = false

    /// A conversation of which nothing is known.
    init() {}

    /// A conversation as it was stored.
    init(
        kind: ConversationKind?,
        lastSeq: UInt64,
        times: MarkTimes,
        participants: [Participant]
    ) {
        self.kind = kind
        self.lastSeq = lastSeq
        self.times = times
        arrange(participants)
    }

    // MARK: Records

    /// Folds an event of the timeline in.
    mutating func apply(_ event: TimelineEvent) -> Effect {
        guard let kind = kind ?? event.kind else { return .nothing }
        let isFirst = self.kind == nil
        switch kind {
        case .direct:
            if isFirst, !meet(event) { return .nothing }
        case .group:
            self.kind = .group
            for change in event.memberChanges { apply(change, event.seq) }
        case .channel:
            self.kind = .channel
            if isFirst { keep { _ in false } }
        }
        lastSeq = max(lastSeq, event.seq)
        if !ahead.isEmpty { hasReadNews = true }
        post(event)
        return settle() || hasReadNews ? .moved : .changed
    }

    /// Folds marks in.
    mutating func apply(_ receipt: Receipt) -> Effect {
        guard kind != .channel else { return .nothing }
        guard let place = place(of: receipt.account) else { return hold(receipt) }
        let rise = participants[place].raise(receipt)
        guard rise != .nothing else { return .nothing }
        noteChange(place)
        let isNews = noteAhead(place)
        guard rise == .marks, participants[place].standing != .outside else {
            return isNews ? .moved : .changed
        }
        times.note(receipt.account, participants[place].markTime)
        setMarks(place)
        return settle() || isNews ? .moved : .changed
    }

    /// What was sent to nobody has no recipient to reach: it is not among what is ticked.
    private mutating func post(_ event: TimelineEvent) {
        guard case .messagePosted = event.body, !event.isWithheld, memberCount > 1,
            let place = place(of: event.sender), participants[place].standing == .member
        else { return }
        participants[place].sent.append(event.seq)
        if undelivered[place] == nil { undelivered.set(place, event.seq) }
        if unread[place] == nil { unread.set(place, event.seq) }
        noteChange(place)
    }

    // MARK: Members

    /// A direct conversation has the two accounts of its first event.
    ///
    /// - Returns: whether it is one that says who they are.
    private mutating func meet(_ event: TimelineEvent) -> Bool {
        let other: AccountID
        switch event.body {
        case .messagePosted(let post):
            guard let recipient = post.recipient else { return false }
            other = recipient
        case .acted(.setBlock(let account, _)):
            other = account
        default:
            return false
        }
        // Nobody else will ever be one. All were stored one by one as long as the kind was not known.
        for participant in participants { changed.insert(participant.account) }
        kind = .direct
        keep { $0.account == event.sender || $0.account == other }
        for account in [event.sender, other].sorted() { join(account, event.seq) }
        return true
    }

    private mutating func apply(_ change: TimelineEvent.MemberChange, _ seq: UInt64) {
        if change.role == nil { leave(change.account) } else { join(change.account, seq) }
    }

    private mutating func join(_ account: AccountID, _ seq: UInt64) {
        let place = place(of: account) ?? add(Participant(account: account))
        guard participants[place].standing != .member else { return }
        participants[place].join(at: seq)
        memberCount += 1
        if let lingerer = lingering { stopLingering(lingerer) }
        count(place)
        if participants[place].markTime > 0 { times.note(account, participants[place].markTime) }
        noteChange(place)
    }

    private mutating func leave(_ account: AccountID) {
        guard let place = place(of: account), participants[place].standing == .member else {
            return
        }
        memberCount -= 1
        undelivered.remove(place)
        unread.remove(place)
        if memberCount == 1 {
            // Otherwise what it has of the other's messages would depend on whether its marks or its leaving were read first.
            participants[place].standing = .lingering
            lingering = place
        } else {
            participants[place].standing = .outside
            delivered.remove(place)
            read.remove(place)
            if let lingerer = lingering { stopLingering(lingerer) }
        }
        noteChange(place)
        boundOutsiders()
    }

    private mutating func stopLingering(_ place: Int) {
        lingering = nil
        // It may be the one that comes.
        guard participants[place].standing == .lingering else { return }
        participants[place].standing = .outside
        delivered.remove(place)
        read.remove(place)
        noteChange(place)
    }

    // MARK: Accounts

    /// How many accounts something is known of.
    var count: Int { participants.count }

    /// What is known of an account.
    func participant(_ account: AccountID) -> Participant? {
        place(of: account).map { participants[$0] }
    }

    private func place(of account: AccountID) -> Int? {
        guard places.isEmpty else { return places[account] }
        return participants.firstIndex { $0.account == account }
    }

    private mutating func noteChange(_ place: Int) {
        if kind != .direct { changed.insert(participants[place].account) }
    }

    /// Keeps the marks of an account that is not known, unless it can't become a member.
    private mutating func hold(_ receipt: Receipt) -> Effect {
        var participant = Participant(account: receipt.account)
        guard kind != .direct, participant.raise(receipt) != .nothing else { return .nothing }
        noteChange(add(participant))
        boundOutsiders()
        return .changed
    }

    /// Forgets the older half of those who are no members when there are too many.
    private mutating func boundOutsiders() {
        guard participants.count - memberCount > Self.outsidersMax else { return }
        let outside = participants.filter { $0.standing == .outside }
            .sorted { ($0.newestTime, $0.account) < ($1.newestTime, $1.account) }
        let forgotten = Set(outside.prefix(outside.count / 2).map(\.account))
        keep { !forgotten.contains($0.account) }
    }

    /// Forgets all others.
    private mutating func keep(_ isKept: (Participant) -> Bool) {
        if kind != .direct {
            for participant in participants where !isKept(participant) {
                changed.insert(participant.account)
            }
        }
        arrange(participants.filter(isKept))
    }

    /// Begins anew with these accounts.
    private mutating func arrange(_ kept: [Participant]) {
        participants = []
        participants.reserveCapacity(kept.count)
        places = [:]
        memberCount = 0
        lingering = nil
        (owed, ahead) = ([], [])
        hasReadNews = false
        (delivered, read) = (LowestMarks(), LowestMarks())
        (undelivered, unread) = (LowestMarks(), LowestMarks())
        for var participant in kept {
            participant.own.limitTold(to: lastSeq)
            participant.isAhead = false
            let place = add(participant)
            switch participant.standing {
            case .outside: break
            case .member:
                memberCount += 1
                count(place)
            case .lingering:
                lingering = place
                setMarks(place)
            }
        }
    }

    private mutating func add(_ participant: Participant) -> Int {
        let place = participants.count
        participants.append(participant)
        if !places.isEmpty {
            places[participant.account] = place
        } else if participants.count > Self.scanMax {
            for (place, known) in participants.enumerated() { places[known.account] = place }
        }
        return place
    }

    // MARK: Ticks

    /// Lets a member's marks, messages, owed ticks and reading count.
    private mutating func count(_ place: Int) {
        setMarks(place)
        if let seq = participants[place].nextUndelivered { undelivered.set(place, seq) }
        if let seq = participants[place].nextUnread { unread.set(place, seq) }
        if participants[place].isOwed { owed.append(place) }
        noteAhead(place)
    }

    private mutating func setMarks(_ place: Int) {
        delivered.set(place, participants[place].delivered)
        read.set(place, participants[place].read)
    }

    /// Moves all ticks as far as the marks allow.
    private mutating func settle() -> Bool {
        var hasMoved = false
        while let (place, mark) = LowestMarks.reached(undelivered, by: delivered) {
            participants[place].tickDelivered(upTo: mark)
            if let seq = participants[place].nextUndelivered {
                undelivered.set(place, seq)
            } else {
                undelivered.remove(place)
            }
            noteOwed(place)
            hasMoved = true
        }
        while let (place, mark) = LowestMarks.reached(unread, by: read) {
            participants[place].tickRead(upTo: mark)
            if let seq = participants[place].nextUnread {
                unread.set(place, seq)
            } else {
                unread.remove(place)
            }
            noteOwed(place)
            hasMoved = true
        }
        return hasMoved
    }

    private mutating func noteOwed(_ place: Int) {
        noteChange(place)
        guard !participants[place].isOwed else { return }
        participants[place].isOwed = true
        owed.append(place)
    }

    /// Notes a member that has read further than it was told.
    ///
    /// - Returns: whether it has to be told.
    @discardableResult
    private mutating func noteAhead(_ place: Int) -> Bool {
        guard participants[place].standing == .member, participants[place].own.isAhead else {
            return false
        }
        if !participants[place].isAhead {
            participants[place].isAhead = true
            ahead.append(place)
        }
        guard participants[place].own.hasNews(upTo: lastSeq) else { return false }
        hasReadNews = true
        return true
    }

    /// Whether there may be members that were not told of their ticks, or of their own reading.
    var isOwed: Bool { !owed.isEmpty || hasReadNews }

    /// Offers the members whose ticks moved, with the time of the newest mark behind them, to be told.
    ///
    /// Whom `isTold` says no for is offered again.
    mutating func tell(_ isTold: (Participant, Timestamp) -> Bool) {
        var left: [Int] = []
        swap(&left, &owed)
        left.removeAll { place in
            let participant = participants[place]
            // Who has left is told when it is back: until then its ticks are not what the marks say.
            guard participant.isOwed, participant.standing == .member else { return true }
            let time = times.last(except: participant.account)
            guard isTold(participant, time) else { return false }
            participants[place].isOwed = false
            noteChange(place)
            return true
        }
        swap(&left, &owed)
    }

    /// Tells the members that have read further than they were told, up to what there is to read.
    mutating func tellReaders(_ tell: (Participant) -> Void) {
        guard hasReadNews else { return }
        hasReadNews = false
        var left: [Int] = []
        swap(&left, &ahead)
        left.removeAll { place in
            // Who has left learns nothing more of the conversation until it is back.
            let isMember = participants[place].standing == .member
            if isMember, participants[place].own.hasNews(upTo: lastSeq) {
                participants[place].own.tell(upTo: lastSeq)
                noteChange(place)
                tell(participants[place])
            }
            participants[place].isAhead = isMember && participants[place].own.isAhead
            return !participants[place].isAhead
        }
        swap(&left, &ahead)
    }

    // MARK: Storage and tests

    /// Everything that changed is on disk.
    mutating func changesSaved() {
        changed.removeAll(keepingCapacity: changed.count < 64)
    }

    /// How many entries of the heaps were looked at in order to change something; tests of the cost read it.
    var steps: Int { delivered.steps + read.steps + undelivered.steps + unread.steps }
}
