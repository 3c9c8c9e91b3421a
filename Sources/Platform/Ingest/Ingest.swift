import Conversations
import CoreMetrics
public import Crypto
import Dispatch
public import EventLog
public import Events
public import Logging
import Synchronization
public import Web

/// Takes what devices ask for: validates, stamps the time, appends to `submissions`.
///
/// The one way in, for the gateway's calls and delivery's `submit` alike. Nothing is buffered beyond the producer's bounds.
///
/// The same id from the same account again gets the same answer. Within this process and the last acceptances it is the first
/// answer, `serverTimestamp` included; after that (another instance, a restart) the log gets the submission a second time, the
/// router drops it by its id, and only `serverTimestamp` differs.
public final class Ingest: Sendable {
    /// Bounds and timing.
    public struct Options: Sendable {
        /// How long to wait for the log's report before answering `log_unavailable`.
        public var replyTimeout: Duration = .milliseconds(1500)
        /// Submissions on their way to the log at most.
        public var inFlightMax = 20_000
        /// Acceptances that are remembered.
        public var rememberedMax = 50_000

        /// The defaults.
        public init() {}
    }

    private let log: any SubmissionLog
    /// Reads how clients name accounts.
    public let names: DirectoryNames
    private let clock: any WallClock
    private let ids: UUIDv7Generator
    private let logger: Logger
    private let options: Options
    private let metrics = IngestMetrics()
    private let inFlight = Atomic<Int>(0)
    private let waiting = Mutex(ReplyQueue())
    private let remembered: Mutex<AcceptedCache>
    private let timers = DispatchQueue(label: "ingest-timeouts")

    /// Takes requests into the log behind `producer`.
    public convenience init(
        producer: EventProducer,
        directoryKey: SymmetricKey,
        clock: any WallClock,
        ids: UUIDv7Generator,
        logger: Logger
    ) {
        self.init(
            log: producer,
            directoryKey: directoryKey,
            clock: clock,
            ids: ids,
            logger: logger
        )
    }

    /// Takes requests into this log.
    public init(
        log: any SubmissionLog,
        directoryKey: SymmetricKey,
        clock: any WallClock,
        ids: UUIDv7Generator,
        logger: Logger,
        options: Options = Options()
    ) {
        self.log = log
        names = DirectoryNames(directoryKey: directoryKey)
        self.clock = clock
        self.ids = ids
        self.logger = logger
        self.options = options
        remembered = Mutex(AcceptedCache(entriesMax: options.rememberedMax))
    }

    /// Validates and appends; calls back once, when the log has the submission or it is refused.
    ///
    /// Never blocks. `reply` runs on the calling thread (refused), on the producer's (after the report) or on a queue of its own
    /// (no report in time); it must not block. A report that does not come within 1.5 s is answered `log_unavailable` (503), its
    /// outcome unknown: sending the same id again settles it.
    public func submit(
        _ request: MessageRequest,
        from identity: Identity,
        reply: @escaping @Sendable (Result<Accepted, Problem>) -> Void
    ) {
        let now = clock.now()
        do {
            let message = try ValidatedSubmission(
                request,
                from: identity.account,
                at: now,
                names: names,
                makeID: { ids.next() }
            )
            append(message, from: identity, at: now, reply)
        } catch {
            metrics.refused(error.code.name)
            reply(.failure(error))
        }
    }

    /// The same for tasks.
    public func submit(
        _ request: MessageRequest,
        from identity: Identity
    )
        async throws(Problem) -> Accepted
    {
        let result: Result<Accepted, Problem> = await withCheckedContinuation { continuation in
            submit(request, from: identity) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Checks what a submission begins with; without an id it gets one.
    ///
    /// - Throws: `Problem` with code `invalid_id`, `too_old` or `invalid_client_timestamp`.
    public func head(id: String?, clientTimestamp: Int64?) throws(Problem) -> SubmissionHead {
        do {
            return try SubmissionHead(
                id: id,
                clientTimestamp: clientTimestamp,
                at: clock.now(),
                makeID: { ids.next() }
            )
        } catch {
            metrics.refused(error.code.name)
            throw error
        }
    }

    /// Appends what has been checked; returns when the log has it.
    ///
    /// - Throws: `Problem` with code `log_unavailable`; the same again settles it.
    public func submit(
        _ submission: ValidatedSubmission,
        from identity: Identity
    ) async throws(Problem) -> Accepted {
        let result: Result<Accepted, Problem> = await withCheckedContinuation { continuation in
            append(submission, from: identity, at: clock.now()) {
                continuation.resume(returning: $0)
            }
        }
        return try result.get()
    }

    // MARK: Appending

    private func append(
        _ submission: ValidatedSubmission,
        from identity: Identity,
        at now: Timestamp,
        _ reply: @escaping PendingReply.Reply
    ) {
        let key = SubmissionKey(
            id: submission.head.id,
            sender: identity.account,
            conversation: submission.conversation
        )
        if let accepted = remembered.withLock({ $0.find(key) }) {
            metrics.repeated.increment()
            reply(.success(accepted))
            return
        }
        let accepted = Accepted(
            messageID: submission.head.id,
            conversationID: submission.conversation,
            serverTimestamp: now
        )
        guard log.isReachable else { return refuse(.unavailable, reply) }
        guard admit() else { return refuse(.full, reply) }
        let pending = PendingReply(reply)
        watch(pending)
        #if MARTLET_CANARY_EARLY_ACK
        pending.answer(.success(accepted))
        #endif
        let start = ContinuousClock.now
        let record = OutgoingRecord(
            topic: .submissions,
            key: submission.conversation.bytes,
            value: submission.record(from: identity, at: now)
        )
        log.send(record) { [self] result in
            inFlight.wrappingSubtract(1, ordering: .relaxed)
            settle(pending, key, accepted, result, start)
        }
    }

    private func settle(
        _ pending: PendingReply,
        _ key: SubmissionKey,
        _ accepted: Accepted,
        _ result: Result<RecordPosition, EventLogError>,
        _ start: ContinuousClock.Instant
    ) {
        switch result {
        case .success:
            // Of two with the same id that were on their way together, the first in the log is the message.
            let first = remembered.withLock { $0.insert(key, accepted) }
            metrics.accepted.increment()
            let (seconds, attoseconds) = start.duration(to: .now).components
            metrics.reports.recordNanoseconds(
                seconds * 1_000_000_000 + attoseconds / 1_000_000_000
            )
            pending.answer(.success(first))
        case .failure(let error):
            let problem: Problem = error.code == .queueFull ? .full : .unavailable
            if pending.answer(.failure(problem)) {
                metrics.refused(problem.code.name)
                logger.debug("not appended", metadata: ["reason": "\(error.shortDescription)"])
            }
        }
    }

    private func refuse(_ problem: Problem, _ reply: PendingReply.Reply) {
        metrics.refused(problem.code.name)
        reply(.failure(problem))
    }

    private func admit() -> Bool {
        let before = inFlight.wrappingAdd(1, ordering: .relaxed).oldValue
        guard before < options.inFlightMax else {
            inFlight.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
        return true
    }

    // MARK: Time-outs

    /// Sees to it that the caller is answered in time; one timer serves all who wait.
    private func watch(_ pending: PendingReply) {
        let deadline = ContinuousClock.now + options.replyTimeout
        if waiting.withLock({ $0.add(pending, until: deadline) }) {
            schedule(after: options.replyTimeout)
        }
    }

    private func schedule(after delay: Duration) {
        // Not sooner than the deadline, and at most some twenty times a second.
        let milliseconds = Int(max(50, delay.milliseconds + 1))
        timers.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in
            self?.sweep()
        }
    }

    private func sweep() {
        let now = ContinuousClock.now
        let (late, next) = waiting.withLock { $0.expired(at: now) }
        if let next { schedule(after: now.duration(to: next)) }
        for pending in late where pending.answer(.failure(.unavailable)) {
            metrics.late.increment()
            metrics.refused(Problem.unavailable.code.name)
        }
    }
}

extension Problem {
    /// The log is away, or has not answered in time.
    static let unavailable = Problem(
        .logUnavailable,
        "the log does not answer; send the same id again",
        retryAfter: .seconds(1)
    )
    /// There is no room for more.
    static let full = Problem(
        .logUnavailable,
        "the log has no room for more at the moment; send the same id again",
        retryAfter: .seconds(1)
    )
}
