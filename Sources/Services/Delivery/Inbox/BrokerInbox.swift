import Accounts
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

    func memberships(_ partition: Partition) throws -> InboxMemberships {
        var all = InboxMemberships()
        var blocks: [[UInt8]: (at: Offset, changes: [InboxAccounts.Change])] = [:]
        // A router that has lost the partition and does not know it yet may write what held before: stays are folded from all records,
        // which never undo one another, and of blocks the one counts that was decided last.
        try read(.memberships, partition) { record in
            guard let key = record.key, let value = record.value else { return }
            let membership = try PBMembershipRecord(serializedBytes: value)
            let known = InboxMemberships(membership, at: record.timestamp)
            all.members += known.members
            let origin = Offset(membership.origin.offset)
            guard origin >= blocks[key]?.at ?? origin else { return }
            blocks[key] = (origin, known.blocks)
        }
        all.blocks = blocks.values.flatMap(\.changes)
        return all
    }

    func accounts(_ partition: Partition) throws -> InboxAccounts.Snapshot {
        var fold = AccountsFold()
        try read(.accounts, partition) { record in
            fold.since = record.offset.next
            guard let value = record.value else { return }
            fold.apply(try AccountEvent(decoding: value), at: record.offset)
        }
        return fold.snapshot
    }

    /// Reads a partition to its present end; what can't be read is left out.
    private func read(
        _ topic: Topic,
        _ partition: Partition,
        _ body: (LogRecord) throws -> Void
    ) throws {
        // A topic that is not there would be waited for, without end.
        _ = try producer.partitionCount(of: topic)
        try LogReader.readToEnd(
            log,
            start: [TopicPartition(topic, partition): .beginning],
            logger: logger
        ) { records in
            for record in records {
                do {
                    try body(record)
                } catch {
                    logger.error("\(topic)/\(partition) has something else at \(record.offset)")
                }
            }
        }
    }
}

/// Folds `accounts` to what of it matters to delivery.
struct AccountsFold {
    private struct Contact: Hashable {
        let account: AccountID
        let peer: AccountID
    }

    /// Everything below was applied.
    var since = Offset(0)
    private var privacy: [AccountID: Privacy] = [:]
    private var contacts: [Contact: Offset] = [:]

    mutating func apply(_ event: AccountEvent, at offset: Offset) {
        switch event.change {
        case .privacy(let change): privacy[event.account, default: Privacy()].apply(change)
        case .contact(let peer, let isContact):
            contacts[Contact(account: event.account, peer: peer)] = isContact ? offset : nil
        case .registered, .deviceAdded, .deviceRemoved, .preferences, .star, .hide, .unknown:
            return
        }
    }

    /// What holds, as changes of accounts of which nothing is known.
    var snapshot: InboxAccounts.Snapshot {
        var snapshot = InboxAccounts.Snapshot(since: since)
        for (account, privacy) in privacy where privacy != Privacy() {
            let change = Privacy.Change(
                readReceipts: privacy.readReceipts,
                presence: privacy.presence
            )
            snapshot.changes.append(.privacy(account, change, at: since))
        }
        for (contact, offset) in contacts {
            snapshot.changes.append(
                .contact(contact.account, contact.peer, isContact: true, at: offset)
            )
        }
        return snapshot
    }
}

extension InboxMemberships {
    /// All that a record tells of.
    fileprivate init(_ membership: PBMembershipRecord, at time: Timestamp) {
        guard let account = AccountID(bytes: membership.accountID),
            let conversation = ConversationID(bytes: membership.conversationID)
        else { return }
        if let other = AccountID(bytes: membership.blocked) {
            let block = InboxAccounts.Block(
                isBlocked: true,
                at: Offset(membership.origin.offset)
            )
            blocks.append(.block(account, other, block))
        }
        for range in membership.visible {
            members.append(
                InboxIndex.MemberChange(
                    conversation: conversation,
                    account: account,
                    seq: range.fromSeq,
                    left: nil
                )
            )
            guard range.untilSeq != 0 else { continue }
            members.append(
                InboxIndex.MemberChange(
                    conversation: conversation,
                    account: account,
                    seq: range.untilSeq,
                    left: time
                )
            )
        }
    }
}
