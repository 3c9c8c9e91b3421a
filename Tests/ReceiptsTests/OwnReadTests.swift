import Conversations
import EventLog
import Events
import Foundation
import GRDB
import SwiftProtobuf
import Testing

@testable import Receipts

/// What accounts are told of their own reading, and what others are not.
@Suite struct OwnReadTests {
    private let aggregator: Aggregator
    private var topics = GroupTopics()

    init() throws {
        aggregator = try Aggregator()
    }

    private func told(_ number: Int) -> Told? { aggregator.told[GroupTopics.account(number)] }
    private func read(_ number: Int) -> UInt64? {
        aggregator.readTold[GroupTopics.account(number)]
    }

    /// Everything in the order timeline, receipts; from the checkpoint.
    private func readAll() throws {
        let (timeline, receipts) = try aggregator.start()
        try aggregator.process(Array(topics.timeline[timeline...] + topics.receipts[receipts...]))
        try aggregator.pass()
    }

    @Test mutating func aPrivateReadIsToldToItsReaderAlone() throws {
        topics.join(0...2)
        topics.post(by: 0)
        try topics.mark(1, read: 2, isPrivate: true)
        try topics.mark(2, read: 2)
        try readAll()
        // Who has read it has it.
        #expect(told(0) == Told(delivered: 2, read: 0))
        #expect(read(1) == 2 && read(2) == 2 && read(0) == nil)
        // Read in public later: everything up to there.
        topics.post(by: 0)
        try topics.mark(1, read: 3)
        try readAll()
        #expect(told(0) == Told(delivered: 2, read: 2))
        #expect(read(1) == 3)
    }

    @Test mutating func theTimeOfAPrivateReadIsInNoTicks() throws {
        topics.join(0...1)
        topics.post(by: 0)
        try topics.mark(1, delivered: 2)
        try topics.mark(1, read: 2, isPrivate: true)
        var ticks = ConversationTicks()
        for record in topics.timeline {
            _ = ticks.apply(try TimelineEvent(decoding: (record.value ?? [])[...]))
        }
        for record in topics.receipts {
            _ = ticks.apply(try Receipt(decoding: (record.value ?? [])[...]))
        }
        var times: [Int64] = []
        ticks.tell { _, time in
            times.append(time.milliseconds)
            return true
        }
        #expect(times == [GroupTopics.noon])
        ticks.tellReaders { times.append($0.own.time) }
        #expect(times == [GroupTopics.noon, GroupTopics.noon + 1])
    }

    @Test mutating func aBatchTellsAReaderOnce() throws {
        topics.join(0...1)
        for _ in 0..<50 { topics.post(by: 0) }
        for seq in 1...51 { try topics.mark(1, read: UInt64(seq)) }
        try readAll()
        #expect(aggregator.readToldCount == 1)
        #expect(read(1) == 51)
    }

    @Test mutating func aMadeUpMarkReadsNothingThatIsNotThere() throws {
        topics.join(0...1)
        topics.post(by: 0)
        try topics.mark(1, read: .max, isPrivate: true)
        try readAll()
        #expect(read(1) == 2)
        // What waits is not told again and again.
        for _ in 0..<5 { try aggregator.pass() }
        #expect(aggregator.readToldCount == 1)
        topics.act(by: 0)
        try readAll()
        #expect(read(1) == 3)
    }

    @Test mutating func strangersAndThoseWhoHaveLeftLearnNothing() throws {
        topics.join(0...2)
        topics.post(by: 0)
        try topics.mark(9, read: .max)
        try topics.mark(2, read: 2)
        try readAll()
        topics.leave(2)
        topics.post(by: 0)
        try topics.mark(2, read: .max)
        try readAll()
        #expect(read(9) == nil && read(2) == 2)
        // Back again, it hears of what there is by now.
        topics.join([2])
        try readAll()
        #expect(read(2) == 5 && read(9) == nil)
    }

    @Test mutating func comingIsNotReading() throws {
        topics.join(0...1)
        for _ in 0..<5 { topics.post(by: 0) }
        topics.join([2])
        try topics.mark(2, read: 3)
        try readAll()
        #expect(read(2) == 3)
    }

    @Test mutating func afterACrashNothingIsToldThatIsLessThanBefore() throws {
        topics.join(0...1)
        for _ in 0..<9 { topics.post(by: 0) }
        for seq in 2...9 { try topics.mark(1, read: UInt64(seq), isPrivate: true) }
        _ = try aggregator.start(topics.ends, interval: .seconds(3600))
        try aggregator.process(topics.timeline)
        try aggregator.process(topics.receipts)
        #expect(read(1) == 9 && aggregator.readToldCount == 1)
        // Killed before a checkpoint; the second one reads the same in other batches.
        _ = try aggregator.start(topics.ends, interval: .zero)
        try aggregator.process(Array(topics.receipts.prefix(3)))
        try aggregator.process(Array(topics.timeline.prefix(5)))
        #expect(aggregator.readToldCount == 1)
        try aggregator.process(Array(topics.timeline.dropFirst(5) + topics.receipts.dropFirst(3)))
        #expect(read(1) == 9 && aggregator.readToldCount == 2)
        // What it has told is in its checkpoint.
        _ = try aggregator.start(topics.ends)
        for _ in 0..<3 { try aggregator.pass() }
        #expect(aggregator.readToldCount == 2)
    }

    @Test mutating func whatWasHeldWhileCatchingUpIsToldAfterAnotherCrash() throws {
        topics.join(0...1)
        topics.post(by: 0)
        try topics.mark(1, read: 2)
        var ends = topics.ends
        ends.receipts += 1
        _ = try aggregator.start(ends)
        try aggregator.process(topics.timeline + topics.receipts)
        #expect(aggregator.readToldCount == 0)
        _ = try aggregator.start(topics.ends)
        try aggregator.pass()
        #expect(read(1) == 2)
    }

    @Test mutating func aMarkFromBeforeTheTimelineWaitsForIt() throws {
        topics.join(0...1)
        topics.post(by: 0)
        try topics.mark(1, read: 2, isPrivate: true)
        _ = try aggregator.start()
        try aggregator.process(topics.receipts)
        try aggregator.process(Array(topics.timeline.prefix(1)))
        #expect(read(1) == 1)
        // Held on disk too.
        _ = try aggregator.start()
        try aggregator.process(Array(topics.timeline.dropFirst()))
        #expect(read(1) == 2)
    }

    // MARK: Channels

    @Test mutating func aMarkInAChannelWritesTheRowOfItsReaderAlone() throws {
        topics = GroupTopics(.channel)
        topics.post(by: 0)
        for number in 0..<2000 { try topics.mark(number, read: 1) }
        try readAll()
        #expect(aggregator.readToldCount == 2000)
        topics.post(by: 0)
        try topics.mark(5, read: 2)
        _ = try aggregator.start()
        try aggregator.process([try #require(topics.timeline.last)])
        let before = try aggregator.database.read { $0.totalChangesCount }
        try aggregator.process([try #require(topics.receipts.last)])
        let after = try aggregator.database.read { $0.totalChangesCount }
        // Its own and the topic's position.
        #expect(after - before == 2)
        #expect(read(5) == 2 && aggregator.readToldCount == 2001)
    }

    @Test mutating func readersOfAChannelWhoAreAheadWaitForTheTimeline() throws {
        topics = GroupTopics(.channel)
        for _ in 0..<2 { topics.post(by: 0) }
        for number in 0..<20 { try topics.mark(number, read: number < 10 ? 2 : .max) }
        _ = try aggregator.start()
        try aggregator.process(Array(topics.receipts.prefix(5)))
        try aggregator.process(Array(topics.timeline.prefix(1)))
        try aggregator.process(Array(topics.receipts.dropFirst(5)))
        try aggregator.pass()
        #expect((0..<20).allSatisfy { read($0) == 1 })
        // Those who waited are found on disk.
        _ = try aggregator.start()
        try aggregator.process(Array(topics.timeline.dropFirst()))
        try aggregator.pass()
        #expect((0..<20).allSatisfy { read($0) == 2 })
        topics.post(by: 0)
        try aggregator.process([try #require(topics.timeline.last)])
        #expect(read(3) == 2 && read(15) == 3)
        #expect(aggregator.toldCount == 0)
    }

    @Test mutating func withoutACheckpointWhatTheRowsOfAChannelSaidCountsForNothing() throws {
        topics = GroupTopics(.channel)
        topics.post(by: 0)
        try topics.mark(1, read: 1)
        _ = try aggregator.start()
        try aggregator.database.write { database in
            try database.execute(
                sql: "INSERT INTO channel_reads VALUES (0, ?, ?, 99, 0, 98)",
                arguments: [
                    Data(topics.conversation.bytes), Data(GroupTopics.account(1).bytes),
                ]
            )
        }
        try readAll()
        #expect(read(1) == 1)
        let rows = try aggregator.database.read {
            try Int.fetchAll($0, sql: "SELECT seq FROM channel_reads")
        }
        #expect(rows == [1])
    }
}
