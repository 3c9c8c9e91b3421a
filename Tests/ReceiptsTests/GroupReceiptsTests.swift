import Conversations
import EventLog
import Events
import Foundation
import GRDB
import Projections
import Testing

@testable import Receipts

@Suite struct GroupReceiptsTests {
    private let aggregator: Aggregator

    init() throws {
        aggregator = try Aggregator()
    }

    private func told(_ number: Int) -> Told? { aggregator.told[GroupTopics.account(number)] }

    /// Everything in the order timeline, receipts; from the beginning.
    private func readAll(_ topics: GroupTopics) throws {
        let (timeline, receipts) = try aggregator.start()
        try aggregator.process(Array(topics.timeline[timeline...] + topics.receipts[receipts...]))
    }

    @Test func theLowestMarkOfTheOthersTicks() throws {
        var topics = GroupTopics()
        topics.join(0...3)
        topics.post(by: 1)
        for number in [0, 2] { try topics.mark(number, delivered: 2, read: 2) }
        try readAll(topics)
        #expect(aggregator.toldCount == 0)
        try topics.mark(3, delivered: 2)
        try readAll(topics)
        #expect(told(1) == Told(delivered: 2, read: 0))
        try topics.mark(3, read: 2)
        try readAll(topics)
        #expect(told(1) == Told(delivered: 2, read: 2))
    }

    @Test func whoIsBehindHearsThatTheOthersAreFurther() throws {
        var topics = GroupTopics()
        topics.join(0...2)
        topics.post(by: 0)
        topics.post(by: 1)
        for number in [1, 2] { try topics.mark(number, read: 3) }
        try readAll(topics)
        // The first has marked nothing, and is told; the second waits for the first.
        #expect(told(0) == Told(delivered: 2, read: 2))
        #expect(told(1) == nil)
    }

    @Test func whoComesHasNothingToGetFromBefore() throws {
        var topics = GroupTopics()
        topics.join(0...1)
        topics.post(by: 0)
        topics.join([2])
        try topics.mark(1, read: 3)
        try readAll(topics)
        #expect(told(0) == Told(delivered: 2, read: 2))
        topics.post(by: 0)
        try topics.mark(1, read: 4)
        try readAll(topics)
        #expect(told(0) == Told(delivered: 2, read: 2))
    }

    @Test func whoLeavesIsNotWaitedFor() throws {
        var topics = GroupTopics()
        topics.join(0...2)
        topics.post(by: 0)
        try topics.mark(1, read: 2)
        try readAll(topics)
        #expect(told(0) == nil)
        topics.leave(2)
        try readAll(topics)
        #expect(told(0) == Told(delivered: 2, read: 2))
    }

    @Test func whoComesBackBeginsAnew() throws {
        var topics = GroupTopics()
        topics.join(0...2)
        topics.post(by: 0)
        topics.leave(2)
        topics.join([2])
        topics.post(by: 0)
        try topics.mark(1, read: 5)
        try readAll(topics)
        #expect(told(0) == Told(delivered: 2, read: 2))
        try topics.mark(2, delivered: 5)
        try readAll(topics)
        #expect(told(0) == Told(delivered: 5, read: 2))
    }

    @Test func whatIsSentToNobodyGetsNoTicksOfItsOwn() throws {
        var topics = GroupTopics()
        topics.join([0])
        topics.post(by: 0)
        topics.join([1])
        try topics.mark(1, read: 3)
        try readAll(topics)
        #expect(told(0) == nil)
        // The last that leaves counts on, whichever of its marks and its leaving is read first.
        topics.post(by: 0)
        topics.post(by: 0)
        topics.leave(1)
        topics.post(by: 0)
        try topics.mark(1, read: 4)
        try readAll(topics)
        #expect(told(0) == Told(delivered: 4, read: 4))
    }

    @Test func marksFromBeforeTheComingWaitForIt() throws {
        var topics = GroupTopics()
        topics.join(0...1)
        topics.join([2])
        topics.post(by: 0)
        for number in [1, 2] { try topics.mark(number, read: 3) }
        _ = try aggregator.start()
        try aggregator.process(topics.receipts)
        try aggregator.process(Array(topics.timeline[..<1]))
        // Held on disk too.
        _ = try aggregator.start()
        try aggregator.process(Array(topics.timeline[1...]))
        #expect(told(0) == Told(delivered: 3, read: 3))
    }

    @Test func aChannelHasNoTicksAndNoMembersHere() throws {
        var topics = GroupTopics(.channel)
        topics.join(0...20)
        topics.post(by: 0)
        for number in 1...20 { try topics.mark(number, read: 2) }
        _ = try aggregator.start()
        try aggregator.process(Array(topics.receipts[..<7]))
        try aggregator.process(topics.timeline)
        try aggregator.process(Array(topics.receipts[7...]))
        #expect(aggregator.toldCount == 0)
        let rows = try aggregator.database.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM tick_members")
        }
        #expect(rows == 0)
    }

    @Test func aGroupsTicksAreToldOnceInAWhile() throws {
        var topics = GroupTopics()
        topics.join(0...1000)
        for _ in 0..<1000 { topics.post(by: 0) }
        _ = try aggregator.start()
        try aggregator.process(topics.timeline)
        // Everybody reads, for a second, in batches of 20 ms.
        for step in 1...50 {
            let before = topics.receipts.count
            for number in 1...1000 { try topics.mark(number, read: 1 + 20 * UInt64(step)) }
            aggregator.now += .milliseconds(20)
            try aggregator.process(Array(topics.receipts[before...]))
        }
        #expect(aggregator.toldCount <= 5)
        // What was held back is told without a record that comes.
        try aggregator.pass()
        #expect(told(0) == Told(delivered: 1001, read: 1001))
        let count = aggregator.toldCount
        try aggregator.pass()
        #expect(aggregator.toldCount == count)
    }

    @Test func ticksThatWereHeldBackAreToldAfterACrash() throws {
        var topics = GroupTopics()
        topics.join(0...1)
        topics.post(by: 0)
        try topics.mark(1, delivered: 2)
        try readAll(topics)
        try topics.mark(1, read: 2)
        try aggregator.process([topics.receipts[1]])
        #expect(told(0) == Told(delivered: 2, read: 0))
        _ = try aggregator.start(topics.ends)
        try aggregator.process([])
        #expect(told(0) == Told(delivered: 2, read: 2))
        try aggregator.pass()
        _ = try aggregator.start(topics.ends)
        try aggregator.pass()
        #expect(aggregator.toldCount == 2)
    }

    @Test func aMarkWritesTheRowOfItsAccountAlone() throws {
        var topics = GroupTopics()
        topics.join(0..<2000)
        for number in 0..<200 { topics.post(by: number) }
        try readAll(topics)
        let before = try aggregator.database.read { $0.totalChangesCount }
        try topics.mark(5, delivered: 9)
        try aggregator.process(topics.receipts)
        let after = try aggregator.database.read { $0.totalChangesCount }
        // Its own, the conversation's and the topic's position.
        #expect(after - before == 3)
    }

    @Test func aDatabaseFromBeforeGroupsIsFoldedAnew() throws {
        var topics = GroupTopics()
        topics.join(0...1)
        topics.post(by: 0)
        try topics.mark(1, read: 2)
        let migrations = [PartitionFilters.migration] + TicksTable.migrations
        let old = try ProjectionStore(aggregator.database, migrations: Array(migrations.dropLast()))
        let positions = [Topic.timeline, .receipts].map {
            (TopicPartition($0, Partition(0)), Offset(1))
        }
        try old.checkpoint(Dictionary(uniqueKeysWithValues: positions)) { database in
            try database.execute(
                sql: """
                    INSERT INTO ticks VALUES (0, ?, x'0803', 9, 1);
                    INSERT INTO origin_filters VALUES ('timeline', 0, 1, 0, 99, 0)
                    """,
                arguments: [Data(topics.conversation.bytes)]
            )
        }
        try readAll(topics)
        #expect(told(0) == Told(delivered: 2, read: 2))
    }

    @Test func whatIsHeldForLongIsForgotten() throws {
        var topics = GroupTopics()
        topics.join(0...1)
        try topics.mark(7, read: 1)
        try readAll(topics)
        #expect(try heldRows() == 1)
        let later = ReceiptsPartition(Partition(0), aggregator.database, isFresh: false)
        let entry = try later.conversation(topics.conversation)
        #expect(entry.value.count == 3)
        let time = GroupTopics.noon + ReceiptsPartition.heldMilliseconds + 1000
        let origin = topics.timeline[0].origin()
        later.note(.changed, on: entry, by: origin, at: Timestamp(milliseconds: time))
        // As long as the timeline has not been read, it may still say who that is.
        try aggregator.database.write { try later.save($0) }
        #expect(try heldRows() == 1)
        later.caughtUp()
        try aggregator.database.write { try later.save($0) }
        #expect(try heldRows() == 0)
    }

    private func heldRows() throws -> Int? {
        try aggregator.database.read {
            try Int.fetchOne(
                $0,
                sql: "SELECT count(*) FROM tick_members WHERE held_since < \(Int64.max)"
            )
        }
    }
}
