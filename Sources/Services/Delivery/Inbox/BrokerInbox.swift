import EventLog
import Events
import Logging
import SwiftProtobuf

/// Asks the log through the producer, the administrator and the epoch watch.
struct BrokerInbox: InboxLog {
    let log: EventLogConfiguration
    let producer: EventProducer
    let admin: LogAdmin
    let epochs: EpochWatch
    let logger: Logger

    func partitionCount() throws -> Int { try producer.partitionCount(of: .inbox) }

    func watermarks(_ partition: Partition) throws -> (low: Offset, high: Offset) {
        let marks = try admin.watermarks(of: TopicPartition(.inbox, partition))
        return (marks.low, marks.high)
    }

    func epoch() throws -> UInt64 { try epochs.epoch() }

    func memberships(_ partition: Partition) throws -> [InboxIndex.MemberChange] {
        // A topic that is not there would be waited for, without end.
        _ = try producer.partitionCount(of: .memberships)
        var newest: [[UInt8]: [InboxIndex.MemberChange]] = [:]
        try LogReader.readToEnd(
            log,
            start: [TopicPartition(.memberships, partition): .beginning],
            logger: logger
        ) { records in
            for record in records {
                guard let key = record.key else { continue }
                do {
                    newest[key] = try InboxIndex.MemberChange.changes(of: record)
                } catch {
                    logger.error("memberships/\(partition) has no membership at \(record.offset)")
                }
            }
        }
        return newest.values.flatMap(\.self)
    }
}

extension InboxIndex.MemberChange {
    /// All comings and goings that a record of `memberships` tells of; none of a tombstone.
    static func changes(of record: LogRecord) throws -> [Self] {
        guard let value = record.value else { return [] }
        let membership = try PBMembershipRecord(serializedBytes: value)
        guard let account = AccountID(bytes: membership.accountID),
            let conversation = ConversationID(bytes: membership.conversationID)
        else { return [] }
        return membership.visible.flatMap { range in
            [
                Self(conversation: conversation, account: account, seq: range.fromSeq, left: nil),
                range.untilSeq == 0
                    ? nil
                    : Self(
                        conversation: conversation,
                        account: account,
                        seq: range.untilSeq,
                        left: record.timestamp
                    ),
            ].compactMap { $0 }
        }
    }
}
