import Accounts
import Conversations
import EventLog
import Events

/// A record as the services write it, of a topic that stores are built from.
enum SyntheticRecord: Sendable, Equatable {
    /// Of `accounts`.
    case account(AccountEvent)
    /// Of `timeline`.
    case event(TimelineEvent)
    /// Of `receipts`.
    case marks(SyntheticMarks)

    /// Where it belongs.
    func place(_ partitions: PartitionCounts) -> TopicPartition {
        switch self {
        case .account(let event):
            TopicPartition(
                .accounts,
                Partitioner.partition(of: event.account, count: partitions.account)
            )
        case .event(let event):
            TopicPartition(.timeline, partitions.partition(of: event.conversation))
        case .marks(let marks):
            TopicPartition(.receipts, partitions.partition(of: marks.conversation))
        }
    }

    /// As it is appended to the log.
    func outgoing(_ partitions: PartitionCounts) -> OutgoingRecord {
        let place = place(partitions)
        let (key, value) =
            switch self {
            case .account(let event): (event.account.bytes, event.encoded())
            case .event(let event): (event.conversation.bytes, event.encoded())
            case .marks(let marks): (marks.conversation.bytes, marks.encoded())
            }
        return OutgoingRecord(
            topic: place.topic,
            partition: place.partition,
            key: key,
            value: value
        )
    }
}

/// How many partitions the topics have, by what they are keyed by.
struct PartitionCounts: Sendable, Equatable {
    /// Of `timeline` and `receipts`.
    var conversation: Int
    /// Of `accounts`.
    var account: Int

    /// Where a conversation's records are.
    func partition(of conversation: ConversationID) -> Partition {
        Partitioner.partition(of: conversation, count: self.conversation)
    }
}

/// What a device has of a conversation, and what its person has read.
struct SyntheticMarks: Sendable, Equatable {
    var conversation: ConversationID
    var account: AccountID
    var device: DeviceID
    var time: Timestamp
    var deliveredSeq: UInt64
    /// 0: nothing.
    var readSeq: UInt64

    /// The value for `receipts`; the same bytes as the generated encoder's.
    func encoded() -> [UInt8] {
        var writer = ProtobufWriter(capacity: 96)
        writer.identifier(1, conversation)
        writer.identifier(2, account)
        writer.identifier(3, device)
        writer.int64(4, time.milliseconds)
        writer.header(
            16,
            count: ProtobufSize.varint(1, deliveredSeq) + ProtobufSize.varint(2, readSeq)
        )
        writer.varint(1, deliveredSeq)
        writer.varint(2, readSeq)
        return writer.bytes
    }
}
