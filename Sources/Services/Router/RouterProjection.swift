import Conversations
import EventLog
import Events
import GRDB
import Logging
import Projections

/// Decides on submissions in log order and tells `timeline` and `inbox` what was accepted.
///
/// `@unchecked Sendable`: everything mutable is touched only by the runner's one thread.
final class RouterProjection: Projection, @unchecked Sendable {
    let name = "router"
    let topics: [Topic] = [.submissions]
    /// A seq given twice would be worse than a long start.
    let missingInput = MissingInput.rebuild
    let migrations = [
        Migration(
            "router-1",
            sql: """
                CREATE TABLE conversations (
                    partition INTEGER NOT NULL,
                    id BLOB NOT NULL,
                    kind INTEGER NOT NULL,
                    first BLOB NOT NULL,
                    second BLOB NOT NULL,
                    last_seq INTEGER NOT NULL,
                    message_count INTEGER NOT NULL,
                    last_server_time INTEGER NOT NULL,
                    PRIMARY KEY (partition, id)
                ) WITHOUT ROWID;
                CREATE TABLE accepted (
                    partition INTEGER NOT NULL,
                    key BLOB NOT NULL,
                    PRIMARY KEY (partition, key)
                ) WITHOUT ROWID;
                """
        ),
        // Everything is in the timeline: it is folded anew.
        Migration(
            "router-2",
            sql: """
                DROP TABLE conversations;
                DROP TABLE accepted;
                DELETE FROM positions;
                CREATE TABLE conversations (
                    partition INTEGER NOT NULL,
                    id BLOB NOT NULL,
                    state BLOB NOT NULL,
                    PRIMARY KEY (partition, id)
                ) WITHOUT ROWID;
                CREATE TABLE members (
                    partition INTEGER NOT NULL,
                    conversation BLOB NOT NULL,
                    account BLOB NOT NULL,
                    state BLOB NOT NULL,
                    PRIMARY KEY (partition, conversation, account)
                ) WITHOUT ROWID;
                CREATE TABLE accepted (
                    partition INTEGER NOT NULL,
                    key BLOB NOT NULL,
                    message BLOB,
                    PRIMARY KEY (partition, key)
                ) WITHOUT ROWID;
                CREATE INDEX accepted_actions ON accepted (partition, key) WHERE message IS NULL;
                """
        ),
    ]

    private let history: any RouterHistory
    private let window: Int
    private let logger: Logger
    private var metrics = RouterMetrics()
    private var partitions: [Partition: RouterPartition] = [:]
    private var inboxPartitions = 0

    /// Makes a router; `window` is at least how many submissions there may be whose outputs are under way.
    init(history: any RouterHistory, window: Int, logger: Logger) {
        self.history = history
        self.window = window
        self.logger = logger
    }

    // MARK: Partitions

    func open(
        _ partition: Partition,
        _ database: any DatabaseReader,
        isFresh: Bool
    ) throws
        -> [Topic: StartPosition]
    {
        let counts = try history.partitionCounts()
        guard counts.submissions == counts.timeline else {
            throw ProjectionError(
                .partitionCounts,
                "submissions has \(counts.submissions) partitions, timeline \(counts.timeline)"
            )
        }
        inboxPartitions = counts.inbox
        let state = try RouterPartition(
            partition,
            of: counts.submissions,
            database,
            isFresh: isFresh
        )
        partitions[partition] = state
        guard isFresh else { return [:] }
        return [.submissions: .offset(try fold(partition, into: state))]
    }

    private func fold(_ partition: Partition, into state: RouterPartition) throws -> Offset {
        var fold = TimelineFold(
            window: window,
            oldest: try history.oldestSubmission(in: partition)
        )
        var count = 0
        try history.readTimeline(partition) { records in
            for record in records {
                guard let event = try? TimelineEvent(decoding: record.value?[...] ?? []) else {
                    logger.error("timeline/\(partition) has no event at \(record.offset)")
                    continue
                }
                try fold.add(.init(event: event, logTime: record.timestamp)) { entry in
                    count += try self.fold(entry, into: state) ? 1 : 0
                }
            }
        }
        logger.notice(
            "no checkpoint: folded the timeline",
            metadata: [
                "partition": "\(partition)", "events": "\(count)", "start": "\(fold.start)",
            ]
        )
        return fold.start
    }

    private func fold(_ entry: TimelineFold.Entry, into state: RouterPartition) throws -> Bool {
        do {
            let conversation = try state.conversation(entry.event.conversation)
            try state.apply(entry.event, to: conversation, logTime: entry.logTime)
            return true
        } catch let poison as PoisonRecord {
            logger.error("an event of the timeline was ignored: \(poison)")
            return false
        }
    }

    func close(_ partition: Partition) {
        partitions[partition] = nil
    }

    // MARK: Submissions

    func apply(_ record: LogRecord, _ outputs: inout Outputs) throws {
        let partition = record.topicPartition.partition
        guard let state = partitions[partition] else { return }
        let submission: Submission
        do throws(ProtobufReader.Fault) {
            submission = try Submission(decoding: record.value?[...] ?? [])
        } catch {
            throw PoisonRecord(code: "undecodable", detail: error.reason)
        }
        let entry = try state.conversation(submission.conversation)
        let origin = record.origin()
        switch try entry.value.decide(submission, origin: origin, accepted: state.accepted) {
        case .accept(let events):
            for event in events {
                try state.apply(event, to: entry, logTime: record.timestamp)
                putOut(event, of: entry, in: partition, &outputs)
            }
            metrics.accepted += 1
        case .duplicate:
            metrics.duplicates += 1
        case .reject(let reason):
            let key = submission.sender.bytes
            outputs.append(
                OutgoingRecord(
                    topic: .inbox,
                    partition: Partitioner.partition(of: key, count: inboxPartitions),
                    key: key,
                    value: InboxCoding.rejection(of: submission, reason, origin: origin)
                )
            )
            metrics.rejected(reason.code)
        }
    }

    /// One record for the timeline, one for each inbox partition that is told, around the same bytes, and one for each membership.
    private func putOut(
        _ event: TimelineEvent,
        of entry: CachedConversation,
        in partition: Partition,
        _ outputs: inout Outputs
    ) {
        let bytes = event.encoded()
        outputs.append(
            OutgoingRecord(
                topic: .timeline,
                partition: partition,
                key: event.conversation.bytes,
                value: bytes
            )
        )
        let routes = entry.routes(of: event, inboxPartitions: inboxPartitions)
        for (index, route) in routes.enumerated() {
            outputs.append(
                OutgoingRecord(
                    topic: .inbox,
                    partition: route.partition,
                    key: event.conversation.bytes,
                    value: InboxCoding.event(
                        bytes,
                        origin: event.origin.indexed(index),
                        joined: route.joined,
                        left: route.left,
                        only: route.only
                    )
                )
            )
        }
        guard let kind = event.kind, kind != .direct else {
            return putOutBlock(event, of: entry, &outputs)
        }
        for (index, change) in event.memberChanges.enumerated() {
            guard let member = entry.value.members.all[change.account] else { continue }
            outputs.append(
                OutgoingRecord(
                    topic: .memberships,
                    partition: Partitioner.partition(of: change.account, count: inboxPartitions),
                    key: change.account.bytes + event.conversation.bytes,
                    value: InboxCoding.membership(
                        of: change.account,
                        in: event.conversation,
                        kind,
                        member,
                        origin: event.origin.indexed(index)
                    )
                )
            )
        }
    }

    /// Who has blocked the other in a direct conversation is all that its id does not say of its members.
    private func putOutBlock(
        _ event: TimelineEvent,
        of entry: CachedConversation,
        _ outputs: inout Outputs
    ) {
        guard case .acted(.setBlock(let other, _)) = event.body else { return }
        let isBlocked = entry.value.blockers.contains(event.sender)
        outputs.append(
            OutgoingRecord(
                topic: .memberships,
                partition: Partitioner.partition(of: event.sender, count: inboxPartitions),
                key: event.sender.bytes + event.conversation.bytes,
                value: InboxCoding.block(
                    by: event.sender,
                    in: event.conversation,
                    of: isBlocked ? other : nil,
                    origin: event.origin
                )
            )
        )
    }

    func batchApplied(_ outputs: inout Outputs) {
        metrics.flush()
    }

    // MARK: Checkpoints

    func save(_ database: Database) throws {
        for state in partitions.values { try state.save(database) }
    }

    func saved() {
        for state in partitions.values { state.saved() }
    }
}
