import Conversations
import EventLog
import Events

/// Decides on a partition's submissions again and holds the timeline against it; what must be in the inboxes follows.
///
/// Deliberately naive, and without a line in common with the router but the rules themselves (`Conversation`): everything is in memory, and
/// who must be told is worked out from the members one by one.
struct ConversationAudit {
    /// What is known of what was accepted, in memory.
    private struct Memory: AcceptedSubmissions {
        var keys: Set<SubmissionKey> = []
        var messages: [ConversationID: [SubmissionID: PostedMessage]] = [:]

        func contains(_ key: SubmissionKey) -> Bool { keys.contains(key) }

        func message(_ id: SubmissionID, in conversation: ConversationID) -> PostedMessage? {
            messages[conversation]?[id]
        }
    }

    private let partition: Partition
    private let inboxPartitions: Int
    /// The first submission that is kept.
    private let oldest: Offset
    /// The timeline's events without repetitions, in order.
    private var events: [TimelineEvent] = []
    private var next = 0
    private var filter = OriginFilter()
    private var memory = Memory()
    private(set) var conversations: [ConversationID: Conversation] = [:]
    private(set) var findings: [AuditFinding] = []
    /// The records that the inboxes must have.
    private(set) var expected = ExpectedInbox()
    private(set) var submissions = 0
    private(set) var accepted = 0

    init(_ partition: Partition, inboxPartitions: Int, oldest: Offset) {
        self.partition = partition
        self.inboxPartitions = inboxPartitions
        self.oldest = oldest
    }

    // MARK: Reading

    /// Takes a record of the timeline; all of them come before the first submission.
    mutating func takeTimeline(_ record: LogRecord) {
        guard let event = try? TimelineEvent(decoding: record.value?[...] ?? []) else {
            return note(.wrong, "timeline/\(partition)@\(record.offset)", "no event")
        }
        // What comes again is dropped by every reader.
        guard filter.admit(event.origin) else { return }
        events.append(event)
        if event.origin.offset < oldest { pass(event) }
    }

    /// Takes a submission: decides again and compares.
    mutating func takeSubmission(_ record: LogRecord) {
        submissions += 1
        let place = "submissions/\(partition)@\(record.offset)"
        guard let submission = try? Submission(decoding: record.value?[...] ?? []) else { return }
        let conversation =
            conversations[submission.conversation] ?? Conversation(id: submission.conversation)
        let origin = record.origin()
        guard
            let decision = try? conversation.decide(submission, origin: origin, accepted: memory)
        else { return note(.wrong, place, "can't be decided") }
        let found = next < events.count && events[next].origin == origin ? events[next] : nil
        switch decision {
        case .accept(let accepted):
            guard let event = accepted.first else { return }
            if let found {
                if found != event { note(.wrong, place, "the timeline has another event") }
                pass(found)
            } else {
                note(.missing, place, "accepted, and not in the timeline: seq \(event.seq)")
                fold(event)
            }
        case .duplicate:
            if let found {
                note(.doubled, place, "a repetition that the timeline has as seq \(found.seq)")
                pass(found)
            }
        case .reject(let reason):
            if let found {
                note(.wrong, place, "refused (\(reason.code)), and in the timeline all the same")
                pass(found)
            }
            let bytes = InboxCoding.rejection(of: submission, reason, origin: origin)
            let home = Partitioner.partition(of: submission.sender, count: inboxPartitions)
            expected.add(bytes, origin, in: home)
        }
    }

    /// All submissions below `end` have been taken: what the timeline has of them besides has no cause.
    mutating func finish(before end: Offset) {
        for event in events[next...] where event.origin.offset < end {
            let origin = event.origin
            note(.wrong, "submissions/\(partition)@\(origin.offset)", "an event without its cause")
        }
    }

    // MARK: Folding

    private mutating func pass(_ event: TimelineEvent) {
        next += 1
        let last = conversations[event.conversation]?.lastSeq ?? 0
        if event.seq != last + 1 {
            note(
                event.seq <= last ? .doubled : .outOfOrder,
                "conversation \(event.conversation)",
                "seq \(event.seq) after \(last)"
            )
        }
        fold(event)
    }

    private mutating func fold(_ event: TimelineEvent) {
        accepted += 1
        conversations[event.conversation, default: Conversation(id: event.conversation)]
            .apply(event)
        memory.keys.insert(event.key)
        switch event.body {
        case .messagePosted:
            memory.messages[event.conversation, default: [:]][event.submission] =
                PostedMessage(event)
        case .acted(.deleteMessage(let id)):
            let message = memory.messages[event.conversation]?[id]
            if message?.isTakenBack(by: event) == true {
                memory.messages[event.conversation]?[id]?.isDeleted = true
            }
        default: break
        }
        if let conversation = conversations[event.conversation] {
            expected.add(event, in: conversation, inboxPartitions: inboxPartitions)
        }
    }

    private mutating func note(_ kind: AuditFinding.Kind, _ place: String, _ detail: String) {
        findings.append(AuditFinding(kind: kind, place: place, detail: detail))
    }
}
