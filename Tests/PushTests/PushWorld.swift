import EventLog
import Events
import Foundation
import GRDB
import Logging
import Projections
import SwiftProtobuf
import Synchronization

@testable import Push

/// A clock that a test moves.
final class ManualClock: WallClock {
    private let time = Mutex(Timestamp(milliseconds: 1_000_000))

    func now() -> Timestamp { time.withLock { $0 } }

    func advance(_ duration: Duration) {
        time.withLock { $0 = $0 + duration }
    }
}

/// Keeps notifications in memory; refuses them while `isDown`.
final class CollectingProvider: PushProvider {
    private struct State {
        var notifications: [PushNotification] = []
        var isDown = false
    }

    private let state = Mutex(State())

    var notifications: [PushNotification] { state.withLock { $0.notifications } }

    func forget() {
        state.withLock { $0.notifications = [] }
    }

    func setDown(_ isDown: Bool) {
        state.withLock { $0.isDown = isDown }
    }

    func deliver(_ notifications: [PushNotification]) throws {
        try state.withLock { state in
            if state.isDown { throw PushError(.unavailable, "down") }
            state.notifications += notifications
        }
    }
}

/// Says where topics end, unless the broker is away, and what `memberships` has.
final class SampleLog: PushLog {
    var ends: [TopicPartition: LogAdmin.Watermarks] = [:]
    var memberships: [TopicPartition: [LogRecord]] = [:]
    var isDown = false

    func ends(of partition: TopicPartition) throws -> LogAdmin.Watermarks {
        if isDown { throw EventLogError(.unavailable, "down") }
        return ends[partition] ?? LogAdmin.Watermarks(low: Offset(0), high: Offset(0))
    }

    func memberships(of partition: Partition) throws -> [GroupMembers.Change] {
        let records = memberships[TopicPartition(.memberships, partition)] ?? []
        return try records.flatMap { try GroupMembers.Change.changes(of: $0) }
    }
}

final class NoOutputs: OutputLog {
    func begin(_ records: [OutgoingRecord]) -> (any OutputsInFlight)? { nil }
}

/// A push process over a log in memory, which can be killed and started again.
final class PushWorld {
    let clock = ManualClock()
    let provider = CollectingProvider()
    let log = SampleLog()
    var options = PushProjection.Options()
    let partitionCount: Int
    private(set) var logs: [TopicPartition: [LogRecord]] = [:]
    private var read: [TopicPartition: Offset] = [:]
    private var engine: ProjectionEngine?
    let path: String
    private var submissions: Int64 = 0
    var groups: [ConversationID: GroupState] = [:]

    init(partitionCount: Int = 1, starts: Bool = true) throws {
        self.partitionCount = partitionCount
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("martlet-push-\(UUID().uuidString).sqlite").path
        if starts { try start() }
    }

    deinit {
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: path + suffix)
        }
    }

    /// Starts the process; what a killed one had in memory is gone, which is much if it wrote checkpoints seldom.
    func start(checkpointInterval: Duration = .zero) throws {
        engine = nil
        let projection = PushProjection(
            provider: provider,
            log: log,
            partitionCount: partitionCount,
            clock: clock,
            options: options
        )
        let engine = ProjectionEngine(
            projection,
            store: try ProjectionStore(path: path, migrations: projection.migrations),
            output: NoOutputs(),
            checkpointInterval: checkpointInterval,
            logger: Logger(label: "test")
        )
        var partitions: [TopicPartition] = []
        for number in 0..<Int32(partitionCount) {
            partitions += projection.topics.map { TopicPartition($0, Partition(number)) }
        }
        read = try engine.assigned(partitions).mapValues { start in
            if case .offset(let offset) = start { offset } else { Offset(0) }
        }
        self.engine = engine
    }

    /// Lets the process read some records of a topic, or all that there are.
    func readOn(_ topic: Topic, _ partition: Int32 = 0, count: Int = .max) throws {
        let place = TopicPartition(topic, Partition(partition))
        let start = Int(read[place]?.number ?? 0)
        let records = (logs[place] ?? []).dropFirst(start).prefix(count)
        read[place] = Offset(Int64(start + records.count))
        _ = try engine?.process(Array(records))
    }

    /// A poll that brings nothing.
    func idle() throws {
        _ = try engine?.process([])
    }

    func readAll() throws {
        for partition in 0..<Int32(partitionCount) {
            for topic in [Topic.accounts, .inbox, .sessions] { try readOn(topic, partition) }
        }
        try idle()
    }

    // MARK: What others write

    @discardableResult
    func append(
        _ topic: Topic,
        _ partition: Int32,
        _ message: some SwiftProtobuf.Message
    ) throws
        -> Offset
    {
        try append(topic, partition, message.serializedBytes())
    }

    @discardableResult
    func append(_ topic: Topic, _ partition: Int32, _ value: [UInt8]) throws -> Offset {
        let place = TopicPartition(topic, Partition(partition))
        let offset = Offset(Int64(logs[place]?.count ?? 0))
        logs[place, default: []].append(
            LogRecord(
                topicPartition: place,
                offset: offset,
                timestamp: clock.now(),
                key: [],
                value: value
            )
        )
        log.ends[place] = LogAdmin.Watermarks(low: Offset(0), high: offset.next)
        return offset
    }

    /// Forgets a topic's records, as if it were made anew.
    func makeAnew(_ topic: Topic) {
        for place in logs.keys where place.topic == topic {
            logs[place] = []
            read[place] = Offset(0)
        }
    }

    struct Posted: Hashable {
        var messageID: SubmissionID
        var recipient: AccountID
        var offset: Offset
        var origin: Origin
    }

    func partition(of account: AccountID) -> Int32 {
        Partitioner.partition(of: account, count: partitionCount).number
    }

    /// What the next submission is called, and where it lies.
    func nextSubmission() -> (id: SubmissionID, origin: Origin) {
        submissions += 1
        let origin = Origin(
            topicNumber: Topic.submissions.number,
            partition: Partition(0),
            offset: Offset(submissions)
        )
        return (SubmissionID(high: 7, low: UInt64(submissions)), origin)
    }

    @discardableResult
    func post(from sender: AccountID, to recipient: AccountID, times: Int = 1) throws -> Posted {
        let (id, origin) = nextSubmission()
        let record = PBInboxRecord.with {
            $0.origin = origin.message
            $0.event = .with {
                $0.origin = origin.message
                $0.deviceID = Data(id.bytes)
                $0.conversationID = Data(
                    ConversationID(directBetween: sender, and: recipient).bytes
                )
                $0.conversationKind = .direct
                $0.seq = UInt64(origin.offset.number)
                $0.serverTimeMs = clock.now().milliseconds
                $0.sender = Data(sender.bytes)
                $0.submissionID = Data(id.bytes)
                $0.messagePosted = .with {
                    $0.recipient = Data(recipient.bytes)
                    $0.content = .with { $0.text = .with { $0.text = "a secret" } }
                }
            }
        }
        var offset = Offset(0)
        for place in Set([partition(of: sender), partition(of: recipient)]) {
            for _ in 0..<times {
                let appended = try append(.inbox, place, record)
                if place == partition(of: recipient) { offset = appended }
            }
        }
        return Posted(messageID: id, recipient: recipient, offset: offset, origin: origin)
    }

    enum SessionEvent {
        case connected
        case disconnected
        case progressed
    }

    func session(
        _ event: SessionEvent,
        _ account: AccountID,
        _ session: UInt64 = 1,
        acknowledged: Offset = Offset(0)
    ) throws {
        try append(
            .sessions,
            partition(of: account),
            PBSessionRecord.with {
                $0.accountID = Data(account.bytes)
                $0.deviceID = Data(DeviceID(high: account.high, low: account.low).bytes)
                $0.sessionID = Data(SessionID(high: 0, low: session).bytes)
                $0.acknowledgedOffset = acknowledged.number
                switch event {
                case .connected: $0.connected = .init()
                case .disconnected: $0.disconnected = .init()
                case .progressed: $0.progressed = .init()
                }
            }
        )
    }
}

let ada = AccountID(high: 0xADA, low: 1)
let bob = AccountID(high: 0xB0B, low: 2)
