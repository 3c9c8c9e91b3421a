import Conversations
import Events

/// The marks in one conversation, and the ticks that follow from them.
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
        /// Ticks moved.
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

    /// A conversation of which nothing is known.
    init() {}

    /// A conversation as it was stored.
    init(kind: ConversationKind?, times: MarkTimes, participants: [Participant]) {
        self.kind = kind
        self.times = times
        arrange(participants)
    }

    // MARK: Records

    /// Folds an event of the timeline in.
    mutating func apply(_ event: TimelineEvent) -> Effect {
        var effect = Effect.nothing
        switch kind ?? event.kind {
        case .direct:
            if kind == nil { effect = meet(event) }
        case .group:
            if kind == nil {
                kind = .group
                effect = .changed
            }
            for change in event.memberChanges where apply(change, event.seq) { effect = .changed }
        case .channel:
            guard kind == nil else { return .nothing }
            kind = .channel
            keep { _ in false }
            return .changed
        case nil:
            return .nothing
        }
        if post(event) { effect = .changed }
        guard effect != .nothing else { return .nothing }
        return settle() ? .moved : .changed
    }

    /// Folds marks in.
    mutating func apply(_ receipt: Receipt) -> Effect {
        guard kind != .channel else { return .nothing }
        guard let place = place(of: receipt.account) else { return hold(receipt) }
        guard participants[place].raise(receipt) else { return .nothing }
        noteChange(place)
        guard participants[place].standing != .outside else { return .changed }
        times.note(receipt.account, participants[place].markTime)
        setMarks(place)
        return settle() ? .moved : .changed
    }

    /// What was sent to nobody has no recipient to reach: it is not among what is ticked.
    private mutating func post(_ event: TimelineEvent) -> Bool {
        guard case .messagePosted = event.body, !event.isWithheld, memberCount > 1,
            let place = place(of: event.sender), participants[place].standing == .member
        else { return false }
        participants[place].sent.append(event.seq)
        if undelivered[place] == nil { undelivered.set(place, event.seq) }
        if unread[place] == nil { unread.set(place, event.seq) }
        noteChange(place)
        return true
    }

    // MARK: Members

    /// A direct conversation has the two accounts of its first event.
    private mutating func meet(_ event: TimelineEvent) -> Effect {
        let other: AccountID
        switch event.body {
        case .messagePosted(let post):
            guard let recipient = post.recipient else { return .nothing }
            other = recipient
        case .acted(.setBlock(let account, _)):
            other = account
        default:
            return .nothing
        }
        // Nobody else will ever be one. All were stored one by one as long as the kind was not known.
        for participant in participants { changed.insert(participant.account) }
        kind = .direct
        keep { $0.account == event.sender || $0.account == other }
        for account in [event.sender, other].sorted() { _ = join(account, event.seq) }
        return .changed
    }

    private mutating func apply(_ change: TimelineEvent.MemberChange, _ seq: UInt64) -> Bool {
        change.role == nil ? leave(change.account) : join(change.account, seq)
    }

    private mutating func join(_ account: AccountID, _ seq: UInt64) -> Bool {
        let place = place(of: account) ?? add(Participant(account: account))
        guard participants[place].standing != .member else { return false }
        participants[place].join(at: seq)
        memberCount += 1
        if let lingerer = lingering { stopLingering(lingerer) }
        count(place)
        if participants[place].markTime > 0 { times.note(account, participants[place].markTime) }
        noteChange(place)
        return true
    }

    private mutating func leave(_ account: AccountID) -> Bool {
        guard let place = place(of: account), participants[place].standing == .member else {
            return false
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
        return true
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
        guard kind != .direct, participant.raise(receipt) else { return .nothing }
        noteChange(add(participant))
        boundOutsiders()
        return .changed
    }

    /// Forgets the older half of those who are no members when there are too many.
    private mutating func boundOutsiders() {
        guard participants.count - memberCount > Self.outsidersMax else { return }
        let outside = participants.filter { $0.standing == .outside }
            .sorted { ($0.markTime, $0.account) < ($1.markTime, $1.account) }
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
        owed = []
        (delivered, read) = (LowestMarks(), LowestMarks())
        (undelivered, unread) = (LowestMarks(), LowestMarks())
        for participant in kept {
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

    /// Lets a member's marks, messages and owed ticks count.
    private mutating func count(_ place: Int) {
        setMarks(place)
        if let seq = participants[place].nextUndelivered { undelivered.set(place, seq) }
        if let seq = participants[place].nextUnread { unread.set(place, seq) }
        if participants[place].isOwed { owed.append(place) }
    }

    private mutating func setMarks(_ place: Int) {
        delivered.set(place, participants[place].delivered)
        read.set(place, participants[place].read)
    }

    /// Moves all ticks as far as the marks allow.
    private mutating func settle() -> Bool {
        var hasMoved = false
        while let (place, mark) = Self.next(undelivered, delivered) {
            participants[place].tickDelivered(upTo: mark)
            if let seq = participants[place].nextUndelivered {
                undelivered.set(place, seq)
            } else {
                undelivered.remove(place)
            }
            noteOwed(place)
            hasMoved = true
        }
        while let (place, mark) = Self.next(unread, read) {
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

    /// A sender whose first message that is not ticked has been reached by the marks of all others, and the lowest of those.
    ///
    /// With no others left, and none that lingers, nobody is waited for.
    private static func next(
        _ messages: LowestMarks,
        _ marks: LowestMarks
    ) -> (place: Int, mark: UInt64)? {
        guard let first = messages.lowest, let lowest = marks.lowest else { return nil }
        let mark = marks.lowest(except: first.place) ?? .max
        if first.mark <= mark { return (first.place, mark) }
        // For all but one the lowest mark is the same. The one whose own it is may be further than the others.
        guard let seq = messages[lowest.place] else { return nil }
        let others = marks.lowest(except: lowest.place) ?? .max
        return seq <= others ? (lowest.place, others) : nil
    }

    private mutating func noteOwed(_ place: Int) {
        noteChange(place)
        guard !participants[place].isOwed else { return }
        participants[place].isOwed = true
        owed.append(place)
    }

    /// Whether there may be members that were not told of their ticks.
    var isOwed: Bool { !owed.isEmpty }

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

    // MARK: Storage and tests

    /// Everything that changed is on disk.
    mutating func changesSaved() {
        changed.removeAll(keepingCapacity: changed.count < 64)
    }

    /// How many entries of the heaps were looked at in order to change something; tests of the cost read it.
    var steps: Int { delivered.steps + read.steps + undelivered.steps + unread.steps }
}
