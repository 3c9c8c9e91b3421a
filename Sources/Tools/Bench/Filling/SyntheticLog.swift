import Accounts
import Conversations
import Events
import Foundation

/// Makes up the records of an installation in which people have been talking for a while.
///
/// A value: the same plan gives the same records. What happens is decided by the router's own `Conversation`, so events are numbered and shaped as
/// the router's. All conversations go on side by side, some of them much faster than others; a few messages are edited, taken back, reacted to.
struct SyntheticLog: Sendable {
    /// Which share of the messages an edit, a deletion, a reaction follows.
    private static let shares = (edit: 0.02, deletion: 0.005, reaction: 0.05)
    /// How unequal conversations are: of 2,500 the first has a twentieth of all messages, the middle one about 170 of a million.
    private static let conversationExponent = 0.8
    /// How unequal accounts are in how many conversations they have.
    private static let accountExponent = 0.5
    private static let groupMembersMax = 200
    private static let emoji = ["👍", "❤️", "😂", "😮", "🙏"]

    let plan: FillPlan
    let vocabulary = Vocabulary()
    private(set) var accounts: [Identity] = []
    private(set) var conversations: [SyntheticConversation] = []
    private let partitions: PartitionCounts
    private var random: SeededRandom
    private let conversationChoice: WeightedChoice
    /// The offset that the next submission has, by partition.
    private var offsets: [Int64]
    private var accountsWritten = 0
    private var messagesWritten = 0

    /// An account with its device.
    struct Identity: Sendable {
        var account: AccountID
        var device: DeviceID
    }

    /// A log of a plan that has no fault.
    ///
    /// `firstOffsets`: which offset of `submissions` the first event of a partition comes from.
    init(_ plan: FillPlan, partitions: PartitionCounts, firstOffsets: [Partition: Offset] = [:]) {
        self.plan = plan
        self.partitions = partitions
        random = SeededRandom(seed: plan.seed)
        conversationChoice = WeightedChoice(
            zipf: plan.conversations,
            exponent: Self.conversationExponent
        )
        offsets = (0..<partitions.conversation).map {
            firstOffsets[Partition(Int32($0))]?.number ?? 0
        }
        makeAccounts()
        makeConversations()
    }

    // MARK: Who and where

    private mutating func makeAccounts() {
        accounts.reserveCapacity(plan.accounts)
        for _ in 0..<plan.accounts {
            accounts.append(
                Identity(
                    account: AccountID(high: random.next(), low: random.next()),
                    device: newID(at: plan.start)
                )
            )
        }
    }

    private mutating func makeConversations() {
        let choice = WeightedChoice(zipf: plan.accounts, exponent: Self.accountExponent)
        let groups = Self.groupPlaces(plan)
        var pairs: Set<UInt64> = []
        conversations.reserveCapacity(plan.conversations)
        for place in 0..<plan.conversations {
            let isGroup = groups.contains(place)
            conversations.append(
                SyntheticConversation(
                    kind: isGroup ? .group : .direct,
                    members: isGroup ? groupMembers(choice) : pair(choice, &pairs)
                )
            )
        }
    }

    /// Spread evenly over the ranks, so that there are large and small groups.
    private static func groupPlaces(_ plan: FillPlan) -> Set<Int> {
        Set((0..<plan.groups).map { $0 * plan.conversations / max(1, plan.groups) })
    }

    private mutating func groupMembers(_ choice: WeightedChoice) -> [Int32] {
        let most = min(Self.groupMembersMax, plan.accounts)
        let share = random.share()
        let wanted = 3 + Int(Double(most - 3) * share * share * share)
        var members: [Int32] = []
        var known: Set<Int32> = []
        while members.count < wanted {
            // Where nearly everybody is in it, chance takes long to find the others.
            let isCrowded = wanted * 2 > plan.accounts
            let account = Int32(
                isCrowded ? random.below(plan.accounts) : choice.next(&random)
            )
            if known.insert(account).inserted { members.append(account) }
        }
        return members
    }

    private mutating func pair(_ choice: WeightedChoice, _ pairs: inout Set<UInt64>) -> [Int32] {
        var attempts = 0
        while true {
            attempts += 1
            // Those who know many know each other already.
            let one = attempts < 16 ? choice.next(&random) : random.below(plan.accounts)
            let other = attempts < 16 ? choice.next(&random) : random.below(plan.accounts)
            guard one != other else { continue }
            let key = UInt64(min(one, other)) << 32 | UInt64(max(one, other))
            if pairs.insert(key).inserted { return [Int32(one), Int32(other)] }
        }
    }

    private mutating func newID<Kind>(at time: Timestamp) -> Identifier<Kind> {
        let high = UInt64(bitPattern: time.milliseconds) << 16 | 0x7000 | random.next() & 0xFFF
        return Identifier(high: high, low: 0b10 << 62 | random.next() >> 2)
    }

    // MARK: What happens

    /// Whether there is no more.
    var isComplete: Bool { messagesWritten >= plan.messages }

    /// Messages so far.
    var messages: Int { messagesWritten }

    /// Appends what happens next: an account, or a message with what goes with it.
    mutating func step(_ records: inout [SyntheticRecord]) {
        guard !isComplete else { return }
        if accountsWritten < accounts.count { return register(&records) }
        let place = conversationChoice.next(&random)
        let time = plan.time(ofMessage: messagesWritten)
        begin(place, time, &records)
        post(in: place, time, &records)
        messagesWritten += 1
    }

    private mutating func register(_ records: inout [SyntheticRecord]) {
        let identity = accounts[accountsWritten]
        let name = "\(vocabulary.word(random.below(200))) \(accountsWritten)".capitalized
        accountsWritten += 1
        for change: AccountChange in [
            .registered(name: name), .deviceAdded(identity.device, name: "phone"),
        ] {
            records.append(
                .account(
                    AccountEvent(
                        account: identity.account,
                        device: nil,
                        serverTime: plan.start,
                        change: change
                    )
                )
            )
        }
    }

    /// Makes a conversation that is not there yet.
    private mutating func begin(
        _ place: Int,
        _ time: Timestamp,
        _ records: inout [SyntheticRecord]
    ) {
        guard conversations[place].state == nil else { return }
        let members = conversations[place].members.map { accounts[Int($0)].account }
        guard conversations[place].kind == .group else {
            let id = ConversationID(directBetween: members[0], and: members[1])
            conversations[place].state = Conversation(id: id)
            return
        }
        let id: SubmissionID = newID(at: time)
        conversations[place].state = Conversation(id: ConversationID(high: id.high, low: id.low))
        let create = ConversationAction.create(
            profile: ProfileChange(name: vocabulary.word(random.below(5000)).capitalized),
            settings: ConversationSettings.Change(),
            members: Array(members.dropFirst())
        )
        submit(.act(create), as: id, by: 0, in: place, time, &records)
    }

    private mutating func post(
        in place: Int,
        _ time: Timestamp,
        _ records: inout [SyntheticRecord]
    ) {
        let text = vocabulary.text(&random)
        let count = conversations[place].members.count
        let share = random.share()
        // In a group some say more than others.
        let sender = count == 2 ? random.below(2) : Int(Double(count) * share * share)
        let other = accounts[Int(conversations[place].members[1 - min(sender, 1)])].account
        let isDirect = conversations[place].kind == .direct
        let id: SubmissionID = newID(at: time)
        submit(
            .postMessage(MessagePost(recipient: isDirect ? other : nil, text: text.bytes)),
            as: id,
            by: sender,
            in: place,
            time,
            ranks: text.ranks,
            &records
        )
        react(to: id, by: sender, in: place, time, &records)
        if plan.hasReceipts { mark(sender, in: place, time, &records) }
    }

    /// What is done to messages now and then.
    private mutating func react(
        to message: SubmissionID,
        by sender: Int,
        in place: Int,
        _ time: Timestamp,
        _ records: inout [SyntheticRecord]
    ) {
        if random.share() < Self.shares.edit {
            let content = MessageContent.encodedText(vocabulary.text(&random).bytes)
            act(.editMessage(message, content: content), by: sender, in: place, time, &records)
        }
        if random.share() < Self.shares.reaction, let target = recentMessage(in: place) {
            let emoji = Self.emoji[random.below(Self.emoji.count)]
            let member = random.below(conversations[place].members.count)
            act(.react(target.id, emoji: emoji), by: member, in: place, time, &records)
        }
        if random.share() < Self.shares.deletion, let target = recentMessage(in: place),
            let author = member(target.message.author, of: place)
        {
            act(.deleteMessage(target.id), by: author, in: place, time, &records)
        }
    }

    private mutating func recentMessage(
        in place: Int
    ) -> (id: SubmissionID, message: PostedMessage)? {
        conversations[place].recent.entries.randomElement(using: &random)
    }

    private func member(_ account: AccountID, of place: Int) -> Int? {
        conversations[place].members.firstIndex { accounts[Int($0)].account == account }
    }

    /// Others' devices have it, and most people have read it.
    private mutating func mark(
        _ sender: Int,
        in place: Int,
        _ time: Timestamp,
        _ records: inout [SyntheticRecord]
    ) {
        guard let state = conversations[place].state else { return }
        let count = conversations[place].members.count
        for _ in 0..<min(2, count - 1) {
            let reader = (sender + 1 + random.below(count - 1)) % count
            let identity = accounts[Int(conversations[place].members[reader])]
            records.append(
                .marks(
                    SyntheticMarks(
                        conversation: state.id,
                        account: identity.account,
                        device: identity.device,
                        time: time,
                        deliveredSeq: state.lastSeq,
                        readSeq: random.share() < 0.7 ? state.lastSeq : 0
                    )
                )
            )
        }
    }

    // MARK: Deciding

    private mutating func act(
        _ action: ConversationAction,
        by member: Int,
        in place: Int,
        _ time: Timestamp,
        _ records: inout [SyntheticRecord]
    ) {
        let id: SubmissionID = newID(at: time)
        submit(.act(action), as: id, by: member, in: place, time, &records)
    }

    /// Has the conversation decide; what it refuses takes an offset and is in no timeline.
    private mutating func submit(
        _ request: Submission.Request,
        as id: SubmissionID,
        by member: Int,
        in place: Int,
        _ time: Timestamp,
        ranks: [Int] = [],
        _ records: inout [SyntheticRecord]
    ) {
        guard let state = conversations[place].state else { return }
        let identity = accounts[Int(conversations[place].members[member])]
        let submission = Submission(
            id: id,
            conversation: state.id,
            kind: conversations[place].kind,
            sender: identity.account,
            device: identity.device,
            serverTime: time,
            clientTime: time,
            request: request
        )
        let partition = partitions.partition(of: state.id)
        let origin = Origin(
            topicNumber: Topic.submissions.number,
            partition: partition,
            offset: Offset(offsets[Int(partition.number)])
        )
        offsets[Int(partition.number)] += 1
        // Nothing that is asked here can fail.
        let decision = try? state.decide(
            submission,
            origin: origin,
            accepted: conversations[place].recent
        )
        guard case .accept(let events) = decision else { return }
        for event in events {
            let day = event.serverTime.dayNumber - plan.start.dayNumber
            conversations[place].apply(event, day: day, ranks: ranks)
            records.append(.event(event))
        }
    }
}
