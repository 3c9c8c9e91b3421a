import Accounts
import Conversations
public import EventLog
public import Events
public import Projections
public import Stores
import SwiftProtobuf

/// Makes batches for a store of records of the log: what `martlet-persistence`, replay and verification share.
///
/// A value: the same records of each partition, in their order, give the same rows, however the partitions interleave.
public struct StoreFold: Sendable {
    /// The topics that a store is a fold of.
    public static let topics: [Topic] = [.timeline, .receipts, .accounts]

    /// What came since the last `take`.
    public private(set) var batch = StoreBatch()
    /// Of the records that came since the last `take`.
    public private(set) var bytes = 0
    /// Timeline records dropped as repetitions.
    public private(set) var repetitions = 0
    private var filters: [TopicPartition: OriginFilter]

    /// A fold that goes on from a state; by default from the beginning.
    public init(_ state: StoreState = StoreState()) {
        filters = state.filters
    }

    /// Takes a partition on, with what was had of it.
    public mutating func open(_ partition: TopicPartition, filter: OriginFilter?) {
        filters[partition] = filter
    }

    /// Forgets a partition.
    public mutating func close(_ partition: TopicPartition) {
        filters[partition] = nil
    }

    /// Folds one record in.
    ///
    /// - Throws: `PoisonRecord` if it can't be; then only the position has moved.
    public mutating func apply(_ record: LogRecord) throws(PoisonRecord) {
        batch.positions[record.topicPartition] = record.offset.next
        bytes += record.value?.count ?? 0
        switch record.topicPartition.topic {
        case .timeline: try applyTimeline(record)
        case .receipts: try applyReceipt(record)
        case .accounts: try applyAccount(record)
        default: throw PoisonRecord(code: "unexpected_topic", detail: "not a topic of the store")
        }
    }

    /// What came since the last time, to be written in one transaction; the fold starts a new batch.
    public mutating func take() -> StoreBatch {
        for partition in batch.positions.keys where partition.topic == .timeline {
            batch.filters[partition] = filters[partition]
        }
        defer {
            batch = StoreBatch()
            bytes = 0
        }
        return batch
    }

    private mutating func applyTimeline(_ record: LogRecord) throws(PoisonRecord) {
        // The filter remembers last: a poisoned record leaves no trace.
        let event = try record.event()
        guard filters[record.topicPartition, default: OriginFilter()].admit(event.origin) else {
            repetitions += 1
            return
        }
        batch.events.append(event)
    }

    private mutating func applyReceipt(_ record: LogRecord) throws(PoisonRecord) {
        let message = try record.decoded(as: PBReceipt.self)
        let conversation = try ConversationID(message.conversationID, of: "conversation_id")
        let account = try AccountID(message.accountID, of: "account_id")
        guard case .marks(let marks) = message.receipt else { throw .unsupported }
        let time = Timestamp(milliseconds: message.serverTimeMs)
        let read = marks.private ? ReceiptMark.Kind.privateRead : .read
        for (kind, seq) in [(.delivered, marks.deliveredSeq), (read, marks.readSeq)] where seq > 0 {
            batch.receipts.append(
                ReceiptMark(
                    conversation: conversation,
                    account: account,
                    kind: kind,
                    seq: Int64(clamping: seq),
                    time: time
                )
            )
        }
    }

    private mutating func applyAccount(_ record: LogRecord) throws(PoisonRecord) {
        let message = try record.decoded(as: PBAccountRecord.self)
        let event: AccountEvent
        do throws(AccountEvent.Malformed) {
            event = try AccountEvent(message)
        } catch {
            // What could be decoded can be wrong in its ids alone.
            throw PoisonRecord(code: "invalid_id", detail: error.reason)
        }
        guard event.change != .unknown else { throw .unsupported }
        batch.accounts.append(event)
    }
}

extension PoisonRecord {
    /// Written by a version that knows more.
    fileprivate static var unsupported: Self {
        PoisonRecord(code: "unsupported", detail: "a kind of record that this version doesn't know")
    }

    /// A record without a value.
    fileprivate static var tombstone: Self {
        PoisonRecord(code: "tombstone", detail: "a record without a value")
    }
}

extension LogRecord {
    fileprivate func event() throws(PoisonRecord) -> TimelineEvent {
        guard let value else { throw .tombstone }
        let event: TimelineEvent
        do throws(ProtobufReader.Fault) {
            event = try TimelineEvent(decoding: value[...])
        } catch {
            throw PoisonRecord(code: "undecodable", detail: error.reason)
        }
        guard event.body != .unknown else { throw .unsupported }
        guard Int64(exactly: event.seq) != nil, event.messageCount <= event.seq,
            event.messageSeq <= event.seq
        else {
            throw PoisonRecord(code: "invalid_seq", detail: "a seq or message_count out of range")
        }
        return event
    }

    fileprivate func decoded<Value: SwiftProtobuf.Message>(
        as type: Value.Type
    )
        throws(PoisonRecord) -> Value
    {
        guard let value else { throw .tombstone }
        do {
            return try Value(serializedBytes: value)
        } catch {
            throw PoisonRecord(code: "undecodable", detail: "not a \(Value.protoMessageName)")
        }
    }
}

extension Identifier {
    fileprivate init(_ bytes: some Collection<UInt8>, of field: StaticString) throws(PoisonRecord) {
        guard let id = Self(bytes: bytes) else {
            throw PoisonRecord(code: "invalid_id", detail: "\(field) is not 16 bytes")
        }
        self = id
    }
}
