import Conversations
import EventLog
import Events
import Testing

@testable import Operator

/// A small log as the router would have written it, to be damaged.
private struct AuditedLog {
    static let inboxPartitions = 3
    var submissions: [LogRecord] = []
    var timeline: [LogRecord] = []
    var inbox: [LogRecord] = []

    private struct Nothing: AcceptedSubmissions {
        func contains(_ key: SubmissionKey) -> Bool { false }
        func message(_ id: SubmissionID, in conversation: ConversationID) -> PostedMessage? { nil }
    }

    /// Ada makes a group with bob, both write, and a stranger tries.
    init() throws {
        let accounts = (1...3).map { AccountID(high: UInt64($0) &* 0x9E37_79B9_7F4A_7C15, low: 1) }
        let noon = Timestamp(milliseconds: 1_790_000_000_000)
        func id(_ tail: UInt64) -> SubmissionID {
            SubmissionID(
                high: UInt64(noon.milliseconds) << 16 | 0x7000,
                low: 0x8000_0000_0000_0000 | tail
            )
        }
        let group = ConversationID(high: id(0).high, low: id(0).low)
        let requests: [(Int, Submission.Request)] = [
            (
                0,
                .act(
                    .create(
                        profile: ProfileChange(name: "swifts"),
                        settings: .init(),
                        members: [accounts[1]]
                    )
                )
            ),
            (0, .postMessage(MessagePost(text: "one".utf8))),
            (1, .postMessage(MessagePost(text: "two".utf8))),
            (2, .postMessage(MessagePost(text: "let me in".utf8))),
            (0, .act(.removeMember(accounts[1]))),
        ]
        var conversation = Conversation(id: group)
        for (number, (sender, request)) in requests.enumerated() {
            let submission = Submission(
                id: id(UInt64(number)),
                conversation: group,
                kind: .group,
                sender: accounts[sender],
                device: DeviceID(high: 1, low: 1),
                serverTime: noon,
                request: request
            )
            let record = Self.record(.submissions, 0, submissions.count, submission.encoded())
            submissions.append(record)
            let decision = try conversation.decide(
                submission,
                origin: record.origin(),
                accepted: Nothing()
            )
            switch decision {
            case .accept(let events): for event in events { add(event, &conversation) }
            case .reject(let reason):
                add(
                    InboxCoding.rejection(of: submission, reason, origin: record.origin()),
                    to: Partitioner.partition(
                        of: submission.sender,
                        count: Self.inboxPartitions
                    )
                )
            case .duplicate: break
            }
        }
    }

    private mutating func add(_ event: TimelineEvent, _ conversation: inout Conversation) {
        conversation.apply(event)
        timeline.append(Self.record(.timeline, 0, timeline.count, event.encoded()))
        func home(_ account: AccountID) -> Partition {
            Partitioner.partition(of: account, count: Self.inboxPartitions)
        }
        let left = event.memberChanges.filter { $0.role == nil }.map(\.account)
        let joined = event.memberChanges.filter { $0.role != nil }.map(\.account)
        let members = conversation.members.all.filter { $0.value.role != nil }.keys
        let partitions = Set((Array(members) + left).map(home)).sorted()
        for (index, partition) in partitions.enumerated() {
            add(
                InboxCoding.event(
                    event.encoded(),
                    origin: event.origin.indexed(index),
                    joined: joined.filter { home($0) == partition },
                    left: left.filter { home($0) == partition }
                ),
                to: partition
            )
        }
    }

    private mutating func add(_ value: [UInt8], to partition: Partition) {
        inbox.append(Self.record(.inbox, partition.number, inbox.count, value))
    }

    static func record(
        _ topic: Topic,
        _ partition: Int32,
        _ offset: Int,
        _ value: [UInt8]
    ) -> LogRecord {
        LogRecord(
            topicPartition: TopicPartition(topic, Partition(partition)),
            offset: Offset(Int64(offset)),
            timestamp: Timestamp(milliseconds: 1_790_000_000_000),
            key: nil,
            value: value
        )
    }

    /// Everything, one topic after another.
    var pieces: [(Topic, [LogRecord])] {
        [(.timeline, timeline), (.submissions, submissions), (.inbox, inbox)]
    }

    /// What an audit finds.
    func findings(_ pieces: [(Topic, [LogRecord])]? = nil) -> [AuditFinding.Kind] {
        var fold = AuditFold(
            begins: [TopicPartition(.submissions, Partition(0)): Offset(0)],
            inboxPartitions: Self.inboxPartitions
        )
        for (topic, records) in pieces ?? self.pieces { fold.take(records, of: topic) }
        fold.judge(
            ReceiptsAudit.Cut(
                committed: [
                    TopicPartition(.submissions, Partition(0)): Offset(Int64(submissions.count))
                ],
                endsBefore: [:],
                positions: [:]
            )
        )
        let findings = fold.takeFindings()
        // What was looked at is forgotten, whatever came of it.
        if findings.isEmpty { #expect(fold.outcome.pending == 0) }
        return findings.map(\.kind)
    }
}

@Suite struct AuditTests {
    @Test func aLogThatIsAsItShouldBeHasNoFindings() throws {
        let log = try AuditedLog()
        #expect(log.timeline.count == 4)
        #expect(log.findings() == [])
    }

    @Test func inWhicheverPiecesItIsReadNothingIsFound() throws {
        let log = try AuditedLog()
        #expect(log.findings(log.pieces.reversed()) == [])
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var rest = log.pieces.map { ($0.0, $0.1[...]) }
            var pieces: [(Topic, [LogRecord])] = []
            while !rest.isEmpty {
                let place = Int.random(in: rest.indices, using: &random)
                guard let record = rest[place].1.popFirst() else {
                    rest.remove(at: place)
                    continue
                }
                pieces.append((rest[place].0, [record]))
            }
            #expect(log.findings(pieces) == [])
        }
    }

    @Test func whatTheServicesAreNotDoneWithIsNotJudged() throws {
        let log = try AuditedLog()
        var fold = AuditFold(begins: [:], inboxPartitions: AuditedLog.inboxPartitions)
        fold = AuditFold(
            begins: [TopicPartition(.submissions, Partition(0)): Offset(0)],
            inboxPartitions: AuditedLog.inboxPartitions
        )
        fold.take(log.submissions, of: .submissions)
        fold.judge(ReceiptsAudit.Cut(committed: [:], endsBefore: [:], positions: [:]))
        #expect(fold.takeFindings() == [])
        #expect(fold.outcome.pending == log.submissions.count)
    }

    @Test func whatComesAgainIsDroppedByReadersAndIsNoFinding() throws {
        var log = try AuditedLog()
        log.timeline += log.timeline
        log.inbox += log.inbox
        #expect(log.findings() == [])
    }

    @Test func anInboxRecordThatIsNotThereIsMissing() throws {
        let whole = try AuditedLog()
        for place in whole.inbox.indices {
            var log = whole
            log.inbox.remove(at: place)
            #expect(log.findings().contains(.missing), "\(place)")
        }
    }

    @Test func anEventThatIsNotThereIsMissing() throws {
        let whole = try AuditedLog()
        for place in whole.timeline.indices {
            var log = whole
            log.timeline.remove(at: place)
            #expect(log.findings().contains(.missing), "\(place)")
        }
    }

    @Test func whatNothingAccountsForIsWrong() throws {
        var log = try AuditedLog()
        let event = try TimelineEvent(decoding: (log.timeline[1].value ?? [])[...])
        var other = event
        other.seq = 9
        log.timeline[1] = AuditedLog.record(.timeline, 0, 1, other.encoded())
        #expect(log.findings().contains(.wrong))

        var forged = try AuditedLog()
        let last = Origin(topicNumber: 1, partition: Partition(0), offset: Offset(4))
        var invented = event
        invented.origin = last
        forged.inbox.append(
            AuditedLog.record(
                .inbox,
                forged.inbox.last?.topicPartition.partition.number ?? 0,
                99,
                InboxCoding.event(invented.encoded(), origin: last.indexed(7))
            )
        )
        #expect(forged.findings() == [.wrong])
    }

    @Test func recordsInTheWrongOrderAreOutOfOrder() throws {
        var log = try AuditedLog()
        let partition = try #require(log.inbox.first).topicPartition
        let places = log.inbox.indices.filter { log.inbox[$0].topicPartition == partition }
        try #require(places.count > 1)
        log.inbox.swapAt(places[0], places[1])
        #expect(log.findings().contains(.outOfOrder))
    }
}
