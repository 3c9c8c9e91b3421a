import EventLog
import Events
import Foundation
import GRDB
import Logging
import Persistence
import Projections
import Stores
import SwiftProtobuf
import Testing

struct PersistenceTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// What does not happen in a sample log: nobody is withheld from, asks to join, votes or pins.
    private static let missing: Set<StoreTable> = [
        .asides, .votes, .voteSums, .pins, .invites, .requests, .bans,
    ]

    private func sampleLog(seed: UInt64, steps: Int) throws -> SampleLog {
        var log = try SampleLog(seed: seed)
        for _ in 0..<steps { try log.step() }
        return log
    }

    private func engine(
        _ path: String,
        _ output: CollectedOutputs = CollectedOutputs()
    ) throws
        -> ProjectionEngine
    {
        let committer = StoreCommitter(
            try SQLiteHotStore(path: path),
            logger: Logger(label: "test")
        )
        return ProjectionEngine(
            PersistenceProjection(committer, writesAside: false),
            store: try .inMemory(),
            output: output,
            logger: Logger(label: "test")
        )
    }

    private func offsets(_ starts: [TopicPartition: StartPosition]) -> [TopicPartition: Offset] {
        starts.compactMapValues { start in
            if case .offset(let offset) = start { offset } else { nil }
        }
    }

    private func rebuilt(_ log: SampleLog, _ name: String) throws -> SQLiteHotStore {
        let store = try SQLiteHotStore(path: folder.file(name))
        var rebuild = try StoreRebuild(
            store,
            limits: log.watermarks,
            ends: log.watermarks.mapValues(\.high)
        )
        try rebuild.fold(log.all)
        try rebuild.flush()
        #expect(rebuild.isComplete)
        return store
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func interleavingAndRestartsDoNotShowInTheStore(seed: UInt64) throws {
        let log = try sampleLog(seed: seed, steps: 600)
        let expected = try rebuilt(log, "expected.sqlite")

        let path = folder.file("live.sqlite")
        let partitions = Array(log.records.keys)
        let records = log.interleaved(seed: seed &+ 77)
        var random = SeededRandom(seed: seed)
        var starts: [TopicPartition: Offset] = [:]
        var rounds = 0
        repeat {
            // A new process: what the killed one had in memory is gone, the file remains.
            rounds += 1
            let engine = try engine(path)
            starts = offsets(try engine.assigned(partitions))
            let left = records.filter { $0.offset >= starts[$0.topicPartition] ?? Offset(0) }
            var place = 0
            for _ in 0..<Int.random(in: 1...6, using: &random) where place < left.count {
                let end = min(place + Int.random(in: 1...80, using: &random), left.count)
                _ = try engine.process(Array(left[place..<end]))
                place = end
            }
            if place == left.count { break }
        } while rounds < 500
        #expect(rounds > 3)

        let live = try SQLiteStoreReader(path: path)
        #expect(try live.firstDifference(with: expected) == nil)
        #expect(try live.digests() == expected.digests())
        #expect(try live.positions() == log.watermarks.mapValues(\.high))
        let rows = try live.digest(of: .events).rows
        let timeline = log.all.filter { $0.topicPartition.topic == .timeline }
        #expect(rows < timeline.count, "the sample has no repetitions")
        #expect(rows == Set(timeline.map(\.value)).count)
        for table in StoreTable.allCases where !Self.missing.contains(table) {
            #expect(try live.digest(of: table).rows > 0, "the sample has no \(table)")
        }
    }

    @Test func aRebuildThatWasInterruptedGoesOnWhereItStood() throws {
        let log = try sampleLog(seed: 9, steps: 500)
        let expected = try rebuilt(log, "expected.sqlite")
        let path = folder.file("resumed.sqlite")
        let ends = log.watermarks.mapValues(\.high)
        let first = try SQLiteHotStore(path: path)
        var interrupted = try StoreRebuild(first, limits: log.watermarks, ends: ends)
        try interrupted.fold(Array(log.interleaved(seed: 1).prefix(300)))
        try interrupted.flush()
        try interrupted.fold(Array(log.interleaved(seed: 1).dropFirst(300).prefix(100)))
        #expect(!interrupted.isComplete)
        try first.close()

        let second = try SQLiteHotStore(path: path)
        var resumed = try StoreRebuild(second, limits: log.watermarks, ends: ends)
        #expect(resumed.progress.total == Int64(log.all.count - 300))
        try resumed.fold(log.all)
        try resumed.flush()
        #expect(resumed.isComplete)
        #expect(resumed.progress.read == resumed.progress.total)
        #expect(try second.digests() == expected.digests())
    }

    @Test func aRebuildByShareGivesTheSameStore() throws {
        let log = try sampleLog(seed: 11, steps: 500)
        let expected = try rebuilt(log, "expected.sqlite")
        let store = try SQLiteHotStore(path: folder.file("shares.sqlite"), for: .building)
        let ends = log.watermarks.mapValues(\.high)
        var rebuild = try StoreRebuild(store, limits: log.watermarks, ends: ends)
        let shares = rebuild.shares
        #expect(shares.count > 1)
        for share in shares {
            #expect(Set(share.keys.map(\.partition)).count == 1)
            #expect(!rebuild.isComplete(share))
            try rebuild.fold(log.all.filter { share[$0.topicPartition] != nil })
            #expect(rebuild.isComplete(share))
        }
        #expect(rebuild.isComplete)
        try rebuild.flush()
        #expect(try store.digests() == expected.digests())
    }

    @Test func aRebuildStopsExactlyAtItsEnds() throws {
        let log = try sampleLog(seed: 4, steps: 400)
        let path = folder.file("live.sqlite")
        let live = try engine(path)
        _ = try live.assigned(Array(log.records.keys))
        _ = try live.process(Array(log.interleaved(seed: 5).prefix(350)))
        let reader = try SQLiteStoreReader(path: path)
        let store = try SQLiteHotStore(path: folder.file("check.sqlite"))
        var rebuild = try StoreRebuild(
            store,
            limits: log.watermarks,
            ends: try reader.positions()
        )
        try rebuild.fold(log.all)
        try rebuild.flush()
        #expect(rebuild.isComplete)
        #expect(try store.positions() == reader.positions())
        #expect(try reader.firstDifference(with: store) == nil)

        // The proof can fail.
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: "UPDATE events SET server_time = 1 WHERE seq = 2") }
        let difference = try #require(try reader.firstDifference(with: store))
        #expect(difference.kind == .columns(["server_time"]))
    }

    @Test func whatIsNoRecordDoesNotKeepARebuildFromItsEnd() throws {
        var log = try SampleLog(seed: 2)
        for _ in 0..<50 { try log.step() }
        let store = try SQLiteHotStore(path: folder.file("gaps.sqlite"))
        // The log says that there is one offset more, which no reader ever gets a record of.
        let limits = log.watermarks.mapValues {
            LogAdmin.Watermarks(low: $0.low, high: $0.high.next)
        }
        var rebuild = try StoreRebuild(store, limits: limits, ends: limits.mapValues(\.high))
        try rebuild.fold(log.all)
        #expect(!rebuild.isComplete)
        for (partition, limit) in limits { rebuild.reach(limit.high, of: partition) }
        try rebuild.flush()
        #expect(rebuild.isComplete)
        #expect(rebuild.progress.read == rebuild.progress.total)
        #expect(try store.positions() == log.watermarks.mapValues(\.high))
    }

    @Test func aWriteThatFailsIsToldAndNothingIsWrittenAfterIt() throws {
        let log = try sampleLog(seed: 3, steps: 200)
        let path = folder.file("refusing.sqlite")
        let store = try SQLiteHotStore(path: path)
        let queue = try DatabaseQueue(path: path)
        try queue.write {
            try $0.execute(
                sql: """
                    CREATE TRIGGER refuse BEFORE INSERT ON events WHEN new.seq > 2
                    BEGIN SELECT RAISE(ABORT, 'no'); END
                    """
            )
        }
        var rebuild = try StoreRebuild(
            store,
            limits: log.watermarks,
            ends: log.watermarks.mapValues(\.high)
        )
        let records = log.all
        try rebuild.fold(Array(records.prefix(100)))
        #expect(throws: StoreError(.database, "")) { try rebuild.flush() }
        let positions = try store.positions()
        try? rebuild.fold(Array(records.dropFirst(100)))
        #expect(throws: StoreError(.database, "")) { try rebuild.flush() }
        #expect(try store.positions() == positions)
    }

    @Test func theServiceTakesAReplayedFileOver() throws {
        var log = try sampleLog(seed: 6, steps: 300)
        let path = folder.file("replayed.sqlite")
        let replayed = try rebuilt(log, "replayed.sqlite")
        try replayed.close()
        let ends = log.watermarks.mapValues(\.high)
        for _ in 0..<200 { try log.step() }

        let engine = try engine(path)
        let starts = try engine.assigned(Array(log.records.keys))
        #expect(offsets(starts) == ends)
        let rest = log.interleaved(seed: 2).filter {
            $0.offset >= ends[$0.topicPartition] ?? Offset(0)
        }
        _ = try engine.process(rest)
        let live = try SQLiteStoreReader(path: path)
        #expect(try live.digests() == rebuilt(log, "expected.sqlite").digests())
    }

    @Test func aRecordThatCannotBeFoldedIsPutAsideAndBlocksNothing() throws {
        var log = try SampleLog(seed: 1)
        let hostile: [[UInt8]?] = [nil, [], [0xFF], [0x0A, 0x7F], Array(repeating: 0, count: 100)]
        for topic in StoreFold.topics {
            for value in hostile {
                log.appendRaw(TopicPartition(topic, Partition(0)), key: [1], value)
            }
        }
        let poisons = log.all.count - 2 * log.accounts.count
        try log.append(
            .timeline,
            key: ConversationID(high: 1, low: 1),
            PBTimelineEvent.with {
                $0.origin =
                    Origin(
                        topicNumber: 1,
                        partition: Partition(0),
                        offset: Offset(0)
                    ).message
                $0.seq = .max
                $0.messageCount = .max
                $0.messagePosted = .init()
            }
        )
        for _ in 0..<100 { try log.step() }
        let output = CollectedOutputs()
        let path = folder.file("live.sqlite")
        let engine = try engine(path, output)
        _ = try engine.assigned(Array(log.records.keys))
        _ = try engine.process(log.interleaved(seed: 3))
        #expect(output.records.count == poisons + 1)
        #expect(output.records.allSatisfy { $0.topic == .deadLetters })
        let reader = try SQLiteStoreReader(path: path)
        #expect(try reader.positions() == log.watermarks.mapValues(\.high))
        #expect(try reader.digests() == rebuilt(log, "expected.sqlite").digests())
    }

    @Test func anAccountRecordThatCannotBeFoldedSaysWhy() throws {
        let account = AccountID(high: 1, low: 1)
        let whole = PBAccountRecord.with {
            $0.accountID = Data(account.bytes)
            $0.setStar.conversationID = Data(account.bytes)
            $0.setStar.messageID = Data(account.bytes)
        }
        var short = whole
        short.setStar.messageID = Data([1])
        var nobody = whole
        nobody.accountID = Data()
        var unknown = whole
        unknown.record = nil
        let cases: [([UInt8], String?)] = [
            (try whole.serializedBytes(), nil), (try short.serializedBytes(), "invalid_id"),
            (try nobody.serializedBytes(), "invalid_id"),
            (try unknown.serializedBytes(), "unsupported"), ([0xFF], "undecodable"),
        ]
        for (bytes, code) in cases {
            var fold = StoreFold()
            let record = LogRecord(
                topicPartition: TopicPartition(.accounts, Partition(0)),
                offset: Offset(7),
                timestamp: Timestamp(milliseconds: 1),
                key: account.bytes,
                value: bytes
            )
            do throws(PoisonRecord) {
                try fold.apply(record)
                #expect(code == nil)
            } catch {
                #expect(error.code == code)
            }
            let batch = fold.take()
            #expect(batch.accounts.count == (code == nil ? 1 : 0))
            #expect(batch.positions.values.first == Offset(8), "it blocks nothing")
        }
    }

    @Test func aPrivateReadingIsAMarkOfItsOwn() throws {
        let id = AccountID(high: 1, low: 1)
        var fold = StoreFold()
        for isPrivate in [true, false] {
            let receipt = PBReceipt.with {
                $0.conversationID = Data(id.bytes)
                $0.accountID = Data(id.bytes)
                $0.marks = .with {
                    $0.deliveredSeq = 9
                    $0.readSeq = 7
                    $0.private = isPrivate
                }
            }
            try fold.apply(
                LogRecord(
                    topicPartition: TopicPartition(.receipts, Partition(0)),
                    offset: Offset(0),
                    timestamp: Timestamp(milliseconds: 1),
                    key: id.bytes,
                    value: try receipt.serializedBytes()
                )
            )
        }
        let marks = fold.take().receipts
        #expect(marks.map(\.kind) == [.delivered, .privateRead, .delivered, .read])
        #expect(marks.map(\.seq) == [9, 7, 9, 7])
    }

    @Test func aMarkBeyondAllNumbersIsKeptAsTheHighest() throws {
        var log = try SampleLog(seed: 1)
        let conversation = ConversationID(
            directBetween: log.accounts[0],
            and: log.accounts[1]
        )
        let account = log.accounts[0]
        try log.append(
            .receipts,
            key: conversation,
            PBReceipt.with {
                $0.conversationID = Data(conversation.bytes)
                $0.accountID = Data(account.bytes)
                $0.marks = .with { $0.readSeq = .max }
            }
        )
        let store = try rebuilt(log, "store.sqlite")
        #expect(try store.rows(of: .receipts, after: nil, limit: 9).count == 1)
    }
}
