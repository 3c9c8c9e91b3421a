import EventLog
import Events
import GRDB
import Logging
import Projections
import SwiftProtobuf
import Testing

@testable import Receipts

/// The projection over a database and a log in memory, with a clock of its own, and a ledger of what was told.
final class Aggregator {
    let log = MemoryLog()
    let database: DatabaseQueue
    var bounds = ReceiptsPartition.Bounds()
    var now = ContinuousClock.now
    /// The last ticks that each account was told.
    private(set) var told: [AccountID: Told] = [:]
    /// How many records told of ticks.
    private(set) var toldCount = 0
    /// How far each account was last told that it has read.
    private(set) var readTold: [AccountID: UInt64] = [:]
    /// How many records told of that.
    private(set) var readToldCount = 0
    private var toldAt: [AccountID: ContinuousClock.Instant] = [:]
    private var readersOfThisProcess: Set<AccountID> = []
    private var engine: ProjectionEngine?
    private var timelineStart = 0
    private var receiptsStart = 0

    init() throws {
        database = try DatabaseQueue()
    }

    /// Begins as a process does that comes after a killed one.
    ///
    /// - Returns: where to read on.
    func start(
        _ ends: Ends? = nil,
        interval: Duration = .zero
    ) throws -> (timeline: Int, receipts: Int) {
        let receipts = ReceiptsProjection(
            bounds: bounds,
            now: { [unowned self] in now },
            inboxPartitionCount: { 12 }
        )
        let engine = ProjectionEngine(
            receipts,
            store: try ProjectionStore(database, migrations: receipts.migrations),
            output: log,
            input: ends,
            checkpointInterval: interval,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        self.engine = engine
        toldAt = [:]
        readersOfThisProcess = []
        let starts = try engine.assigned(partitions)
        return (offset(starts, .timeline), offset(starts, .receipts))
    }

    /// Ends in an orderly manner, with a checkpoint.
    func stop() throws {
        try engine?.revoked(partitions, lost: false)
        engine = nil
    }

    private var partitions: [TopicPartition] {
        [Topic.timeline, .receipts].map { TopicPartition($0, Partition(0)) }
    }

    private func offset(_ starts: [TopicPartition: StartPosition], _ topic: Topic) -> Int {
        guard case .offset(let offset)? = starts[TopicPartition(topic, Partition(0))] else {
            return 0
        }
        return Int(offset.number)
    }

    /// Folds a batch in and looks at what is told: of an account never less than before, and in a group not too often; of its
    /// own reading always more, and once a batch, unless a process has died.
    func process(_ batch: [LogRecord]) throws {
        defer { review() }
        _ = try engine?.process(batch)
    }

    /// Lets so much time pass, and what waits be told.
    func pass(_ time: Duration = .milliseconds(250)) throws {
        now += time
        try process([])
    }

    private func review() {
        var readers: Set<AccountID> = []
        for record in log.records {
            let message = try? PBInboxRecord(serializedBytes: record.value ?? [])
            switch message?.record {
            case .ticks(let ticks): review(ticks, record)
            case .readMark(let mark):
                review(mark, record)
                guard let account = AccountID(bytes: mark.accountID) else { continue }
                #expect(readers.insert(account).inserted)
            default: Issue.record("a record that tells of neither ticks nor reading")
            }
        }
        log.records = []
    }

    private func expectRoute(_ record: OutgoingRecord, to account: AccountID) {
        #expect(record.key == account.bytes)
        #expect(record.partition == Partitioner.partition(of: account, count: 12))
    }

    private func review(_ ticks: PBTicks, _ record: OutgoingRecord) {
        guard let account = AccountID(bytes: ticks.accountID) else {
            Issue.record("no account")
            return
        }
        expectRoute(record, to: account)
        let next = Told(delivered: ticks.deliveredSeq, read: ticks.readSeq)
        let last = told[account] ?? Told()
        #expect(next.delivered >= last.delivered && next.read >= last.read)
        if let before = toldAt.updateValue(now, forKey: account) {
            #expect(before.duration(to: now) >= ReceiptsProjection.groupInterval)
        }
        told[account] = next
        toldCount += 1
    }

    private func review(_ mark: PBReadMark, _ record: OutgoingRecord) {
        guard let account = AccountID(bytes: mark.accountID) else {
            Issue.record("no account")
            return
        }
        expectRoute(record, to: account)
        let last = readTold.updateValue(mark.seq, forKey: account) ?? 0
        #expect(mark.seq >= last)
        // A process that comes after a killed one may say it again, once.
        if readersOfThisProcess.contains(account) { #expect(mark.seq > last) }
        readersOfThisProcess.insert(account)
        readToldCount += 1
    }
}
