import Conversations
import EventLog
import Events

/// Holds ticks and read marks in the inboxes against the timeline and the marks of the devices.
///
/// Ticks are told a little later than they are due, in groups up to 250 ms and after a crash not before everything has been read
/// again. So what is found is a suspicion at first. It is told when what was due then is still not there after receipts has said twice
/// that it has read everything that there was a pass before; and what was told too early, when a pass later the log still
/// has no mark that accounts for it.
struct ReceiptsAudit {
    /// How far everything has been read.
    struct Cut {
        /// What receipts has said to be done with, when the pass began.
        var committed: [TopicPartition: Offset]
        /// Where the topics ended when the pass before began.
        var endsBefore: [TopicPartition: Offset]
        /// Where this audit has read up to.
        var positions: [TopicPartition: Offset]
    }

    private struct Name: Hashable {
        let conversation: ConversationID
        let account: AccountID
        let aspect: ConversationMarks.Aspect
    }

    private struct Suspicion {
        /// What should have been told, or what was told too early.
        let seq: UInt64
        /// Where this audit stood.
        let positions: [TopicPartition: Offset]
        var confirmations = 0
    }

    private static let confirmationsMin = 2

    private let partitions: Int
    private var conversations: [ConversationID: ConversationMarks] = [:]
    private var touched: Set<ConversationID> = []
    private var missing: [Name: Suspicion] = [:]
    private var early: [Name: UInt64] = [:]
    private(set) var marks = 0
    /// Whether new suspicions are taken up; if not, only those that there are turn out.
    var isOpen = true

    /// Conversation-keyed topics have so many partitions.
    init(partitions: Int) {
        self.partitions = partitions
    }

    /// What is suspected and has not turned out either way.
    var suspicions: Int { missing.count + early.count }

    // MARK: Reading

    /// Takes an event of the timeline, once.
    mutating func take(_ event: TimelineEvent) {
        touched.insert(event.conversation)
        conversations[event.conversation, default: ConversationMarks()].apply(event)
    }

    /// Takes a record of `receipts`.
    mutating func take(_ record: LogRecord) {
        guard let value = record.value, let (conversation, mark) = try? Self.mark(value) else {
            return
        }
        marks += 1
        touched.insert(conversation)
        conversations[conversation, default: ConversationMarks()].apply(mark)
    }

    /// Takes ticks or a read mark of an inbox.
    mutating func take(_ entry: InboxEntry) {
        switch entry {
        case .ticks(let account, let conversation, let delivered, let read):
            touched.insert(conversation)
            conversations[conversation, default: ConversationMarks()]
                .tell(account, delivered: delivered, read: read)
        case .readMark(let account, let conversation, let seq):
            touched.insert(conversation)
            conversations[conversation, default: ConversationMarks()].tell(account, own: seq)
        case .caused, .unknown: break
        }
    }

    private static func mark(
        _ value: [UInt8]
    ) throws(ProtobufReader.Fault) -> (ConversationID, ConversationMarks.Mark)? {
        var conversation: ConversationID?
        var account: AccountID?
        var numbers: [Int: UInt64] = [:]
        var reader = ProtobufReader(value[...])
        while let tag = try reader.next() {
            switch tag.field {
            case 1: conversation = try reader.identifier(tag)
            case 2: account = try reader.identifier(tag)
            case 16:
                var marks = ProtobufReader(try reader.slice(tag))
                while let tag = try marks.next() {
                    guard (1...3).contains(tag.field) else {
                        try marks.skip(tag)
                        continue
                    }
                    numbers[tag.field] = try marks.varint(tag)
                }
            default: try reader.skip(tag)
            }
        }
        guard let conversation, let account else { return nil }
        let mark = ConversationMarks.Mark(
            account: account,
            delivered: numbers[1] ?? 0,
            read: numbers[2] ?? 0,
            isPrivate: numbers[3] ?? 0 != 0
        )
        return (conversation, mark)
    }

    // MARK: Judging

    /// All inboxes, the timeline and the marks have been read beyond where they ended when the pass began.
    ///
    /// `isWhole` says whether an account's inbox has everything that ever was in it; else the first pass takes it that the account
    /// was told what was due.
    mutating func judge(_ cut: Cut, isWhole: (AccountID) -> Bool) -> [AuditFinding] {
        var findings: [AuditFinding] = []
        touched.formUnion(missing.keys.map(\.conversation))
        touched.formUnion(early.keys.map(\.conversation))
        for conversation in touched {
            for due in conversations[conversation]?.dues ?? [] {
                let name = Name(
                    conversation: conversation,
                    account: due.account,
                    aspect: due.aspect
                )
                if due.told < due.atLeast, !isWhole(due.account) {
                    conversations[conversation]?.assume(due.account, due.aspect, due.atLeast)
                } else {
                    findings += lookForMissing(name, due, cut).map { [$0] } ?? []
                }
                findings += lookForEarly(name, due).map { [$0] } ?? []
            }
            conversations[conversation]?.forgetSettled()
        }
        touched = []
        return findings
    }

    private mutating func lookForMissing(
        _ name: Name,
        _ due: ConversationMarks.Due,
        _ cut: Cut
    ) -> AuditFinding? {
        // Who has left meanwhile is told nothing any more.
        guard var suspicion = missing[name], due.told < suspicion.seq,
            due.atLeast >= suspicion.seq
        else {
            missing[name] = nil
            if isOpen, due.told < due.atLeast {
                missing[name] = Suspicion(seq: due.atLeast, positions: cut.positions)
            }
            return nil
        }
        if isSettled(name.conversation, suspicion, cut) { suspicion.confirmations += 1 }
        missing[name] = suspicion
        guard suspicion.confirmations >= Self.confirmationsMin else { return nil }
        missing[name] = nil
        conversations[name.conversation]?.assume(name.account, name.aspect, suspicion.seq)
        return finding(
            .missing,
            name,
            "told \(due.aspect.rawValue) up to seq \(due.told), due is \(suspicion.seq)"
        )
    }

    /// Whether receipts is done with what the suspicion comes from, and with everything that was there a pass ago.
    private func isSettled(
        _ conversation: ConversationID,
        _ suspicion: Suspicion,
        _ cut: Cut
    ) -> Bool {
        let number = Partitioner.partition(of: conversation, count: partitions)
        return [Topic.timeline, .receipts].allSatisfy { topic in
            let partition = TopicPartition(topic, number)
            let committed = cut.committed[partition] ?? Offset(0)
            return committed >= suspicion.positions[partition] ?? Offset(0)
                && committed >= cut.endsBefore[partition] ?? Offset(0)
        }
    }

    private mutating func lookForEarly(
        _ name: Name,
        _ due: ConversationMarks.Due
    ) -> AuditFinding? {
        let before = early.removeValue(forKey: name)
        guard due.told > due.atMost else { return nil }
        guard let before, before > due.atMost else {
            if isOpen { early[name] = due.told }
            return nil
        }
        conversations[name.conversation]?.assume(name.account, name.aspect, due.atMost)
        return finding(
            .wrong,
            name,
            "told \(due.aspect.rawValue) up to seq \(before), the marks say \(due.atMost)"
        )
    }

    private func finding(
        _ kind: AuditFinding.Kind,
        _ name: Name,
        _ detail: String
    ) -> AuditFinding {
        let what = name.aspect == .own ? "read mark" : "ticks"
        return AuditFinding(
            kind: kind,
            place: "\(what) of \(name.account) in conversation \(name.conversation)",
            detail: detail
        )
    }
}
