import Conversations
import EventLog
import Events
import Logging

/// What push asks of the log besides records; the seam that tests stand in for.
protocol PushLog {
    /// The oldest offset kept and the one after the newest. Blocks, but not for long.
    func ends(of partition: TopicPartition) throws -> LogAdmin.Watermarks
    /// Who of an inbox partition is and was in which group, as `memberships` says now. Blocks.
    func memberships(of partition: Partition) throws -> [GroupMembers.Change]
}

/// Asks the broker.
struct BrokerPushLog: PushLog {
    let log: EventLogConfiguration
    let producer: EventProducer
    let admin: LogAdmin
    let logger: Logger

    func ends(of partition: TopicPartition) throws -> LogAdmin.Watermarks {
        try admin.watermarks(of: partition, timeout: .seconds(1))
    }

    func memberships(of partition: Partition) throws -> [GroupMembers.Change] {
        // A topic that is not there would be waited for, without end.
        _ = try producer.partitionCount(of: .memberships)
        // All of them, not only the newest of each key: a router that has lost the partition and does not know it yet may write what held
        // before, and stays never undo one another.
        var changes: [GroupMembers.Change] = []
        try LogReader.readToEnd(
            log,
            start: [TopicPartition(.memberships, partition): .beginning],
            logger: logger
        ) { records in
            for record in records {
                do {
                    changes += try GroupMembers.Change.changes(of: record)
                } catch {
                    logger.error("memberships/\(partition) has no membership at \(record.offset)")
                }
            }
        }
        return changes
    }
}

extension GroupMembers.Change {
    /// All comings and goings that a record of `memberships` tells of; none of a tombstone, or if it is not about a group.
    static func changes(of record: LogRecord) throws(ProtobufReader.Fault) -> [Self] {
        guard let value = record.value else { return [] }
        var account: AccountID?
        var conversation: ConversationID?
        var kind: ConversationKind?
        var stays: [(from: UInt64, until: UInt64)] = []
        var reader = ProtobufReader(value[...])
        while let tag = try reader.next() {
            switch tag.field {
            case 2: account = try reader.identifier(tag)
            case 3: conversation = try reader.identifier(tag)
            case 4: kind = ConversationKind(rawValue: Int(clamping: try reader.varint(tag)))
            case 6: stays.append(try stay(try reader.slice(tag)))
            default: try reader.skip(tag)
            }
        }
        guard let account, let conversation, kind == .group else { return [] }
        func change(_ seq: UInt64, left: Timestamp?) -> Self {
            Self(conversation: conversation, account: account, seq: seq, left: left)
        }
        return stays.flatMap { from, until in
            [change(from, left: nil)]
                + (until == 0 ? [] : [change(until, left: record.timestamp)])
        }
    }

    private static func stay(
        _ bytes: ArraySlice<UInt8>
    ) throws(ProtobufReader.Fault) -> (from: UInt64, until: UInt64) {
        var reader = ProtobufReader(bytes)
        var stay: (from: UInt64, until: UInt64) = (0, 0)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: stay.from = try reader.varint(tag)
            case 2: stay.until = try reader.varint(tag)
            default: try reader.skip(tag)
            }
        }
        return stay
    }
}
