import Conversations
import EventLog
import Events
import Foundation
import GRDB
import Logging
import Projections
import SwiftProtobuf

@testable import Router

/// Randomness that a seed decides (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}

/// Outputs that are durable when `wait` has returned.
struct LateOutputs: OutputsInFlight {
    let arrive: () throws -> Void

    func wait() throws { try arrive() }
}

/// A log in memory for one router: it takes outputs, can be cut short, and gives the timeline back.
final class RouterModel: OutputLog, InputLog, RouterHistory {
    struct Cut: Error {}

    static let noon: Int64 = 1_790_000_000_000
    let partitionCount: Int
    var inboxPartitions = 12
    var timelinePartitions: Int?
    var submissions: [LogRecord] = []
    var outputs: [OutgoingRecord] = []
    var recordsLeft: Int?
    var low = Offset(0)
    /// Which topic fills first, so that a cut may leave any of them behind.
    var topicOrder = [Topic.inbox, .timeline, .memberships, .deadLetters]

    init(partitions: Int = 1) {
        partitionCount = partitions
    }

    /// Whether what is begun reaches the log only when it is waited for.
    var isLate = false
    private var underWay: [[OutgoingRecord]] = []

    // MARK: The log

    func begin(_ records: [OutgoingRecord]) throws -> (any OutputsInFlight)? {
        guard isLate else {
            try append(records)
            return nil
        }
        underWay.append(records)
        return LateOutputs {
            do {
                try self.append(self.underWay.removeFirst())
            } catch {
                // Producers are gapless: nothing comes after what could not be appended.
                self.underWay = []
                throw error
            }
        }
    }

    /// The router has died: of what was under way only the beginning reaches the log, of each topic for itself.
    func crash(_ random: inout SeededRandom) {
        let records = underWay.flatMap(\.self)
        underWay = []
        for topic in topicOrder {
            let ofTopic = records.filter { $0.topic == topic }
            outputs += ofTopic.prefix(Int.random(in: 0...ofTopic.count, using: &random))
        }
    }

    private func append(_ records: [OutgoingRecord]) throws {
        // Per topic, as partitions of several topics fill independently: a cut may fall anywhere in each.
        for topic in topicOrder {
            for record in records where record.topic == topic {
                if let left = recordsLeft {
                    guard left > 0 else { throw Cut() }
                    recordsLeft = left - 1
                }
                outputs.append(record)
            }
        }
        if recordsLeft == 0 { throw Cut() }
    }

    func watermarks(of partition: TopicPartition) -> LogAdmin.Watermarks {
        LogAdmin.Watermarks(low: low, high: Offset(Int64(submissions.count)))
    }

    func partitionCounts() -> RouterPartitionCounts {
        RouterPartitionCounts(
            submissions: partitionCount,
            timeline: timelinePartitions ?? partitionCount,
            inbox: inboxPartitions
        )
    }

    func oldestSubmission(in partition: Partition) -> Offset { low }

    func readTimeline(_ partition: Partition, _ body: ([LogRecord]) throws -> Void) throws {
        let records = outputs.filter { $0.topic == .timeline && $0.partition == partition }
        let log = records.enumerated().map { place, record in
            LogRecord(
                topicPartition: TopicPartition(.timeline, partition),
                offset: Offset(Int64(place)),
                timestamp: Timestamp(milliseconds: Self.noon),
                key: record.key,
                value: record.value
            )
        }
        for start in stride(from: 0, to: log.count, by: 7) {
            try body(Array(log[start..<min(start + 7, log.count)]))
        }
    }

    // MARK: Readers

    /// What a reader of a topic sees that drops repetitions by origin, per partition.
    func timeline() throws -> [TimelineEvent] {
        var filter = OriginFilter()
        return try outputs.filter { $0.topic == .timeline }.compactMap { record in
            let event = try TimelineEvent(decoding: record.value?[...] ?? [])
            return filter.admit(event.origin) ? event : nil
        }
    }

    func inbox() throws -> [Partition: [PBInboxRecord]] {
        var filters: [Partition: OriginFilter] = [:]
        var records: [Partition: [PBInboxRecord]] = [:]
        for record in outputs where record.topic == .inbox {
            guard let partition = record.partition else { continue }
            let message = try PBInboxRecord(serializedBytes: record.value ?? [])
            guard filters[partition, default: OriginFilter()].admit(Origin(message.origin)) else {
                continue
            }
            records[partition, default: []].append(message)
        }
        return records
    }

    // MARK: Submissions

    static func account(_ number: Int) -> AccountID {
        AccountID(high: 0xACC0 &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: UInt64(number))
    }

    static func id(_ tail: UInt64, at milliseconds: Int64) -> SubmissionID {
        SubmissionID(
            high: UInt64(milliseconds) << 16 | 0x7000,
            low: 0x8000_0000_0000_0000 | tail
        )
    }

    static func event(_ body: TimelineEvent.Body, of key: SubmissionKey) -> TimelineEvent {
        TimelineEvent(
            origin: Origin(topicNumber: 1, partition: Partition(0), offset: Offset(0)),
            conversation: key.conversation,
            kind: .group,
            seq: 1,
            messageCount: 0,
            serverTime: Timestamp(milliseconds: noon),
            clientTime: Timestamp(milliseconds: 0),
            sender: key.sender,
            device: DeviceID(high: 1, low: 1),
            submission: key.id,
            body: body
        )
    }

    /// A submission of anything, by an account of a number.
    @discardableResult
    func submit(
        _ tail: UInt64,
        _ request: Submission.Request,
        by sender: Int,
        in conversation: ConversationID,
        kind: ConversationKind? = nil,
        at milliseconds: Int64 = noon
    ) throws -> LogRecord {
        let message = try PBSubmission.with {
            $0.submissionID = Data(Self.id(tail, at: milliseconds).bytes)
            $0.conversationID = Data(conversation.bytes)
            $0.conversationKind = PBConversationKind(rawValue: kind?.rawValue ?? 0) ?? .unspecified
            $0.sender = Data(Self.account(sender).bytes)
            $0.deviceID = Data(Self.id(77, at: Self.noon).bytes)
            $0.serverTimeMs = milliseconds
            switch request {
            case .postMessage(let post):
                $0.postMessage.recipient = Data(post.recipient?.bytes ?? [])
                $0.postMessage.content = try PBContent(serializedBytes: Array(post.content))
            case .act(let action):
                $0.action = try PBConversationAction(serializedBytes: action.encoded())
            case .unknown: break
            }
        }
        return add(
            key: conversation.bytes,
            value: try message.serializedBytes(),
            in: Partitioner.partition(of: conversation, count: partitionCount),
            at: milliseconds
        )
    }

    /// What memberships say last, by account and conversation.
    func memberships() throws -> [[UInt8]: PBMembershipRecord] {
        var newest: [[UInt8]: PBMembershipRecord] = [:]
        for record in outputs where record.topic == .memberships {
            newest[record.key] = try PBMembershipRecord(serializedBytes: record.value ?? [])
        }
        return newest
    }

    @discardableResult
    func post(
        _ tail: UInt64,
        from sender: Int,
        to recipient: Int,
        _ text: String = "hello",
        at milliseconds: Int64 = noon,
        idTime: Int64? = nil
    ) throws -> LogRecord {
        let sender = Self.account(sender)
        let recipient = Self.account(recipient)
        let conversation = ConversationID(directBetween: sender, and: recipient)
        let value: [UInt8] = try PBSubmission.with {
            $0.submissionID = Data(Self.id(tail, at: idTime ?? milliseconds).bytes)
            $0.conversationID = Data(conversation.bytes)
            $0.conversationKind = .direct
            $0.sender = Data(sender.bytes)
            $0.deviceID = Data(Self.id(77, at: Self.noon).bytes)
            $0.serverTimeMs = milliseconds
            $0.postMessage.recipient = Data(recipient.bytes)
            $0.postMessage.content.text.text = text
        }.serializedBytes()
        return add(
            key: conversation.bytes,
            value: value,
            in: Partitioner.partition(of: conversation, count: partitionCount),
            at: milliseconds
        )
    }

    @discardableResult
    func add(
        key: [UInt8],
        value: [UInt8],
        in partition: Partition,
        at time: Int64 = noon
    )
        -> LogRecord
    {
        let record = LogRecord(
            topicPartition: TopicPartition(.submissions, partition),
            offset: Offset(Int64(submissions.count)),
            timestamp: Timestamp(milliseconds: time),
            key: key,
            value: value
        )
        submissions.append(record)
        return record
    }

    // MARK: Routers

    func engine(
        _ database: any DatabaseWriter,
        window: Int = 50,
        interval: Duration = .zero,
        inFlightMax: Int = 1
    )
        throws -> ProjectionEngine
    {
        let logger = Logger(label: "router-test") { _ in SwiftLogNoOpLogHandler() }
        let router = RouterProjection(history: self, window: window, logger: logger)
        return ProjectionEngine(
            router,
            store: try ProjectionStore(database, migrations: router.migrations),
            output: self,
            input: self,
            checkpointInterval: interval,
            batchesInFlightMax: inFlightMax,
            logger: logger
        )
    }

    /// Routes everything from where a database says to the end.
    func route(_ database: any DatabaseWriter, window: Int = 50) throws {
        let engine = try engine(database, window: window)
        let partitions = (0..<partitionCount).map {
            TopicPartition(.submissions, Partition(Int32($0)))
        }
        let starts = try engine.assigned(partitions)
        let todo = submissions.filter { record in
            guard case .offset(let start)? = starts[record.topicPartition] else { return true }
            return record.offset >= start
        }
        for start in stride(from: 0, to: todo.count, by: window) {
            _ = try engine.process(Array(todo[start..<min(start + window, todo.count)]))
        }
        try engine.revoked(partitions, lost: false)
    }
}
