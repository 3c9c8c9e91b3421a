import Accounts
import Conversations
import Events
import Foundation
import Stores

/// A folder that goes with the value.
final class TemporaryFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("martlet-stores-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }
}

let ada = AccountID(high: 0xADA, low: 1)
let bob = AccountID(high: 0xB0B, low: 2)
let cleo = AccountID(high: 0xC1E0, low: 3)

func device(of account: AccountID) -> DeviceID {
    DeviceID(high: account.high, low: account.low + 100)
}

let dan = AccountID(high: 0xDA4, low: 4)

extension Viewer {
    /// An account that asks at a moment before anything of a `Script` could disappear.
    init(_ account: AccountID) {
        self.init(account, at: Timestamp(milliseconds: 1000))
    }
}

/// What an account changes about itself.
func setting(_ change: AccountChange, by account: AccountID, at time: Int64) -> AccountEvent {
    AccountEvent(
        account: account,
        device: device(of: account),
        serverTime: Timestamp(milliseconds: time),
        change: change
    )
}

/// The settings of accounts as a batch.
func batch(_ events: [AccountEvent]) -> StoreBatch {
    var batch = StoreBatch()
    batch.accounts = events
    return batch
}

extension PageEvent {
    /// An event that nothing has become of.
    init(_ event: TimelineEvent) {
        self.init(event: event, state: nil)
        if case .messagePosted = event.body { state = MessageState() }
    }
}

extension TimelineEvent {
    /// The seq as the store has it.
    var storedSeq: Int64 { Int64(seq) }
}

/// Makes the events of direct conversations, numbered as the router would.
struct Script {
    private(set) var batch = StoreBatch()
    private var seqs: [ConversationID: UInt64] = [:]
    private var count: Int64 = 0

    @discardableResult
    mutating func post(
        _ text: String,
        from sender: AccountID,
        to recipient: AccountID
    ) -> TimelineEvent {
        count += 1
        let conversation = ConversationID(directBetween: sender, and: recipient)
        let seq = (seqs[conversation] ?? 0) + 1
        seqs[conversation] = seq
        let event = TimelineEvent(
            origin: Origin(
                topicNumber: Topic.submissions.number,
                partition: Partition(0),
                offset: Offset(count)
            ),
            conversation: conversation,
            kind: .direct,
            seq: seq,
            messageCount: seq,
            serverTime: Timestamp(milliseconds: 1000 + count),
            clientTime: Timestamp(milliseconds: count.isMultiple(of: 2) ? 0 : count),
            sender: sender,
            device: device(of: sender),
            submission: SubmissionID(high: 0x7000, low: UInt64(count)),
            body: .messagePosted(MessagePost(recipient: recipient, text: Array(text.utf8)))
        )
        batch.events.append(event)
        batch.positions[TopicPartition(.timeline, Partition(0))] = Offset(count)
        return event
    }

    mutating func mark(
        _ kind: ReceiptMark.Kind,
        _ seq: Int64,
        by account: AccountID,
        with other: AccountID,
        at time: Int64
    ) {
        let conversation = ConversationID(directBetween: account, and: other)
        batch.receipts.append(
            ReceiptMark(
                conversation: conversation,
                account: account,
                kind: kind,
                seq: seq,
                time: Timestamp(milliseconds: time)
            )
        )
        batch.positions[TopicPartition(.receipts, Partition(0))] = Offset(time)
    }

    mutating func register(_ account: AccountID, name: String, at time: Int64) {
        set(.registered(name: name), by: account, at: time)
        set(.deviceAdded(device(of: account), name: ""), by: account, at: time)
    }

    /// An account changes something about itself.
    mutating func set(_ change: AccountChange, by account: AccountID, at time: Int64) {
        batch.accounts.append(setting(change, by: account, at: time))
        batch.positions[TopicPartition(.accounts, Partition(0))] = Offset(time)
    }

    /// What was written so far; the next batch goes on from there.
    mutating func take() -> StoreBatch {
        defer { batch = StoreBatch() }
        return batch
    }
}
