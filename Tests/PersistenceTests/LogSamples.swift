import Accounts
import Conversations
import EventLog
import Events
import Foundation
import Projections
import SwiftProtobuf

/// A folder that goes with the value.
final class TemporaryFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("martlet-persistence-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }
}

/// SplitMix64: the same seed gives the same numbers.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A log in memory: records per partition, as the other services would have written them.
struct SampleLog {
    static let partitions = 2
    private(set) var records: [TopicPartition: [LogRecord]] = [:]
    private var random: SeededRandom
    private var seqs: [ConversationID: UInt64] = [:]
    private var submissionOffsets: [Partition: Int64] = [:]
    private var written: [TopicPartition: [[UInt8]]] = [:]
    private(set) var time: Int64 = 1_000_000
    let accounts: [AccountID]
    private var groups: [ConversationID: SampleGroup] = [:]
    private var posted: [(ConversationID, SubmissionID)] = []

    init(seed: UInt64, accounts count: Int = 6) throws {
        random = SeededRandom(seed: seed)
        accounts = (1...UInt64(count)).map { AccountID(high: 0xACC0, low: $0) }
        for account in accounts {
            try append(
                .accounts,
                key: account,
                PBAccountRecord.with {
                    $0.accountID = Data(account.bytes)
                    $0.serverTimeMs = 1
                    $0.registered = .with { $0.name = "Account" }
                }
            )
            try append(
                .accounts,
                key: account,
                PBAccountRecord.with {
                    $0.accountID = Data(account.bytes)
                    $0.serverTimeMs = 2
                    $0.deviceAdded = .with { $0.deviceID = Data(account.bytes) }
                }
            )
        }
    }

    /// Every record, partition after partition.
    var all: [LogRecord] { records.keys.sorted().flatMap { records[$0] ?? [] } }

    var watermarks: [TopicPartition: LogAdmin.Watermarks] {
        records.mapValues {
            LogAdmin.Watermarks(low: Offset(0), high: Offset(Int64($0.count)))
        }
    }

    mutating func append<Kind>(
        _ topic: Topic,
        key: Identifier<Kind>,
        _ message: some SwiftProtobuf.Message
    ) throws {
        let partition = Partitioner.partition(of: key, count: Self.partitions)
        appendRaw(TopicPartition(topic, partition), key: key.bytes, try message.serializedBytes())
    }

    mutating func appendRaw(_ partition: TopicPartition, key: [UInt8], _ value: [UInt8]?) {
        time += 1
        let offset = Offset(Int64(records[partition]?.count ?? 0))
        records[partition, default: []].append(
            LogRecord(
                topicPartition: partition,
                offset: offset,
                timestamp: Timestamp(milliseconds: time),
                key: key,
                value: value
            )
        )
    }

    /// Something that can happen: a message, a mark, a rename, or a repetition by a router that was killed.
    mutating func step() throws {
        switch UInt64.random(in: 0..<16, using: &random) {
        case 0..<5: try post()
        case 5..<8: try mark()
        case 8: try repeatTail()
        case 9..<13: try actInGroup()
        default: try set()
        }
    }

    /// Somebody changes something about himself.
    private mutating func set() throws {
        guard let account = accounts.randomElement(using: &random) else { return }
        let event = AccountEvent(
            account: account,
            device: DeviceID(high: account.high, low: account.low),
            serverTime: Timestamp(milliseconds: time),
            change: change(of: account)
        )
        let partition = Partitioner.partition(of: account, count: Self.partitions)
        appendRaw(TopicPartition(.accounts, partition), key: account.bytes, event.encoded())
    }

    private mutating func change(of account: AccountID) -> AccountChange {
        let (conversation, message) =
            posted.randomElement(using: &random) ?? (.init(high: 1, low: 1), .init(high: 1, low: 1))
        let isOn = Bool.random(using: &random)
        switch UInt64.random(in: 0..<8, using: &random) {
        case 0: return .registered(name: "Name \(time)")
        case 1: return .deviceAdded(DeviceID(high: account.high, low: random.next() % 4), name: "")
        case 2: return .deviceRemoved(DeviceID(high: account.high, low: random.next() % 4))
        case 3:
            return .preferences(conversation, PreferencesChange(isArchived: isOn))
        case 4: return .star(conversation, message, isStarred: isOn)
        case 5: return .hide(conversation, message)
        case 6: return .privacy(Privacy.Change(readReceipts: isOn))
        default: return .contact(pair().0, isContact: isOn)
        }
    }

    private mutating func pair() -> (AccountID, AccountID) {
        let first = Int.random(in: 0..<accounts.count, using: &random)
        let step = Int.random(in: 1..<accounts.count, using: &random)
        return (accounts[first], accounts[(first + step) % accounts.count])
    }

    private mutating func post() throws {
        let (sender, recipient) = pair()
        let conversation = ConversationID(directBetween: sender, and: recipient)
        let partition = Partitioner.partition(of: conversation, count: Self.partitions)
        let seq = (seqs[conversation] ?? 0) + 1
        seqs[conversation] = seq
        let offset = submissionOffsets[partition] ?? 0
        submissionOffsets[partition] = offset + 1
        let now = time
        let message = PBTimelineEvent.with {
            $0.origin =
                Origin(
                    topicNumber: Topic.submissions.number,
                    partition: partition,
                    offset: Offset(offset)
                ).message
            $0.conversationID = Data(conversation.bytes)
            $0.conversationKind = .direct
            $0.seq = seq
            $0.messageCount = seq
            $0.serverTimeMs = now
            $0.sender = Data(sender.bytes)
            $0.deviceID = Data(sender.bytes)
            $0.submissionID = Data(SubmissionID(high: UInt64(now), low: seq).bytes)
            $0.messagePosted = .with {
                $0.recipient = Data(recipient.bytes)
                $0.content = .with { $0.text = .with { $0.text = "text \(now)" } }
            }
        }
        posted.append((conversation, SubmissionID(high: UInt64(now), low: seq)))
        let bytes: [UInt8] = try message.serializedBytes()
        let place = TopicPartition(.timeline, partition)
        written[place, default: []].append(bytes)
        appendRaw(place, key: conversation.bytes, bytes)
    }

    /// Something in one of three groups, which comes into being by the first.
    private mutating func actInGroup() throws {
        let number = UInt64.random(in: 1...3, using: &random)
        let conversation = ConversationID(high: 0x0123_7000 + number, low: 1 << 63 | number)
        var group = groups[conversation] ?? SampleGroup(id: conversation)
        let partition = Partitioner.partition(of: conversation, count: Self.partitions)
        let offset = submissionOffsets[partition] ?? 0
        submissionOffsets[partition] = offset + 1
        let origin = Origin(
            topicNumber: Topic.submissions.number,
            partition: partition,
            offset: Offset(offset)
        )
        let event = group.next(accounts, origin, Timestamp(milliseconds: time), &random)
        groups[conversation] = group
        seqs[conversation] = event.seq
        let place = TopicPartition(.timeline, partition)
        let bytes = event.encoded()
        written[place, default: []].append(bytes)
        appendRaw(place, key: conversation.bytes, bytes)
    }

    private mutating func mark() throws {
        let (account, other) = pair()
        var conversation = ConversationID(directBetween: account, and: other)
        if let group = groups.keys.sorted().randomElement(using: &random), random.next() % 2 == 0 {
            conversation = group
        }
        let seq = UInt64.random(in: 0...(seqs[conversation] ?? 0), using: &random)
        let isRead = Bool.random(using: &random)
        let isPrivate = Bool.random(using: &random)
        let now = time
        try append(
            .receipts,
            key: conversation,
            PBReceipt.with {
                $0.conversationID = Data(conversation.bytes)
                $0.accountID = Data(account.bytes)
                $0.serverTimeMs = now
                $0.marks = .with {
                    $0.deliveredSeq = seq
                    $0.readSeq = isRead ? seq : 0
                    $0.private = isPrivate
                }
            }
        )
    }

    /// A router that started again from its checkpoint writes its last records once more.
    private mutating func repeatTail() throws {
        for (place, values) in written.sorted(by: { $0.key < $1.key }) {
            for value in values.suffix(Int.random(in: 0...4, using: &random)) {
                appendRaw(place, key: [], value)
            }
        }
    }

    /// All records, in an interleaving that keeps the order within each partition.
    func interleaved(seed: UInt64) -> [LogRecord] {
        var random = SeededRandom(seed: seed)
        var left = records.mapValues { $0[...] }
        var result: [LogRecord] = []
        while let place = left.keys.sorted().randomElement(using: &random) {
            let count = Int.random(in: 1...5, using: &random)
            result += left[place]?.prefix(count) ?? []
            left[place] = left[place]?.dropFirst(count)
            if left[place]?.isEmpty == true { left[place] = nil }
        }
        return result
    }
}

/// Collects dead letters.
final class CollectedOutputs: OutputLog {
    var records: [OutgoingRecord] = []

    func begin(_ records: [OutgoingRecord]) -> (any OutputsInFlight)? {
        self.records += records
        return nil
    }
}
