import EventLog
import Events
import LogTail

/// Reads submissions, timeline, accounts, receipts and inbox side by side, and works out whether they agree.
///
/// It judges only what the services have said to be done with (their groups' offsets, which come after their effects), so a system
/// that works on meanwhile gives no false alarm. It may go on from pass to pass for as long as one likes: what has found its
/// counterpart is forgotten.
///
/// Blocks; one thread at a time.
final class LogAuditor {
    /// Ends a pass early.
    struct Stopped: Error {}

    private static let topics: [Topic] = [.submissions, .timeline, .accounts, .receipts, .inbox]
    /// How long it waits for a log that gives nothing, before it fails with `unavailable`.
    private static let silenceMax: Duration = .seconds(30)
    private static let pollTimeout: Duration = .milliseconds(20)

    private let admin: LogAdmin
    private let tails: [Topic: TopicTail]
    private var fold: AuditFold
    private var endsBefore: [TopicPartition: Offset] = [:]
    private var committed: [TopicPartition: Offset] = [:]
    /// Is told of each finding at once.
    var onFinding: (AuditFinding) throws -> Void = { _ in }
    /// Is told how many records of a topic were read.
    var onRead: (Topic, Int) -> Void = { _, _ in }
    /// Is told how many records of a topic there are to be read, when a pass begins.
    var onLag: (Topic, Int64) -> Void = { _, _ in }
    /// Says whether to end early.
    var isStopped: () -> Bool = { false }

    /// Begins with the oldest records of the log.
    init(_ configuration: EventLogConfiguration) throws {
        let admin = try LogAdmin(configuration, logger: .quiet)
        let counts = try admin.topics()
        var tails: [Topic: TopicTail] = [:]
        for topic in Self.topics {
            guard let count = counts[topic.name] else {
                throw LogExtent.Refusal(
                    description: "the log has no topic \(topic): `martlet topics apply` makes it"
                )
            }
            tails[topic] = try TopicTail(topic, partitions: count, admin, configuration)
        }
        self.admin = admin
        self.tails = tails
        fold = AuditFold(
            begins: tails.values.reduce(into: [:]) { $0.merge($1.begins) { $1 } },
            inboxPartitions: counts[Topic.inbox.name] ?? 1
        )
    }

    /// What was found so far.
    var outcome: AuditOutcome { fold.outcome }

    /// From now on only those ticks are judged that are in doubt already.
    func closeSuspicions() { fold.closeSuspicions() }

    /// Lets go of the log.
    func close() {
        for tail in tails.values { tail.close() }
        admin.close()
    }

    // MARK: Passes

    /// Reads up to where the log ends now, and judges what the services are done with.
    ///
    /// - Throws: `Stopped`; `EventLogError`; what `onFinding` throws.
    func pass() throws {
        // What the services are done with comes first: by then its effects are in the log, and are read.
        for (group, topics) in [
            ("router", [Topic.submissions]), ("router-accounts", [.accounts]),
            ("receipts", [.timeline, .receipts]),
        ] {
            let partitions = topics.flatMap { tails[$0]?.positions.keys.sorted() ?? [] }
            // An older checkpoint does not undo what was told.
            committed.merge(try admin.committed(group: group, partitions: partitions)) {
                max($0, $1)
            }
        }
        var ends: [TopicPartition: Offset] = [:]
        for (topic, tail) in tails {
            let topicEnds = try tail.ends(admin)
            ends.merge(topicEnds) { $1 }
            let lag = topicEnds.reduce(0) {
                $0 + $1.value.number - (tail.positions[$1.key] ?? $1.value).number
            }
            onLag(topic, lag)
        }
        try read(upTo: ends)
        let positions = tails.values.reduce(into: [:]) { $0.merge($1.positions) { $1 } }
        fold.judge(
            ReceiptsAudit.Cut(committed: committed, endsBefore: endsBefore, positions: positions)
        )
        try tell()
        endsBefore = ends
    }

    /// Reads what comes, without judging more than can be said at once, until the time is up.
    func readOn(until deadline: ContinuousClock.Instant) throws {
        while ContinuousClock.now < deadline, !isStopped() {
            for topic in Self.topics {
                guard let tail = tails[topic] else { continue }
                try take(try tail.poll(timeout: Self.pollTimeout), of: topic)
            }
        }
    }

    private func read(upTo ends: [TopicPartition: Offset]) throws {
        let endsByTopic = Dictionary(grouping: ends, by: \.key.topic).mapValues {
            Dictionary(uniqueKeysWithValues: $0.map { ($0.key, $0.value) })
        }
        var lastProgress = ContinuousClock.now
        while true {
            if isStopped() { throw Stopped() }
            // The one that is furthest behind in time is read next, so that little waits for its counterpart.
            let behind = tails.values.filter { !$0.hasRead(endsByTopic[$0.topic] ?? [:]) }
                .sorted { ($0.time, $0.topic.number) < ($1.time, $1.topic.number) }
            guard !behind.isEmpty else { return }
            var hasRead = false
            for tail in behind where !hasRead { hasRead = try read(tail, .zero) }
            if !hasRead { hasRead = try read(behind[0], Self.pollTimeout) }
            if hasRead {
                lastProgress = .now
            } else if lastProgress.duration(to: .now) > Self.silenceMax {
                throw EventLogError(.unavailable, "the log gives nothing")
            }
        }
    }

    /// Whether there was anything.
    private func read(_ tail: TopicTail, _ timeout: Duration) throws -> Bool {
        let before = tail.positions
        try take(try tail.poll(timeout: timeout), of: tail.topic)
        return tail.positions != before
    }

    private func take(_ records: [LogRecord], of topic: Topic) throws {
        guard !records.isEmpty else { return }
        onRead(topic, records.count)
        fold.take(records, of: topic)
        try tell()
    }

    private func tell() throws {
        for finding in fold.takeFindings() { try onFinding(finding) }
    }
}
