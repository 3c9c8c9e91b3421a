import Conversations
import DequeModule
import EventLog
import Events

/// Decides on a partition's submissions again and holds the timeline against it; what must be in the inboxes follows.
///
/// Deliberately naive, and without a line in common with the router but the rules themselves (`Conversation`): who must be told is worked
/// out from the members one by one. Both topics may come in any pieces: a submission is decided on as soon as the timeline has
/// been read beyond what it may have become.
struct ConversationAudit {
    private let partition: Partition
    private let inboxPartitions: Int
    /// The first submission that is kept.
    private let oldest: Offset
    /// The timeline's events without repetitions, in order, whose submissions have not been decided on.
    private var events: Deque<TimelineEvent> = []
    /// Submissions that have not been decided on; `nil`: it can't be read.
    private var waiting: Deque<(offset: Offset, submission: Submission?)> = []
    /// The cause of the newest event.
    private var newestCause = Offset(-1)
    private var filter = OriginFilter()
    private var memory = AcceptedMemory()
    private var conversations: [ConversationID: Conversation] = [:]
    private var findings: [AuditFinding] = []
    /// All submissions below have been decided on.
    private(set) var decided = Offset(0)
    private(set) var submissions = 0
    private(set) var accepted = 0

    init(_ partition: Partition, inboxPartitions: Int, oldest: Offset) {
        self.partition = partition
        self.inboxPartitions = inboxPartitions
        self.oldest = oldest
    }

    /// What was found since the last call.
    mutating func takeFindings() -> [AuditFinding] {
        defer { findings = [] }
        return findings
    }

    /// How many records wait for their counterparts.
    var pending: Int { events.count + waiting.count }

    // MARK: Reading

    /// Takes a record of the timeline; gives the event, unless it is a repetition or none.
    mutating func takeTimeline(
        _ record: LogRecord,
        _ expected: inout ExpectedInbox
    ) -> TimelineEvent? {
        guard let event = try? TimelineEvent(decoding: record.value?[...] ?? []) else {
            note(.wrong, "timeline/\(partition)@\(record.offset)", "no event")
            return nil
        }
        // What comes again is dropped by every reader.
        guard filter.admit(event.origin) else { return nil }
        newestCause = event.origin.offset
        if event.origin.offset < oldest {
            pass(event, &expected)
        } else {
            events.append(event)
            decide(before: newestCause.next, &expected)
        }
        return event
    }

    /// Takes a submission.
    mutating func takeSubmission(_ record: LogRecord, _ expected: inout ExpectedInbox) {
        submissions += 1
        let submission = try? Submission(decoding: record.value?[...] ?? [])
        waiting.append((record.offset, submission))
        decide(before: newestCause.next, &expected)
    }

    /// The timeline has been read so far that it has all that comes of submissions before `end`, which have been read as well.
    mutating func settle(before end: Offset, _ expected: inout ExpectedInbox) {
        decide(before: end, &expected)
        dropUncaused(before: end, &expected)
        decided = max(decided, end)
    }

    private mutating func decide(before end: Offset, _ expected: inout ExpectedInbox) {
        while let first = waiting.first, first.offset < end {
            waiting.removeFirst()
            dropUncaused(before: first.offset, &expected)
            let origin = Origin(
                topicNumber: Topic.submissions.number,
                partition: partition,
                offset: first.offset
            )
            var found: TimelineEvent?
            if events.first?.origin == origin { found = events.popFirst() }
            if let submission = first.submission {
                compare(submission, origin, found, &expected)
            } else if let found {
                note(.wrong, place(origin), "can't be read, and in the timeline all the same")
                pass(found, &expected)
            }
            decided = first.offset.next
        }
    }

    /// Events of causes before `offset` that have not been taken are of none that there is.
    private mutating func dropUncaused(before offset: Offset, _ expected: inout ExpectedInbox) {
        while let event = events.first, event.origin.offset < offset {
            events.removeFirst()
            note(.wrong, place(event.origin), "an event without its cause")
            pass(event, &expected)
        }
    }

    // MARK: Comparing

    private mutating func compare(
        _ submission: Submission,
        _ origin: Origin,
        _ found: TimelineEvent?,
        _ expected: inout ExpectedInbox
    ) {
        switch decision(on: submission, origin) {
        case nil: note(.wrong, place(origin), "can't be decided")
        case .accept(let accepted):
            guard let event = accepted.first else { return }
            if let found {
                if found != event {
                    note(.wrong, place(origin), "the timeline has another event", of: found)
                }
                pass(found, &expected)
            } else {
                note(.missing, place(origin), "accepted, and not in the timeline", of: event)
                fold(event, &expected)
            }
        case .duplicate:
            guard let found else { return }
            note(.doubled, place(origin), "a repetition that the timeline has", of: found)
            pass(found, &expected)
        case .reject(let reason):
            if let found {
                let detail = "refused (\(reason.code)), and in the timeline all the same"
                note(.wrong, place(origin), detail, of: found)
                pass(found, &expected)
            }
            let bytes = InboxCoding.rejection(of: submission, reason, origin: origin)
            let home = Partitioner.partition(of: submission.sender, count: inboxPartitions)
            expected.add(bytes, origin, in: home)
        }
    }

    private func decision(on submission: Submission, _ origin: Origin) -> Decision? {
        let conversation =
            conversations[submission.conversation] ?? Conversation(id: submission.conversation)
        return try? conversation.decide(submission, origin: origin, accepted: memory)
    }

    private func place(_ origin: Origin) -> String { "submissions/\(partition)@\(origin.offset)" }

    // MARK: Folding

    private mutating func pass(_ event: TimelineEvent, _ expected: inout ExpectedInbox) {
        let last = conversations[event.conversation]?.lastSeq ?? 0
        if event.seq != last + 1 {
            note(
                event.seq <= last ? .doubled : .outOfOrder,
                place(event.origin),
                "comes after seq \(last)",
                of: event
            )
        }
        fold(event, &expected)
    }

    private mutating func fold(_ event: TimelineEvent, _ expected: inout ExpectedInbox) {
        accepted += 1
        let fresh = Conversation(id: event.conversation)
        // Folded in place: a channel's members would be copied otherwise.
        conversations[event.conversation, default: fresh].apply(event)
        memory.insert(event)
        if let conversation = conversations[event.conversation] {
            expected.add(event, in: conversation, inboxPartitions: inboxPartitions)
        }
    }

    private mutating func note(
        _ kind: AuditFinding.Kind,
        _ place: String,
        _ detail: String,
        of event: TimelineEvent? = nil
    ) {
        let whose = event.map { ": conversation \($0.conversation), seq \($0.seq)" } ?? ""
        findings.append(AuditFinding(kind: kind, place: place, detail: detail + whose))
    }
}
