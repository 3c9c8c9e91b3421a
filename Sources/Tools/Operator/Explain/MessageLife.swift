import EventLog
import Events
import LogTail

/// What the log tells of one message, gathered record by record.
///
/// A value that only looks: which records it is given, and in which order, is the explorer's business. Of each partition they come in
/// order, the submission before what followed from it.
struct MessageLife {
    /// What happened.
    enum Event: String {
        case submitted
        case sequenced
        case inInbox = "in_inbox"
        case rejected
        case delivered
        case deliveredTicks = "delivered_ticks"
        case read
        case readTicks = "read_ticks"
        case deadLettered = "dead_lettered"
    }

    /// Whether it happened before.
    enum Repetition: String {
        /// The first time.
        case none
        /// The device sent it again, or a process that had died did its work again: readers drop it.
        case harmless
        /// The same submission was accepted twice, which must never be.
        case doubled
    }

    /// One record of its life.
    struct Step {
        let event: Event
        let time: Timestamp
        let position: RecordPosition
        var repetition: Repetition = .none
        /// Whose inbox, who was told, who read.
        var account: AccountID?
        var device: DeviceID?
        /// Why: of a rejection, of a dead letter.
        var code: String?
        var detail: String?
    }

    let id: SubmissionID
    private(set) var steps: [Step] = []
    private(set) var conversation: ConversationID?
    private(set) var kind: PBConversationKind = .unspecified
    private(set) var sender: AccountID?
    private(set) var recipient: AccountID?
    private(set) var seq: UInt64?
    private(set) var messageCount: UInt64?
    private(set) var submittedAt: Origin?
    private var causes: Set<Origin> = []
    private var inboxPlaces: Set<TopicPartition> = []
    private var told: Set<String> = []

    init(id: SubmissionID) {
        self.id = id
    }

    /// Whether the log knows of it at all.
    var isKnown: Bool { !steps.isEmpty }
    /// Whether everything that can happen to it has.
    var isComplete: Bool { has(.rejected) || has(.readTicks) }
    /// The last thing known of it.
    var lastTime: Timestamp? { steps.map(\.time).max() }
    /// The accounts whose inboxes are told of it, as far as the record says.
    var parties: [AccountID] { [sender, recipient].compactMap(\.self) }

    /// Whether such a step is known.
    func has(_ event: Event) -> Bool { steps.contains { $0.event == event } }

    /// The steps by time; those of the same millisecond in the order in which they follow from one another.
    var inOrder: [Step] {
        let rank: [Event] = [
            .submitted, .sequenced, .rejected, .inInbox, .delivered, .deliveredTicks, .read,
            .readTicks, .deadLettered,
        ]
        return steps.enumerated().sorted { left, right in
            let ranks = (
                rank.firstIndex(of: left.element.event) ?? 0,
                rank.firstIndex(of: right.element.event) ?? 0
            )
            return (left.element.time, ranks.0, left.offset)
                < (right.element.time, ranks.1, right.offset)
        }.map(\.element)
    }

    /// Looks at a record.
    mutating func take(_ decoded: DecodedRecord) {
        let record = decoded.record
        switch decoded.value {
        case .submission(let submission): take(submission, record)
        case .timelineEvent(let event): take(event, record)
        case .inbox(let inbox): take(inbox, record)
        case .receipt(let receipt): take(receipt, record)
        case .deadLetter(let letter): take(letter, record)
        case .account, .membership, .session, .route, .tombstone, .undecodable: break
        }
    }

    private mutating func add(
        _ event: Event,
        _ record: LogRecord,
        _ fill: (inout Step) -> Void = { _ in }
    ) {
        var step = Step(
            event: event,
            time: record.timestamp,
            position: RecordPosition(
                topicPartition: record.topicPartition,
                offset: record.offset
            )
        )
        fill(&step)
        steps.append(step)
    }

    private mutating func take(_ submission: PBSubmission, _ record: LogRecord) {
        guard SubmissionID(bytes: submission.submissionID) == id else { return }
        let isAgain = submittedAt != nil
        if !isAgain {
            submittedAt = record.origin()
            conversation = ConversationID(bytes: submission.conversationID)
            kind = submission.conversationKind
            sender = AccountID(bytes: submission.sender)
            if case .postMessage(let post)? = submission.request {
                recipient = AccountID(bytes: post.recipient)
            }
        }
        causes.insert(record.origin())
        add(.submitted, record) {
            $0.account = AccountID(bytes: submission.sender)
            $0.device = DeviceID(bytes: submission.deviceID)
            $0.repetition = isAgain ? .harmless : .none
        }
    }

    private mutating func take(_ event: PBTimelineEvent, _ record: LogRecord) {
        guard SubmissionID(bytes: event.submissionID) == id else { return }
        let isRepeated = seq == event.seq && has(.sequenced)
        let isDoubled = seq != nil && seq != event.seq
        if seq == nil {
            learn(event)
        }
        causes.insert(record.origin())
        add(.sequenced, record) {
            $0.repetition = isDoubled ? .doubled : isRepeated ? .harmless : .none
            if isDoubled { $0.detail = "seq \(event.seq)" }
        }
    }

    /// What the event says of the message, if the submission is no longer kept.
    private mutating func learn(_ event: PBTimelineEvent) {
        seq = event.seq
        messageCount = event.messageCount
        conversation = conversation ?? ConversationID(bytes: event.conversationID)
        kind = event.conversationKind
        sender = sender ?? AccountID(bytes: event.sender)
        if case .messagePosted(let post)? = event.event {
            recipient = recipient ?? AccountID(bytes: post.recipient)
        }
    }

    private mutating func take(_ inbox: PBInboxRecord, _ record: LogRecord) {
        switch inbox.record {
        case .event(let event):
            guard SubmissionID(bytes: event.submissionID) == id else { return }
            if seq == nil { learn(event) }
            let isAgain = !inboxPlaces.insert(record.topicPartition).inserted
            let isDoubled = isAgain && seq != event.seq
            causes.insert(record.origin())
            add(.inInbox, record) {
                $0.repetition = isDoubled ? .doubled : isAgain ? .harmless : .none
            }
        case .ticks(let ticks): take(ticks, record)
        case .rejection(let rejection):
            guard SubmissionID(bytes: rejection.submissionID) == id else { return }
            let isAgain = has(.rejected)
            add(.rejected, record) {
                $0.account = AccountID(bytes: rejection.accountID)
                $0.device = DeviceID(bytes: rejection.deviceID)
                $0.code = rejection.code
                $0.detail = rejection.detail.isEmpty ? nil : rejection.detail
                $0.repetition = isAgain ? .harmless : .none
            }
        case .account, .readMark, nil: break
        }
    }

    private mutating func take(_ ticks: PBTicks, _ record: LogRecord) {
        guard let seq, let sender, let conversation,
            AccountID(bytes: ticks.accountID) == sender,
            ConversationID(bytes: ticks.conversationID) == conversation
        else { return }
        if ticks.deliveredSeq >= seq, !has(.deliveredTicks) {
            add(.deliveredTicks, record) { $0.account = sender }
        }
        if ticks.readSeq >= seq, !has(.readTicks) {
            add(.readTicks, record) { $0.account = sender }
        }
    }

    private mutating func take(_ receipt: PBReceipt, _ record: LogRecord) {
        guard let seq, let conversation,
            ConversationID(bytes: receipt.conversationID) == conversation,
            case .marks(let marks)? = receipt.receipt,
            let account = AccountID(bytes: receipt.accountID)
        else { return }
        let device = DeviceID(bytes: receipt.deviceID)
        func isFirst(_ what: String) -> Bool {
            told.insert("\(what) \(account) \(device?.description ?? "")").inserted
        }
        if marks.deliveredSeq >= seq || marks.readSeq >= seq, isFirst("delivered") {
            add(.delivered, record) {
                $0.account = account
                $0.device = device
            }
        }
        if marks.readSeq >= seq, isFirst("read") {
            add(.read, record) {
                $0.account = account
                $0.device = device
            }
        }
    }

    private mutating func take(_ letter: PBDeadLetter, _ record: LogRecord) {
        guard letter.hasOrigin, causes.contains(Origin(letter.origin)) else { return }
        add(.deadLettered, record) {
            $0.code = letter.code
            $0.detail = "\(letter.consumer): \(letter.detail)"
        }
    }
}
