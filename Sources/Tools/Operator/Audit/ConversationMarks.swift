import Conversations
import Events

/// What the members of one conversation have and have read, and what they were told of it; a value.
///
/// The rules again (`Sources/Services/Receipts/README.md`), as plainly as possible: nothing is kept in order, and whoever asks looks
/// at everybody. What remains of a conversation is, for each account, its marks and what it was told, because later messages are
/// ticked by the same marks; and the seqs it sent that not all have read.
struct ConversationMarks {
    /// What is known of one account.
    struct Person {
        var isMember = false
        /// Others may know that it has everything up to here.
        var delivered: UInt64 = 0
        /// Others may know that it has read everything up to here.
        var read: UInt64 = 0
        /// It has read everything up to here, in private or not.
        var own: UInt64 = 0
        var sent = OwnSeqs()
        /// The highest ticks in its inbox.
        var toldDelivered: UInt64 = 0
        var toldRead: UInt64 = 0
        /// The highest read mark in its inbox.
        var toldOwn: UInt64 = 0
    }

    /// What an account is told of.
    enum Aspect: String, Sendable {
        case delivered
        case read
        case own = "read itself"
    }

    /// What an account must have been told, at least and at most.
    struct Due {
        let account: AccountID
        let aspect: Aspect
        let told: UInt64
        let atLeast: UInt64
        let atMost: UInt64
    }

    /// A mark of a device, as it is in `receipts`.
    struct Mark {
        var account: AccountID
        var delivered: UInt64 = 0
        var read: UInt64 = 0
        var isPrivate = false
    }

    private(set) var kind: ConversationKind?
    private(set) var lastSeq: UInt64 = 0
    private(set) var people: [AccountID: Person] = [:]
    private var memberCount = 0
    /// Who left as the last but one: its marks count until somebody comes.
    private var lingering: AccountID?

    // MARK: Folding

    /// Folds an event of the timeline in.
    mutating func apply(_ event: TimelineEvent) {
        lastSeq = max(lastSeq, event.seq)
        if kind == nil { begin(event) }
        // Nobody is told of a channel but those who read it, of what they read.
        guard kind != .channel else { return }
        if kind != .direct {
            for change in event.memberChanges { apply(change, event.seq) }
        }
        guard case .messagePosted = event.body, !event.isWithheld, memberCount > 1,
            people[event.sender]?.isMember == true
        else { return }
        people[event.sender]?.sent.append(event.seq)
    }

    private mutating func begin(_ event: TimelineEvent) {
        guard event.kind == .direct else {
            kind = event.kind
            return
        }
        let other: AccountID?
        switch event.body {
        case .messagePosted(let post): other = post.recipient
        case .acted(.setBlock(let account, _)): other = account
        default: other = nil
        }
        guard let other else { return }
        kind = .direct
        for account in [event.sender, other] { join(account, event.seq) }
    }

    private mutating func apply(_ change: TimelineEvent.MemberChange, _ seq: UInt64) {
        let isMember = people[change.account]?.isMember ?? false
        switch (isMember, change.role) {
        case (false, _?): join(change.account, seq)
        case (true, nil):
            people[change.account]?.isMember = false
            memberCount -= 1
            lingering = memberCount == 1 ? change.account : nil
        default: break
        }
    }

    /// What came before does not wait for who comes.
    private mutating func join(_ account: AccountID, _ seq: UInt64) {
        lingering = nil
        var person = people[account] ?? Person()
        guard !person.isMember else { return }
        person.isMember = true
        person.delivered = max(person.delivered, seq - 1)
        person.read = max(person.read, seq - 1)
        people[account] = person
        memberCount += 1
    }

    /// Folds a mark in.
    mutating func apply(_ mark: Mark) {
        var person = people[mark.account] ?? Person()
        person.delivered = max(person.delivered, mark.delivered, mark.read)
        if !mark.isPrivate { person.read = max(person.read, mark.read) }
        person.own = max(person.own, mark.read)
        people[mark.account] = person
    }

    /// An account was told how far what it sent has come.
    mutating func tell(_ account: AccountID, delivered: UInt64, read: UInt64) {
        let person = people[account] ?? Person()
        people[account, default: Person()].toldDelivered = max(person.toldDelivered, delivered)
        people[account, default: Person()].toldRead = max(person.toldRead, read)
    }

    /// An account was told how far it has read.
    mutating func tell(_ account: AccountID, own seq: UInt64) {
        let told = people[account]?.toldOwn ?? 0
        people[account, default: Person()].toldOwn = max(told, seq)
    }

    /// Takes it that an account was told so much and no more: what was found is not found again.
    mutating func assume(_ account: AccountID, _ aspect: Aspect, _ seq: UInt64) {
        switch aspect {
        case .delivered: people[account]?.toldDelivered = seq
        case .read: people[account]?.toldRead = seq
        case .own: people[account]?.toldOwn = seq
        }
    }

    // MARK: Judging

    /// What everybody must have been told.
    var dues: [Due] {
        let counted = people.filter { $0.value.isMember || $0.key == lingering }
        let delivered = Self.lowest(counted, \.delivered)
        let read = Self.lowest(counted, \.read)
        return people.flatMap { account, person in
            [
                ticks(account, person, .delivered, person.toldDelivered, delivered),
                ticks(account, person, .read, person.toldRead, read),
                ownDue(account, person),
            ]
        }
    }

    private func ticks(
        _ account: AccountID,
        _ person: Person,
        _ aspect: Aspect,
        _ told: UInt64,
        _ lowest: [(account: AccountID, mark: UInt64)]
    ) -> Due {
        // With no others left, nobody is waited for.
        let mark = lowest.first { $0.account != account }?.mark ?? .max
        // Who has left is told of nothing until it is back.
        let atLeast = person.isMember ? person.sent.highest(atMost: mark) ?? 0 : 0
        let atMost = kind == .channel ? 0 : min(mark, lastSeq)
        return Due(account: account, aspect: aspect, told: told, atLeast: atLeast, atMost: atMost)
    }

    private func ownDue(_ account: AccountID, _ person: Person) -> Due {
        let mark = min(person.own, lastSeq)
        let isTold = person.isMember || kind == .channel
        return Due(
            account: account,
            aspect: .own,
            told: person.toldOwn,
            atLeast: isTold ? mark : 0,
            atMost: mark
        )
    }

    /// The two lowest marks, the lowest first.
    private static func lowest(
        _ people: [AccountID: Person],
        _ mark: KeyPath<Person, UInt64>
    ) -> [(account: AccountID, mark: UInt64)] {
        var lowest: [(account: AccountID, mark: UInt64)] = []
        for (account, person) in people {
            let entry = (account, person[keyPath: mark])
            let place = lowest.firstIndex { entry.1 < $0.mark } ?? lowest.count
            guard place < 2 else { continue }
            lowest.insert(entry, at: place)
            if lowest.count > 2 { lowest.removeLast() }
        }
        return lowest
    }

    /// Forgets the seqs that all have read and whose senders were told so.
    mutating func forgetSettled() {
        for (account, person) in people where person.toldRead > 0 {
            people[account]?.sent.forget(below: min(person.toldRead, person.toldDelivered))
        }
    }
}
