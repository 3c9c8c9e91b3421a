import Events
import Foundation
import Stores
import SwiftProtobuf

/// Somebody in a story.
struct Speaker: Sendable, Hashable {
    let account: AccountID
    let device: DeviceID

    init(_ number: UInt64) {
        account = AccountID(high: number, low: number)
        device = DeviceID(high: number, low: number + 100)
    }

    static let ada = Speaker(0xADA)
    static let bob = Speaker(0xB0B)
    static let cleo = Speaker(0xC1E0)

    func conversation(with other: Speaker) -> ConversationID {
        ConversationID(directBetween: account, and: other.account)
    }
}

/// What persistence would have made of a log: conversations, numbered as the router numbers them.
struct Story {
    private(set) var batch = StoreBatch()
    private var seqs: [ConversationID: Int64] = [:]
    private var count: Int64 = 0
    /// The time of the next event; each takes a second.
    var time = Timestamp(milliseconds: 1_767_225_600_000)

    @discardableResult
    mutating func post(
        _ text: String,
        from sender: Speaker,
        to recipient: Speaker,
        clientTime: Timestamp? = nil
    ) throws -> StoredEvent {
        let content = PBContent.with { $0.text.text = text }
        return try post(
            bytes: content.serializedBytes(),
            from: sender,
            to: recipient,
            clientTime: clientTime
        )
    }

    @discardableResult
    mutating func post(
        bytes: [UInt8],
        from sender: Speaker,
        to recipient: Speaker,
        clientTime: Timestamp? = nil
    ) -> StoredEvent {
        count += 1
        let conversation = sender.conversation(with: recipient)
        let seq = (seqs[conversation] ?? 0) + 1
        seqs[conversation] = seq
        let event = StoredEvent(
            conversation: conversation,
            conversationKind: .direct,
            seq: seq,
            messageCount: seq,
            messageID: SubmissionID(high: 0x7000, low: UInt64(count)),
            kind: .message,
            sender: sender.account,
            device: sender.device,
            recipient: recipient.account,
            serverTime: time,
            clientTime: clientTime,
            content: bytes,
            origin: Origin(
                topicNumber: Topic.submissions.number,
                partition: Partition(0),
                offset: Offset(count)
            )
        )
        batch.events.append(event)
        batch.positions[TopicPartition(.timeline, Partition(0))] = Offset(count)
        time = time + .seconds(1)
        return event
    }

    mutating func mark(
        _ kind: ReceiptMark.Kind,
        _ seq: Int64,
        by reader: Speaker,
        with other: Speaker
    ) {
        count += 1
        batch.receipts.append(
            ReceiptMark(
                conversation: reader.conversation(with: other),
                account: reader.account,
                kind: kind,
                seq: seq,
                time: time
            )
        )
        batch.positions[TopicPartition(.receipts, Partition(0))] = Offset(count)
        time = time + .seconds(1)
    }

    mutating func register(_ speaker: Speaker, name: String) {
        count += 1
        batch.accounts.append(.registered(speaker.account, name: name, time: time))
        batch.positions[TopicPartition(.accounts, Partition(0))] = Offset(count)
        time = time + .seconds(1)
    }

    /// What was told since the last time.
    mutating func take() -> StoreBatch {
        defer { batch = StoreBatch() }
        return batch
    }
}
