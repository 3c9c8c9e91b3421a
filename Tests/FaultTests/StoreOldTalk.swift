import Conversations
import EventLog
import Events
import Logging
import MartletClient
import TestKit

/// What was said long ago: straight in the timeline, as a router would have numbered it, and in a ledger.
struct StoreOldTalk {
    private static let groups = 4
    private static let eventsPerDay = 6...12
    private static let recentMax = 20
    private static let emoji = ["👍", "❤️", "🎉", ""]

    private struct Talk {
        let id: ConversationID
        let members: [AccountID]
        let isGroup: Bool
        var seq: UInt64 = 0
        var messageCount: UInt64 = 0
        /// Messages of the last days that were not taken back.
        var recent: [(id: SubmissionID, seq: UInt64, author: AccountID)] = []
    }

    private let devices: [AccountID: DeviceID]
    private let partitions: Int
    private let needle: String
    private var talks: [Talk] = []
    private var offsets: [Partition: Int64] = [:]
    private var random: SeededRandom
    /// What was written, as if it had been acknowledged.
    private(set) var ledger = TalkLedger()

    /// Nothing said yet among these accounts: each with each other, and some groups of all.
    init(among people: [Credentials], partitions: Int, needle: String, random: SeededRandom) {
        devices = Dictionary(people.map { ($0.accountID, $0.deviceID) }) { $1 }
        self.partitions = partitions
        self.needle = needle
        self.random = random
        let accounts = people.map(\.accountID)
        for (place, one) in accounts.enumerated() {
            for other in accounts.dropFirst(place + 1) {
                let id = ConversationID(directBetween: one, and: other)
                talks.append(Talk(id: id, members: [one, other], isGroup: false))
            }
        }
        for _ in 0..<Self.groups {
            let id = ConversationID(high: 0x0160_0000_7000 << 16 | 0x7000, low: newLow())
            talks.append(Talk(id: id, members: accounts, isGroup: true))
        }
        for talk in talks { ledger.opens(talk.id, among: Set(talk.members)) }
    }

    /// The last seq of each conversation.
    var lastSeqs: [ConversationID: UInt64] {
        Dictionary(talks.map { ($0.id, $0.seq) }) { $1 }
    }

    /// A day of it, from its first moment on.
    mutating func day(from start: Timestamp) -> [OutgoingRecord] {
        var records: [OutgoingRecord] = []
        for place in talks.indices {
            for number in 0..<Int.random(in: Self.eventsPerDay, using: &random) {
                let time = start + .seconds(Int64(number) * 3600 + Int64(place))
                records.append(step(in: place, at: time))
            }
        }
        return records
    }

    private mutating func newLow() -> UInt64 { 0b10 << 62 | random.next() >> 2 }

    // MARK: One event

    private mutating func step(in place: Int, at time: Timestamp) -> OutgoingRecord {
        let talk = talks[place]
        let high = UInt64(bitPattern: time.milliseconds) << 16 | 0x7000
        let id = SubmissionID(high: high, low: newLow())
        var changes: [TimelineEvent.MemberChange] = []
        var sender = talk.members.randomElement(using: &random) ?? talk.members[0]
        var messageSeq: UInt64 = 0
        let request: TalkLedger.Request
        if talk.isGroup, talk.seq == 0 {
            sender = talk.members[0]
            request = .create(Array(talk.members.dropFirst()))
            changes = talk.members.map { .init($0, $0 == sender ? .owner : .member) }
        } else {
            let (next, message) = nextRequest(in: talk)
            request = next
            messageSeq = message?.seq ?? 0
            if let author = message?.author { sender = author }
        }
        ledger.sending(id, request, by: sender, in: talk.id)
        ledger.settled(id, .acknowledged(talk.id))
        talks[place].seq += 1
        note(request, id, sender, in: place)
        return record(request, id, sender, talks[place], time, messageSeq, changes)
    }

    /// What is asked for; an author in the answer is who must ask.
    private mutating func nextRequest(
        in talk: Talk
    ) -> (TalkLedger.Request, (seq: UInt64, author: AccountID?)?) {
        let text = "\(needle) \(random.next())"
        let chance = Int.random(in: 0..<100, using: &random)
        guard chance < 30, let message = talk.recent.randomElement(using: &random) else {
            let other = OutgoingMessage.Recipient.conversation(talk.id)
            return (.post(text, to: other), nil)
        }
        switch chance {
        case ..<13: return (.edit(message.id, text), (message.seq, message.author))
        case ..<18: return (.delete(message.id), (message.seq, message.author))
        default:
            let emoji = Self.emoji.randomElement(using: &random) ?? ""
            return (.react(message.id, emoji), (message.seq, nil))
        }
    }

    private mutating func note(
        _ request: TalkLedger.Request,
        _ id: SubmissionID,
        _ sender: AccountID,
        in place: Int
    ) {
        switch request {
        case .post:
            talks[place].messageCount += 1
            let recent = talks[place].recent.suffix(Self.recentMax - 1)
            talks[place].recent = recent + [(id, talks[place].seq, sender)]
        case .delete(let message): talks[place].recent.removeAll { $0.id == message }
        case .create, .edit, .react: break
        }
    }

    private mutating func record(
        _ request: TalkLedger.Request,
        _ id: SubmissionID,
        _ sender: AccountID,
        _ talk: Talk,
        _ time: Timestamp,
        _ messageSeq: UInt64,
        _ changes: [TimelineEvent.MemberChange]
    ) -> OutgoingRecord {
        let partition = Partitioner.partition(of: talk.id, count: partitions)
        let offset = offsets[partition] ?? 0
        offsets[partition] = offset + 1
        let event = TimelineEvent(
            origin: Origin(
                topicNumber: Topic.submissions.number,
                partition: partition,
                offset: Offset(offset)
            ),
            conversation: talk.id,
            kind: talk.isGroup ? .group : .direct,
            seq: talk.seq,
            messageCount: talk.messageCount,
            serverTime: time,
            clientTime: time,
            sender: sender,
            device: devices[sender] ?? DeviceID(high: 1, low: 1),
            submission: id,
            body: Self.body(request, recipient: talk.members.first { $0 != sender }, talk.isGroup),
            memberChanges: changes,
            messageSeq: messageSeq
        )
        return OutgoingRecord(
            topic: .timeline,
            partition: partition,
            key: talk.id.bytes,
            value: event.encoded()
        )
    }

    private static func body(
        _ request: TalkLedger.Request,
        recipient: AccountID?,
        _ isGroup: Bool
    ) -> TimelineEvent.Body {
        switch request {
        case .create(let members):
            let name = ProfileChange(name: "Old")
            return .acted(.create(profile: name, settings: .init(), members: members))
        case .post(let text, _):
            return .messagePosted(
                MessagePost(recipient: isGroup ? nil : recipient, text: text.utf8)
            )
        case .edit(let message, let text):
            let content = MessageContent.encodedText(text.utf8)
            return .acted(.editMessage(message, content: content))
        case .delete(let message): return .acted(.deleteMessage(message))
        case .react(let message, let emoji): return .acted(.react(message, emoji: emoji))
        }
    }
}
