import Conversations
import EventLog
import Events
import Foundation
import GRDB
import Logging
import Projections
import SwiftProtobuf
import Testing

@testable import Receipts

@Suite struct ReceiptsProjectionTests {
    static let ada = AccountID(high: 0xADA, low: 1)
    static let bob = AccountID(high: 0xB0B, low: 2)
    static let eve = AccountID(high: 0xE5E, low: 3)
    private static let conversation = ConversationID(directBetween: ada, and: bob)
    private static let noon: Int64 = 1_790_000_000_000
    let log: MemoryLog
    private let database: DatabaseQueue

    init() throws {
        try self.init(fresh: MemoryLog())
    }

    init(fresh log: MemoryLog) throws {
        database = try DatabaseQueue()
        self.log = log
    }

    func engine(
        _ ends: Ends? = nil,
        interval: Duration = .zero
    ) throws -> ProjectionEngine {
        let receipts = ReceiptsProjection { 12 }
        let engine = ProjectionEngine(
            receipts,
            store: try ProjectionStore(database, migrations: receipts.migrations),
            output: log,
            input: ends,
            checkpointInterval: interval,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        _ = try engine.assigned(
            [Topic.timeline, .receipts].map { TopicPartition($0, Partition(0)) }
        )
        return engine
    }

    private func record(_ topic: Topic, _ offset: Int, _ value: [UInt8]) -> LogRecord {
        LogRecord(
            topicPartition: TopicPartition(topic, Partition(0)),
            offset: Offset(Int64(offset)),
            timestamp: Timestamp(milliseconds: Self.noon),
            key: nil,
            value: value
        )
    }

    func sent(
        _ seq: Int,
        by sender: AccountID,
        isWithheld: Bool = false
    ) -> LogRecord {
        let event = TimelineEvent(
            origin: Origin(topicNumber: 1, partition: Partition(0), offset: Offset(Int64(seq))),
            conversation: Self.conversation,
            kind: .direct,
            seq: UInt64(seq),
            messageCount: UInt64(seq),
            serverTime: Timestamp(milliseconds: Self.noon),
            clientTime: Timestamp(milliseconds: 0),
            sender: sender,
            device: DeviceID(high: 1, low: 1),
            submission: SubmissionID(high: 1, low: UInt64(seq)),
            body: .messagePosted(
                MessagePost(recipient: sender == Self.ada ? Self.bob : Self.ada, text: [0x78])
            ),
            isWithheld: isWithheld
        )
        return record(.timeline, seq, event.encoded())
    }

    func mark(
        _ offset: Int,
        by account: AccountID,
        delivered: UInt64 = 0,
        read: UInt64 = 0,
        isPrivate: Bool = false
    ) throws -> LogRecord {
        let value: [UInt8] = try PBReceipt.with {
            $0.conversationID = Data(Self.conversation.bytes)
            $0.accountID = Data(account.bytes)
            $0.deviceID = Data(account.bytes)
            $0.serverTimeMs = Self.noon + Int64(offset)
            $0.marks = .with {
                $0.deliveredSeq = delivered
                $0.readSeq = read
                $0.private = isPrivate
            }
        }.serializedBytes()
        return record(.receipts, offset, value)
    }

    /// The records that tell of ticks.
    private var ticksRecords: [OutgoingRecord] {
        log.records.filter {
            (try? PBInboxRecord(serializedBytes: $0.value ?? []).ticks) != PBTicks()
        }
    }

    /// How far each account was last told that it has read, and that it never went back.
    func readTold() throws -> [AccountID: UInt64] {
        var told: [AccountID: UInt64] = [:]
        for record in log.records {
            let message = try PBInboxRecord(serializedBytes: record.value ?? [])
            guard case .readMark(let mark) = message.record,
                let account = AccountID(bytes: mark.accountID)
            else { continue }
            #expect(record.topic == .inbox && record.key == account.bytes)
            #expect(record.partition == Partitioner.partition(of: account, count: 12))
            #expect(mark.conversationID == Data(Self.conversation.bytes))
            #expect(mark.seq >= told[account] ?? 0)
            told[account] = mark.seq
        }
        return told
    }

    /// The last ticks that each account was told, and that none ever went back.
    func told() throws -> [AccountID: Told] {
        var told: [AccountID: Told] = [:]
        for record in ticksRecords {
            let ticks = try PBInboxRecord(serializedBytes: record.value ?? []).ticks
            guard let account = AccountID(bytes: ticks.accountID) else { continue }
            #expect(record.key == account.bytes)
            #expect(record.partition == Partitioner.partition(of: account, count: 12))
            let next = Told(delivered: ticks.deliveredSeq, read: ticks.readSeq)
            let last = told[account] ?? Told()
            #expect(next.delivered >= last.delivered && next.read >= last.read)
            told[account] = next
        }
        return told
    }

    @Test func deliveredThenReadTurnTheSendersTicks() throws {
        let engine = try engine()
        _ = try engine.process([sent(1, by: Self.ada)])
        #expect(ticksRecords.isEmpty)
        _ = try engine.process([try mark(0, by: Self.bob, delivered: 1)])
        #expect(try told() == [Self.ada: Told(delivered: 1, read: 0)])
        _ = try engine.process([try mark(1, by: Self.bob, read: 1)])
        #expect(try told() == [Self.ada: Told(delivered: 1, read: 1)])
        #expect(ticksRecords.count == 2)
    }

    @Test func readImpliesDelivered() throws {
        _ = try engine().process([sent(1, by: Self.ada), try mark(0, by: Self.bob, read: 1)])
        #expect(try told() == [Self.ada: Told(delivered: 1, read: 1)])
    }

    @Test func aBatchTellsAnAccountOnce() throws {
        let engine = try engine()
        _ = try engine.process(
            (1...50).map { sent($0, by: Self.ada) }
                + (1...50).map { try mark($0, by: Self.bob, delivered: UInt64($0)) }
        )
        #expect(ticksRecords.count == 1)
        #expect(try told() == [Self.ada: Told(delivered: 50, read: 0)])
    }

    @Test func ownMarksOldMarksAndStrangersMarksSayNothing() throws {
        let engine = try engine()
        _ = try engine.process([
            sent(1, by: Self.ada), sent(2, by: Self.ada), try mark(0, by: Self.ada, read: 2),
            try mark(1, by: Self.eve, read: 2),
        ])
        #expect(ticksRecords.isEmpty)
        _ = try engine.process([try mark(2, by: Self.bob, delivered: 2)])
        _ = try engine.process([try mark(3, by: Self.bob, delivered: 1)])
        _ = try engine.process([try mark(4, by: Self.bob, delivered: 2)])
        #expect(ticksRecords.count == 1)
    }

    @Test func aMadeUpMarkNeverTicksTheFuture() throws {
        let engine = try engine()
        _ = try engine.process([sent(1, by: Self.ada), try mark(0, by: Self.bob, read: .max)])
        #expect(try told() == [Self.ada: Told(delivered: 1, read: 1)])
        // It counts when the timeline gets there, as it would have if it had come then.
        _ = try engine.process([sent(2, by: Self.ada)])
        #expect(try told() == [Self.ada: Told(delivered: 2, read: 2)])
    }

    @Test func marksFromBeforeTheTimelineWaitForIt() throws {
        let first = try engine()
        _ = try first.process([
            try mark(0, by: Self.eve, read: 9), try mark(1, by: Self.bob, delivered: 1),
        ])
        #expect(ticksRecords.isEmpty)
        // Held on disk too.
        let second = try engine()
        _ = try second.process([sent(1, by: Self.ada)])
        #expect(try told() == [Self.ada: Told(delivered: 1, read: 0)])
    }

    @Test func aRepeatedTimelineRecordIsDropped() throws {
        let engine = try engine()
        _ = try engine.process([sent(1, by: Self.ada), sent(2, by: Self.bob)])
        let again = sent(1, by: Self.bob)
        _ = try engine.process([
            LogRecord(
                topicPartition: again.topicPartition,
                offset: Offset(3),
                timestamp: again.timestamp,
                key: nil,
                value: again.value
            ),
            try mark(0, by: Self.ada, read: 1),
        ])
        #expect(ticksRecords.isEmpty)
    }

    @Test func aCrashBeforeTheCheckpointTellsTheSameAgain() throws {
        let engine = try engine()
        _ = try engine.process([sent(1, by: Self.ada)])
        log.isCut = true
        let marks = [try mark(0, by: Self.bob, delivered: 1)]
        #expect(throws: CancellationError.self) { try engine.process(marks) }
        #expect(ticksRecords.isEmpty)
        log.isCut = false
        _ = try self.engine().process(marks)
        #expect(try told() == [Self.ada: Told(delivered: 1, read: 0)])
    }

    @Test func afterACrashNothingIsToldThatIsLessThanBefore() throws {
        let timeline = (1...9).map { sent($0, by: Self.ada) }
        let marks = try (0..<8).map { try mark($0, by: Self.bob, delivered: UInt64($0 + 1)) }
        let first = try engine(Ends(timeline: 10, receipts: 0), interval: .seconds(3600))
        _ = try first.process(timeline)
        _ = try first.process(marks)
        #expect(try told() == [Self.ada: Told(delivered: 8, read: 0)])
        // Killed before a checkpoint; the second one reads the same in other batches.
        let second = try engine(Ends(timeline: 10, receipts: 8))
        _ = try second.process(Array(timeline.prefix(5)))
        _ = try second.process(Array(marks.prefix(3)))
        _ = try second.process(Array(timeline.suffix(4)))
        _ = try second.process(Array(marks[3..<7]))
        #expect(ticksRecords.count == 1)
        _ = try second.process(Array(marks.suffix(1)))
        #expect(try told() == [Self.ada: Told(delivered: 8, read: 0)])
        #expect(ticksRecords.count == 2)
        _ = try second.process([try mark(8, by: Self.bob, read: 2)])
        #expect(try told() == [Self.ada: Told(delivered: 8, read: 2)])
    }

    @Test func ticksThatWereHeldAreToldAfterAnotherCrash() throws {
        let first = try engine(Ends(timeline: 2, receipts: 3))
        _ = try first.process([sent(1, by: Self.ada), try mark(0, by: Self.bob, delivered: 1)])
        #expect(ticksRecords.isEmpty)
        // Its state is on disk, and says that ticks are owed; what comes next moves none.
        let second = try engine(Ends(timeline: 2, receipts: 3))
        _ = try second.process([try mark(1, by: Self.eve, read: 1)])
        _ = try second.process([try mark(2, by: Self.eve, read: 1)])
        #expect(try told() == [Self.ada: Told(delivered: 1, read: 0)])
        _ = try second.process([])
        let third = try engine(Ends(timeline: 2, receipts: 3))
        _ = try third.process([])
        #expect(ticksRecords.count == 1)
    }

    @Test func aMoveBeforeTheHeldTicksAreToldTellsThemToo() throws {
        let first = try engine(Ends(timeline: 2, receipts: 3))
        _ = try first.process([sent(1, by: Self.ada), try mark(0, by: Self.bob, delivered: 1)])
        let second = try engine(Ends(timeline: 2, receipts: 2))
        _ = try second.process([try mark(1, by: Self.bob, read: 1)])
        #expect(try told() == [Self.ada: Told(delivered: 1, read: 1)])
        _ = try second.process([])
        #expect(ticksRecords.count == 1)
    }

    @Test func anOwedConversationThatLeftTheMemoryIsToldFromItsNewerState() throws {
        _ = try engine()
        let partition = ReceiptsPartition(
            Partition(0),
            database,
            isFresh: false,
            bounds: .init(conversationsMax: 2)
        )
        let owed = try partition.conversation(Self.conversation)
        for record in [sent(1, by: Self.ada), try mark(0, by: Self.bob, delivered: 1)] {
            let bytes = (record.value ?? [])[...]
            let effect =
                record.topicPartition.topic == .timeline
                ? owed.value.apply(try TimelineEvent(decoding: bytes))
                : owed.value.apply(try Receipt(decoding: bytes))
            partition.note(effect, on: owed, by: record.origin(), at: record.timestamp)
        }
        #expect(owed.value.isOwed)
        partition.caughtUp()
        try database.write { try partition.save($0) }
        partition.saved()
        for number in 0..<4 {
            _ = try partition.conversation(ConversationID(high: 9, low: UInt64(number)))
        }
        let newer = try partition.conversation(Self.conversation)
        #expect(newer !== owed)
        #expect(newer.value.isOwed)
        #expect(try partition.nextOwed(countMax: 10) == [Self.conversation])
    }

    @Test func whatIsWithheldIsNeverTicked() throws {
        let engine = try engine()
        _ = try engine.process([
            sent(1, by: Self.ada), sent(2, by: Self.ada, isWithheld: true),
            try mark(0, by: Self.bob, read: 2),
        ])
        #expect(try told() == [Self.ada: Told(delivered: 1, read: 1)])
    }

    @Test func aConversationMayBeginWithABlock() throws {
        let engine = try engine()
        let block = TimelineEvent(
            origin: Origin(topicNumber: 1, partition: Partition(0), offset: Offset(1)),
            conversation: Self.conversation,
            kind: .direct,
            seq: 1,
            messageCount: 0,
            serverTime: Timestamp(milliseconds: Self.noon),
            clientTime: Timestamp(milliseconds: 0),
            sender: Self.bob,
            device: DeviceID(high: 1, low: 1),
            submission: SubmissionID(high: 1, low: 1),
            body: .acted(.setBlock(Self.ada, isBlocked: true))
        )
        _ = try engine.process([
            try mark(0, by: Self.ada, delivered: 2), record(.timeline, 1, block.encoded()),
            sent(2, by: Self.bob),
        ])
        #expect(try told() == [Self.bob: Told(delivered: 2, read: 0)])
    }

    @Test func ticksThatFollowOneAnotherAreToldAtOnce() throws {
        let engine = try engine()
        for seq in 1...5 {
            _ = try engine.process([
                sent(seq, by: Self.ada), try mark(seq, by: Self.bob, read: UInt64(seq)),
            ])
        }
        #expect(ticksRecords.count == 5)
    }

    @Test func howFarAReaderHasReadIsInTheConversationsRow() throws {
        let first = try engine(interval: .seconds(3600))
        _ = try first.process([
            sent(1, by: Self.ada), sent(2, by: Self.ada),
            try mark(0, by: Self.bob, read: 2, isPrivate: true),
        ])
        #expect(try told() == [Self.ada: Told(delivered: 2, read: 0)])
        #expect(try readTold() == [Self.bob: 2])
        let inputs = [Topic.timeline, .receipts].map { TopicPartition($0, Partition(0)) }
        try first.revoked(inputs, lost: false)
        let count = log.records.count
        // The same from another device, and less: nothing that is new.
        let second = try engine()
        _ = try second.process([
            try mark(1, by: Self.bob, read: 2), try mark(2, by: Self.bob, read: 1, isPrivate: true),
        ])
        #expect(try told() == [Self.ada: Told(delivered: 2, read: 2)])
        #expect(log.records.count == count + 1)
    }
}
