import Accounts
import Conversations
import EventLog
import Events

/// What an audit knows, folded from records that may come in any pieces, each partition's in order; a value.
///
/// What has found its counterpart is forgotten. What remains are the conversations and what is on its way.
struct AuditFold {
    private let inboxPartitions: Int
    /// Where the log began.
    private let begins: [TopicPartition: Offset]
    private var conversations: [Partition: ConversationAudit] = [:]
    private var expected = ExpectedInbox()
    private var receipts: ReceiptsAudit
    /// How far `accounts` has been read.
    private var accounts: [TopicPartition: Offset] = [:]
    private var isFirst = true
    private var untold: [AuditFinding] = []
    private(set) var outcome = AuditOutcome()

    /// Begins with the oldest records of a log that begins there.
    init(begins: [TopicPartition: Offset], inboxPartitions: Int) {
        self.begins = begins
        self.inboxPartitions = inboxPartitions
        let submissions = begins.filter { $0.key.topic == .submissions }
        receipts = ReceiptsAudit(partitions: max(submissions.count, 1))
        for (partition, begin) in submissions {
            conversations[partition.partition] = ConversationAudit(
                partition.partition,
                inboxPartitions: inboxPartitions,
                oldest: begin
            )
            expected.begin(partition, oldest: begin)
        }
        for (partition, begin) in begins where partition.topic == .accounts {
            expected.begin(partition, oldest: begin)
        }
    }

    /// What was found since the last call.
    mutating func takeFindings() -> [AuditFinding] {
        defer { untold = [] }
        return untold
    }

    /// From now on only those ticks are judged that are in doubt already: on a live system there are always some.
    mutating func closeSuspicions() { receipts.isOpen = false }

    // MARK: Reading

    /// Takes the next records of some partitions of a topic.
    mutating func take(_ records: [LogRecord], of topic: Topic) {
        guard !records.isEmpty else { return }
        outcome.records += records.count
        switch topic {
        case .submissions:
            for record in records {
                conversations[record.topicPartition.partition]?.takeSubmission(record, &expected)
            }
        case .timeline: for record in records { takeTimeline(record) }
        case .accounts: for record in records { takeAccount(record) }
        case .receipts: for record in records { receipts.take(record) }
        default:
            outcome.inboxRecords += records.count
            for record in records { takeInbox(record) }
        }
        noteDecided()
        collect()
    }

    private mutating func takeTimeline(_ record: LogRecord) {
        let partition = record.topicPartition.partition
        if let event = conversations[partition]?.takeTimeline(record, &expected) {
            receipts.take(event)
        }
    }

    private mutating func takeAccount(_ record: LogRecord) {
        outcome.accountRecords += 1
        accounts[record.topicPartition] = record.offset.next
        let partition = record.topicPartition.partition
        // Its devices are told in the same partition; a record that is in another is put aside.
        guard let value = record.value, let event = try? AccountEvent(decoding: value),
            Partitioner.partition(of: event.account, count: inboxPartitions) == partition
        else { return }
        switch event.change {
        case .registered, .unknown: break
        default:
            let origin = record.origin()
            expected.add(InboxCoding.account(value, origin: origin), origin, in: partition)
        }
    }

    private mutating func takeInbox(_ record: LogRecord) {
        let partition = record.topicPartition.partition
        let entry: InboxEntry
        do throws(ProtobufReader.Fault) {
            entry = try InboxEntry(decoding: record.value ?? [])
        } catch {
            return note(.wrong, "inbox/\(partition)@\(record.offset)", error.reason)
        }
        guard case .caused(let origin, let digest) = entry else { return receipts.take(entry) }
        guard [Topic.submissions.number, Topic.accounts.number].contains(origin.topicNumber) else {
            return note(
                .wrong,
                "inbox/\(partition)@\(record.offset)",
                "its origin is in no topic that causes one"
            )
        }
        expected.take(
            origin,
            digest: digest,
            in: partition,
            at: record.offset,
            isWhole: isWhole(partition)
        )
    }

    /// Whether an inbox has everything that ever was in it.
    private func isWhole(_ partition: Partition) -> Bool {
        begins[TopicPartition(.inbox, partition)] ?? Offset(0) == Offset(0)
    }

    private mutating func noteDecided() {
        for (number, audit) in conversations {
            expected.decide(TopicPartition(.submissions, number), before: audit.decided)
        }
        for (partition, position) in accounts { expected.decide(partition, before: position) }
    }

    // MARK: Judging

    /// Everything has been read up to where it ended after the services had committed these offsets: what they are done with is judged.
    mutating func judge(_ cut: ReceiptsAudit.Cut) {
        for (partition, end) in cut.committed where partition.topic == .submissions {
            conversations[partition.partition]?.settle(before: end, &expected)
            outcome.ends[partition.partition] = end
        }
        noteDecided()
        // Of an inbox that does not reach back to the beginning, what came later must be there all the same.
        var unwhole: Set<TopicPartition> = []
        if isFirst { unwhole.formUnion(begins.filter { $0.value > Offset(0) }.keys) }
        expected.settle(
            before: cut.committed.filter { [.submissions, .accounts].contains($0.key.topic) },
            isWhole: { [unwhole] in !unwhole.contains(TopicPartition(.inbox, $0)) }
        )
        let count = inboxPartitions
        let findings = receipts.judge(cut) { [unwhole] account in
            let home = Partitioner.partition(of: account, count: count)
            return !unwhole.contains(TopicPartition(.inbox, home))
        }
        for finding in findings { note(finding) }
        collect()
        isFirst = false
        outcome.submissions = conversations.values.reduce(0) { $0 + $1.submissions }
        outcome.accepted = conversations.values.reduce(0) { $0 + $1.accepted }
        outcome.receipts = receipts.marks
        outcome.suspicions = receipts.suspicions
        outcome.pending = conversations.values.reduce(expected.pending) { $0 + $1.pending }
    }

    private mutating func collect() {
        for number in conversations.keys {
            for finding in conversations[number]?.takeFindings() ?? [] { note(finding) }
        }
        for finding in expected.takeFindings() { note(finding) }
    }

    private mutating func note(_ kind: AuditFinding.Kind, _ place: String, _ detail: String) {
        note(AuditFinding(kind: kind, place: place, detail: detail))
    }

    private mutating func note(_ finding: AuditFinding) {
        outcome.add(finding)
        untold.append(finding)
    }
}
