import Events
import Foundation
import Stores
import SwiftProtobuf

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

/// Makes the events of a conversation, numbered as the router would.
struct Script {
    private(set) var batch = StoreBatch()
    private var seqs: [ConversationID: Int64] = [:]
    private var count: Int64 = 0

    @discardableResult
    mutating func post(
        _ text: String,
        from sender: AccountID,
        to recipient: AccountID
    )
        throws -> StoredEvent
    {
        count += 1
        let conversation = ConversationID(directBetween: sender, and: recipient)
        let seq = (seqs[conversation] ?? 0) + 1
        seqs[conversation] = seq
        let content = PBContent.with { $0.text = .with { $0.text = text } }
        let event = StoredEvent(
            conversation: conversation,
            conversationKind: .direct,
            seq: seq,
            messageCount: seq,
            messageID: SubmissionID(high: 0x7000, low: UInt64(count)),
            kind: .message,
            sender: sender,
            device: device(of: sender),
            recipient: recipient,
            serverTime: Timestamp(milliseconds: 1000 + count),
            clientTime: count.isMultiple(of: 2) ? nil : Timestamp(milliseconds: count),
            content: try content.serializedBytes(),
            origin: Origin(
                topicNumber: Topic.submissions.number,
                partition: Partition(0),
                offset: Offset(count)
            )
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
        batch.receipts.append(
            ReceiptMark(
                conversation: ConversationID(directBetween: account, and: other),
                account: account,
                kind: kind,
                seq: seq,
                time: Timestamp(milliseconds: time)
            )
        )
        batch.positions[TopicPartition(.receipts, Partition(0))] = Offset(time)
    }

    mutating func register(_ account: AccountID, name: String, at time: Int64) {
        batch.accounts.append(
            .registered(account, name: name, time: Timestamp(milliseconds: time))
        )
        batch.accounts.append(
            .deviceAdded(
                account,
                device(of: account),
                name: "",
                time: Timestamp(milliseconds: time)
            )
        )
        batch.positions[TopicPartition(.accounts, Partition(0))] = Offset(time)
    }

    /// What was written so far; the next batch goes on from there.
    mutating func take() -> StoreBatch {
        defer { batch = StoreBatch() }
        return batch
    }
}
