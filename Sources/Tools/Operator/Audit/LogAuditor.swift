import Conversations
import EventLog
import Events
import Logging

/// Reads submissions, timeline and inbox, and works out whether they agree.
///
/// It looks at what the router has said to be done with (its group's offsets, which come after its effects), so a system that works
/// on meanwhile gives no false alarm.
struct LogAuditor: Sendable {
    let configuration: EventLogConfiguration

    /// What was found.
    struct Outcome: Sendable {
        var submissions = 0
        var accepted = 0
        var inboxRecords = 0
        var findings: [AuditFinding] = []
        /// Submissions from here on were not looked at.
        var ends: [Partition: Offset] = [:]

        func count(_ kind: AuditFinding.Kind) -> Int { findings.count { $0.kind == kind } }
    }

    /// Looks at everything.
    ///
    /// Blocks. `progress` is called with how many records were read.
    func audit(progress: (Int) -> Void) throws -> Outcome {
        let admin = try LogAdmin(configuration, logger: Self.logger)
        defer { admin.close() }
        let counts = try admin.topics()
        guard let partitions = counts[Topic.submissions.name],
            let inboxPartitions = counts[Topic.inbox.name]
        else {
            throw LogExtent.Refusal(
                description: "the log has no topics of ours: `martlet topics apply` makes them"
            )
        }
        var outcome = Outcome()
        outcome.ends = try routed(partitions, admin)
        var expected = ExpectedInbox()
        var read = 0
        func note(_ count: Int) {
            read += count
            progress(read)
        }
        // What follows is read after its causes: then it is there.
        for partition in outcome.ends.keys.sorted() {
            expected.merge(try audit(partition, inboxPartitions, admin, &outcome, note))
        }
        var complete: Set<Partition> = []
        for number in 0..<Int32(inboxPartitions) {
            let partition = TopicPartition(.inbox, Partition(number))
            if try admin.watermarks(of: partition).low == Offset(0) {
                complete.insert(partition.partition)
            }
            try readToEnd(partition) { records in
                outcome.inboxRecords += records.count
                for record in records {
                    let finding = expected.take(record, before: outcome.ends)
                    if let finding { outcome.findings.append(finding) }
                }
                note(records.count)
            }
        }
        outcome.findings += expected.missing { complete.contains($0) }
        return outcome
    }

    /// Up to where the router is done with each partition.
    private func routed(_ partitions: Int, _ admin: LogAdmin) throws -> [Partition: Offset] {
        let all = (0..<Int32(partitions)).map { TopicPartition(.submissions, Partition($0)) }
        let committed = try admin.committed(group: "router", partitions: all)
        return Dictionary(uniqueKeysWithValues: committed.map { ($0.key.partition, $0.value) })
    }

    private func audit(
        _ partition: Partition,
        _ inboxPartitions: Int,
        _ admin: LogAdmin,
        _ outcome: inout Outcome,
        _ note: (Int) -> Void
    ) throws -> ExpectedInbox {
        let submissions = TopicPartition(.submissions, partition)
        let end = outcome.ends[partition] ?? Offset(0)
        var audit = ConversationAudit(
            partition,
            inboxPartitions: inboxPartitions,
            oldest: try admin.watermarks(of: submissions).low
        )
        try readToEnd(TopicPartition(.timeline, partition)) { records in
            for record in records { audit.takeTimeline(record) }
            note(records.count)
        }
        try readToEnd(submissions) { records in
            for record in records where record.offset < end { audit.takeSubmission(record) }
            note(records.count)
        }
        audit.finish(before: end)
        outcome.submissions += audit.submissions
        outcome.accepted += audit.accepted
        outcome.findings += audit.findings
        return audit.expected
    }

    private static let logger = Logger(label: "martlet.audit") { _ in SwiftLogNoOpLogHandler() }

    private func readToEnd(
        _ partition: TopicPartition,
        _ body: ([LogRecord]) throws -> Void
    ) throws {
        try LogReader.readToEnd(
            configuration,
            start: [partition: .beginning],
            logger: Self.logger,
            body: body
        )
    }
}
