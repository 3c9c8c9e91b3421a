import EventLog
import Events
import Logging
import SwiftProtobuf
import TestKit

/// What `memberships` says in the end: all that a delivery without an index has where the inbox does not reach back.
enum MembershipTopic {
    /// The stays in the last record of each key, which is the one that compaction leaves.
    static func read(brokers: String) async throws -> GroupLedger.Memberships {
        let log = EventLogConfiguration(brokers: brokers, clientID: "memberships")
        var logger = Logger(label: "memberships")
        logger.logLevel = .error
        return try await LogReader.onThread("memberships") { [logger] in
            let admin = try LogAdmin(log, logger: logger)
            defer { admin.close() }
            let count = try admin.topics()[Topic.memberships.name] ?? 0
            let partitions = (0..<Int32(count)).map { TopicPartition(.memberships, Partition($0)) }
            var stays = GroupLedger.Memberships()
            try LogReader.readToEnd(
                log,
                start: Dictionary(uniqueKeysWithValues: partitions.map { ($0, .beginning) }),
                logger: logger
            ) { records in
                for record in records { try fold(record, into: &stays) }
            }
            return stays
        }
    }

    private static func fold(
        _ record: LogRecord,
        into stays: inout GroupLedger.Memberships
    ) throws {
        guard let value = record.value else { return }
        let membership = try PBMembershipRecord(serializedBytes: value)
        guard let account = AccountID(bytes: membership.accountID),
            let conversation = ConversationID(bytes: membership.conversationID)
        else { return }
        stays[conversation, default: [:]][account] = membership.visible.map { range in
            range.fromSeq...(range.untilSeq == 0 ? UInt64.max : range.untilSeq)
        }
    }
}
