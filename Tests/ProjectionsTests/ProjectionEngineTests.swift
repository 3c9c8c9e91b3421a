import Dispatch
import EventLog
import Events
import GRDB
import Logging
import Projections
import SwiftProtobuf
import Testing

@Suite struct ProjectionEngineTests {
    private let input = TopicPartition(.submissions, Partition(0))
    private let log = ModelLog()
    private let database: DatabaseQueue

    init() throws {
        database = try DatabaseQueue()
    }

    private func engine(
        _ tally: Tally,
        interval: Duration = .zero,
        inFlightMax: Int = 1
    ) throws -> ProjectionEngine {
        ProjectionEngine(
            tally,
            store: try ProjectionStore(database, migrations: tally.migrations),
            output: log,
            input: log,
            checkpointInterval: interval,
            batchesInFlightMax: inFlightMax,
            logger: Logger(label: "test")
        )
    }

    private func stored() throws -> Offset? {
        try ProjectionStore(database, migrations: Tally().migrations).positions()[input]
    }

    @Test func aBatchIsPutOutThenCheckpointed() throws {
        let engine = try engine(Tally())
        #expect(try engine.assigned([input]) == [input: .offset(Offset(0))])
        let written = try engine.process([record(0, "a"), record(1, "b"), record(2, "a")])
        #expect(written == [input: Offset(3)])
        #expect(try stored() == Offset(3))
        #expect(try log.effects().map(\.count) == [1, 1, 2])
    }

    @Test func batchesAreTakenWhileOutputsAreUnderWayButNoCheckpointIs() throws {
        let engine = try engine(Tally(), interval: .seconds(3600), inFlightMax: 3)
        _ = try engine.assigned([input])
        _ = try engine.process([record(0, "a")])
        log.isLate = true
        let written = try stored()
        for offset in Int64(1)...2 { _ = try engine.process([record(offset, "a")]) }
        #expect(log.underWay.count == 2)
        _ = try engine.process([record(3, "a")])
        #expect(log.underWay.count == 2, "the third waits for the first")
        #expect(try log.effects().map(\.count) == [1, 2])
        #expect(try stored() == written)
        try engine.revoked([input], lost: false)
        #expect(try log.effects().map(\.count) == [1, 2, 3, 4])
        #expect(try stored() == Offset(4))
    }

    @Test func outputsUnderWayThatFailEndTheEngineAndAreNotCheckpointed() throws {
        let engine = try engine(Tally(), interval: .seconds(3600), inFlightMax: 3)
        _ = try engine.assigned([input])
        _ = try engine.process([record(0, "a")])
        let written = try stored()
        log.isLate = true
        _ = try engine.process([record(1, "a")])
        log.recordsLeft = 0
        #expect(throws: ModelLog.Cut.self) { try engine.revoked([input], lost: false) }
        #expect(throws: ProjectionError(.failed, "")) { try engine.process([record(2, "a")]) }
        #expect(try stored() == written)
    }

    @Test func aCrashBeforeTheCheckpointRepeatsTheSameOutputs() throws {
        let first = Tally()
        let engine = try engine(first)
        _ = try engine.assigned([input])
        _ = try engine.process([record(0, "a")])
        first.failsToSave = true
        #expect(throws: ProjectionError(.storage, "")) {
            try engine.process([record(1, "a"), record(2, "b")])
        }
        #expect(try stored() == Offset(1))
        let before = log.records.map(\.value)
        let again = try self.engine(Tally())
        #expect(try again.assigned([input]) == [input: .offset(Offset(1))])
        _ = try again.process([record(1, "a"), record(2, "b")])
        #expect(log.records.count == 5)
        #expect(log.records.suffix(2).map(\.value) == before.suffix(2))
        #expect(try log.effects().map(\.count) == [1, 2, 1])
    }

    @Test func afterAFailureNothingIsSavedAnyMore() throws {
        let engine = try engine(Tally())
        _ = try engine.assigned([input])
        _ = try engine.process([record(0, "a")])
        log.recordsLeft = 0
        #expect(throws: ModelLog.Cut.self) { try engine.process([record(1, "a")]) }
        log.recordsLeft = nil
        #expect(throws: ProjectionError(.failed, "")) { try engine.process([record(2, "a")]) }
        try engine.revoked([input], lost: false)
        #expect(try stored() == Offset(1))
    }

    @Test func aPoisonGoesToDeadLettersAndThePartitionMovesOn() throws {
        let tally = Tally()
        let engine = try engine(tally)
        _ = try engine.assigned([input])
        _ = try engine.process([record(0, "a"), record(1, "a", "poison"), record(2, "a")])
        #expect(try log.effects().map(\.count) == [1, 2])
        let letters = log.records.filter { $0.topic == .deadLetters }
        #expect(letters.map(\.key) == [Array("a".utf8)])
        let letter = try PBDeadLetter(serializedBytes: letters.first?.value ?? [])
        #expect(letter.code == "poisoned")
        #expect(letter.consumer == "tally")
        #expect(Origin(letter.origin) == record(1, "a").origin())
        #expect(Array(letter.originalValue) == Array("poison".utf8))
        #expect(letter.serverTimeMs == record(1, "a").timestamp.milliseconds)
    }

    @Test func aRecordBelowThePositionIsSkipped() throws {
        let engine = try engine(Tally())
        _ = try engine.assigned([input])
        _ = try engine.process([record(0, "a"), record(1, "a")])
        _ = try engine.process([record(0, "a"), record(1, "a"), record(2, "a")])
        #expect(try log.effects().map(\.count) == [1, 2, 3])
        #expect(log.records.count == 3)
    }

    @Test func aLazyCheckpointIsWrittenOnRevocationUnlessLost() throws {
        let tally = Tally()
        let engine = try engine(tally, interval: .seconds(3600))
        _ = try engine.assigned([input])
        _ = try engine.process([])
        _ = try engine.process([record(0, "a")])
        #expect(try stored() == Offset(0))
        try engine.revoked([input], lost: false)
        #expect(try stored() == Offset(1))
        #expect(tally.closed == [Partition(0)])
        _ = try engine.assigned([input])
        _ = try engine.process([record(1, "a")])
        let before = try stored()
        try engine.revoked([input], lost: true)
        #expect(try stored() == before)
    }

    /// Holds the database's writer until the end of `body`.
    private func whileTheDiskIsBusy(_ body: () throws -> Void) throws {
        let isHeld = DispatchSemaphore(value: 0)
        let mayGo = DispatchSemaphore(value: 0)
        database.asyncWriteWithoutTransaction { _ in
            isHeld.signal()
            mayGo.wait()
        }
        isHeld.wait()
        defer { mayGo.signal() }
        try body()
    }

    @Test func recordsDoNotWaitForACheckpointOfDetachedChanges() throws {
        let tally = Tally()
        tally.detaches = true
        let engine = try engine(tally)
        _ = try engine.assigned([input])
        _ = try engine.process([])
        try whileTheDiskIsBusy { () throws -> Void in
            #expect(try engine.process([record(0, "a")]) == [:])
            #expect(try engine.process([record(1, "a"), record(2, "b")]) == [:])
            #expect(try log.effects().map(\.count) == [1, 2, 1])
        }
        let saves = tally.savedCount
        // The first checkpoint has what there was when it began; the rest comes with the last one.
        #expect(try stored() == Offset(1))
        try engine.revoked([input], lost: false)
        #expect(try stored() == Offset(3))
        #expect(tally.savedCount == saves + 2)
        let again = Tally()
        #expect(try self.engine(again).assigned([input]) == [input: .offset(Offset(3))])
        #expect(again.counts == [Partition(0): ["a": 2, "b": 1]])
    }

    @Test func aDetachedCheckpointThatFailsEndsTheEngine() throws {
        let tally = Tally()
        tally.detaches = true
        let engine = try engine(tally)
        _ = try engine.assigned([input])
        _ = try engine.process([])
        tally.failsToSave = true
        _ = try engine.process([record(0, "a")])
        #expect(throws: ProjectionError(.storage, "")) {
            try engine.revoked([input], lost: false)
        }
        #expect(try stored() == Offset(0))
    }

    @Test func anUrgentSaveIsWaitedFor() throws {
        let tally = Tally()
        tally.detaches = true
        let engine = try engine(tally, interval: .seconds(3600))
        _ = try engine.assigned([input])
        _ = try engine.process([])
        tally.isSaveUrgent = true
        #expect(try engine.process([record(0, "a")]) == [:])
        #expect(try engine.process([record(1, "a")]) == [input: Offset(1)])
    }

    @Test func aLostPartitionWaitsForItsCheckpointButGetsNoOther() throws {
        let tally = Tally()
        tally.detaches = true
        let engine = try engine(tally)
        _ = try engine.assigned([input])
        _ = try engine.process([record(0, "a")])
        try engine.revoked([input], lost: true)
        #expect(try stored() == Offset(1))
        #expect(tally.closed == [Partition(0)])
    }

    @Test func itIsToldWhenWhatWasThereHasBeenRead() throws {
        let tally = Tally(topics: [.submissions, .accounts])
        let other = TopicPartition(.accounts, Partition(0))
        log.marks[input] = LogAdmin.Watermarks(low: Offset(0), high: Offset(2))
        log.marks[other] = LogAdmin.Watermarks(low: Offset(0), high: Offset(1))
        let engine = try engine(tally)
        _ = try engine.assigned([input, other])
        _ = try engine.process([record(0, "a"), record(1, "a"), record(2, "a")])
        #expect(tally.caughtUp.isEmpty)
        let last = LogRecord(
            topicPartition: other,
            offset: Offset(0),
            timestamp: record(0, "a").timestamp,
            key: [1],
            value: []
        )
        _ = try engine.process([last])
        _ = try engine.process([record(3, "a")])
        #expect(tally.caughtUp == [Partition(0)])
        try engine.revoked([input, other], lost: false)
        // Whoever has read everything already is told at once.
        log.marks[input] = LogAdmin.Watermarks(low: Offset(0), high: Offset(4))
        _ = try engine.assigned([input, other])
        _ = try engine.process([])
        #expect(tally.caughtUp == [Partition(0), Partition(0)])
    }

    @Test func whatOpeningPutsOutComesFirstAndIsCheckpointedAtOnce() throws {
        let tally = Tally()
        tally.openingOutput = "opening"
        tally.starts = [.submissions: .offset(Offset(5))]
        let engine = try engine(tally, interval: .seconds(3600))
        #expect(try engine.assigned([input]) == [input: .offset(Offset(5))])
        _ = try engine.process([record(5, "a")])
        #expect(try log.effects().map(\.key) == ["opening", "a"])
        #expect(try stored() == Offset(5))
    }

    @Test func aTopicMadeAnewIsReadFromItsBeginning() throws {
        let engine = try engine(Tally())
        _ = try engine.assigned([input])
        _ = try engine.process((0..<10).map { record($0, "a") })
        log.marks[input] = LogAdmin.Watermarks(low: Offset(0), high: Offset(4))
        let again = try self.engine(Tally())
        #expect(try again.assigned([input]) == [input: .offset(Offset(0))])
        _ = try again.process([record(0, "b")])
        #expect(try stored() == Offset(1))
    }

    @Test func aProjectionThatMustRebuildRefusesAReplacedInput() throws {
        let engine = try engine(Tally(missingInput: .rebuild))
        _ = try engine.assigned([input])
        _ = try engine.process((0..<10).map { record($0, "a") })
        log.marks[input] = LogAdmin.Watermarks(low: Offset(0), high: Offset(4))
        let again = try self.engine(Tally(missingInput: .rebuild))
        #expect(throws: ProjectionError(.inputReplaced, "")) { try again.assigned([input]) }
    }

    @Test func aProjectionThatMustRebuildIsOpenedFreshWhenRetentionOvertookIt() throws {
        let first = Tally(missingInput: .rebuild)
        let engine = try engine(first)
        _ = try engine.assigned([input])
        _ = try engine.process([record(0, "a")])
        #expect(first.opened.map(\.1) == [true])
        log.marks[input] = LogAdmin.Watermarks(low: Offset(50), high: Offset(60))
        let second = Tally(missingInput: .rebuild)
        #expect(try self.engine(second).assigned([input]) == [input: .offset(Offset(50))])
        #expect(second.opened.map(\.1) == [true])
        let third = Tally(missingInput: .goOn)
        #expect(try self.engine(third).assigned([input]) == [input: .offset(Offset(50))])
        #expect(third.opened.map(\.1) == [false])
    }

    @Test func retentionBetweenAssignmentAndFirstRecordIsNoticed() throws {
        let engine = try engine(Tally(missingInput: .rebuild))
        _ = try engine.assigned([input])
        log.marks[input] = LogAdmin.Watermarks(low: Offset(3), high: Offset(9))
        #expect(throws: ProjectionError(.inputTrimmed, "")) {
            try engine.process([record(3, "a")])
        }
    }

    @Test func aPartitionNumberIsOpenedOnceAndClosedWithItsLastTopic() throws {
        let tally = Tally(topics: [.submissions, .accounts])
        let engine = try engine(tally)
        let other = TopicPartition(.accounts, Partition(0))
        _ = try engine.assigned([input, other])
        #expect(tally.opened.count == 1)
        try engine.revoked([input], lost: false)
        #expect(tally.closed.isEmpty)
        try engine.revoked([other], lost: false)
        #expect(tally.closed == [Partition(0)])
    }

    @Test func recordsOfAPartitionThatIsNotHeldAreIgnored() throws {
        let engine = try engine(Tally())
        _ = try engine.assigned([input])
        _ = try engine.process([record(0, "a", partition: 7)])
        #expect(log.records.isEmpty)
    }

    @Test func aFullDiskIsSaidInWordsWithoutTheStatement() throws {
        let tally = Tally()
        let engine = try engine(tally)
        _ = try engine.assigned([input])
        tally.failsToSave = true
        do {
            _ = try engine.process([record(0, "secret")])
            Issue.record("nothing thrown")
        } catch let error as ProjectionError {
            #expect(error.description.contains("disk is full"))
            #expect(!error.description.contains("secret"))
            #expect(error.isRetriable)
        }
    }

    /// Random batches, killed while putting out (anywhere in the batch), while saving, or between batches.
    @Test(arguments: UInt64(1)...40)
    func killedAnywhereEveryEffectIsThereExactlyOnce(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let history = (0..<300).map { offset in
            record(
                offset,
                ["a", "b", "c"].randomElement(using: &random) ?? "a",
                Int.random(in: 0..<20, using: &random) == 0 ? "poison" : ""
            )
        }
        var expected: [ModelLog.Effect] = []
        var counts: [String: UInt64] = [:]
        for record in history where record.value?.isEmpty == true {
            let key = String(decoding: record.key ?? [], as: UTF8.self)
            counts[key, default: 0] += 1
            expected.append(ModelLog.Effect(key: key, count: counts[key] ?? 0))
        }
        var crashes = 0
        var isDone = false
        while !isDone {
            let tally = Tally()
            tally.detaches = Bool.random(using: &random)
            let interval: Duration = Bool.random(using: &random) ? .zero : .seconds(3600)
            do {
                isDone = try run(history, tally, interval, &random)
            } catch {
                log.recordsLeft = nil
            }
            log.crash(&random)
            crashes += isDone ? 0 : 1
        }
        #expect(crashes > 0)
        #expect(try log.effects() == expected, "seed \(seed)")
        let poisons = history.filter { $0.value?.isEmpty == false }.count
        let letters = Set(log.records.filter { $0.topic == .deadLetters }.map(\.value))
        #expect(letters.count == poisons)
    }

    /// Runs until the end (then true), a kill between batches (false) or an injected failure (throws).
    private func run(
        _ history: [LogRecord],
        _ tally: Tally,
        _ interval: Duration,
        _ random: inout SeededRandom
    ) throws -> Bool {
        log.isLate = Bool.random(using: &random)
        let engine = try engine(
            tally,
            interval: interval,
            inFlightMax: Int.random(in: 1...4, using: &random)
        )
        guard case .offset(let start)? = try engine.assigned([input])[input] else { return false }
        var place = Int(start.number)
        while place < history.count {
            switch Int.random(in: 0..<12, using: &random) {
            case 0: log.recordsLeft = Int.random(in: 0..<8, using: &random)
            case 1: tally.failsToSave = true
            case 2: return false
            default: break
            }
            let end = min(history.count, place + Int.random(in: 1...10, using: &random))
            _ = try engine.process(Array(history[place..<end]))
            log.recordsLeft = nil
            place = end
        }
        try engine.revoked([input], lost: false)
        return true
    }
}
