import EventLog
import Events
import GRDB
import NIOEmbedded
import Projections
import SwiftProtobuf
import Testing
import Web

@testable import Delivery

@Suite struct IndexTests {
    @Test(arguments: [0, 1, 17, 30, 39, 40])
    func catchingUpCrossesFromIndexToTail(position: Int64) throws {
        let delivery = try TestDelivery {
            $0.tail.entriesMax = 5
            $0.readBytesMax = 600
        }
        for seq in 1...30 {
            try delivery.feed(
                delivery.message(from: delivery.ada, to: delivery.bob, seq: UInt64(seq))
            )
        }
        try delivery.checkpoint()
        for seq in 31...40 {
            try delivery.feed(
                delivery.message(from: delivery.ada, to: delivery.bob, seq: UInt64(seq))
            )
        }
        let tail = try #require(delivery.hub.partitions[Partition(0)]?.tail)
        #expect(tail.count == 10, "what is not committed is never dropped")
        let bob = try delivery.connect(delivery.bob, at: position)
        #expect(try bob.receiveOffsets() == Array(position..<40))
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 41))
        #expect(try bob.receiveOffsets() == [40])
    }

    @Test func aRestartServesFromTheIndexWhatItServedBefore() throws {
        let first = try TestDelivery()
        for seq in 1...10 {
            try first.feed(first.message(from: first.ada, to: first.bob, seq: UInt64(seq)))
        }
        let before = try first.connect(first.bob, at: 4).receive().dropFirst()
        try first.checkpoint()
        let second = try TestDelivery(database: first.database, isOpen: false)
        second.skip(to: 10)
        try second.open(isFresh: false)
        let bob = try second.connect(second.bob, at: 4)
        #expect(try bob.receive().dropFirst() == before)
        // A repetition of what the index has is not told again.
        try second.feed(second.message(from: second.ada, to: second.bob, seq: 10, origin: 9))
        try second.feed(second.message(from: second.ada, to: second.bob, seq: 11, origin: 10))
        #expect(try bob.receiveOffsets() == [11])
    }

    @Test func whatIsOlderThanTheRetentionIsPrunedAndThenAGap() throws {
        let delivery = try TestDelivery { $0.tail.entriesMax = 1 }
        for seq in 1...10 {
            try delivery.feed(
                delivery.message(from: delivery.ada, to: delivery.bob, seq: UInt64(seq))
            )
        }
        try delivery.checkpoint()
        delivery.clock.advance(by: .seconds(31 * 24 * 60 * 60))
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 11))
        try delivery.checkpoint()
        let count = try delivery.database.read { database in
            try (
                Int.fetchOne(database, sql: "SELECT count(*) FROM entries"),
                Int.fetchOne(database, sql: "SELECT count(*) FROM scopes")
            )
        }
        #expect(count == (1, 2))
        let types = try delivery.connect(delivery.bob, at: 9).receiveJSON()
            .map { $0["type"] as? String }
        #expect(types == ["welcome", "gap"])
        #expect(try delivery.connect(delivery.bob, at: 10).receiveOffsets() == [10])
    }

    @Test func aTopicMadeAnewStartsTheIndexAnew() throws {
        let first = try TestDelivery()
        for seq in 1...3 {
            try first.feed(first.message(from: first.ada, to: first.bob, seq: UInt64(seq)))
        }
        try first.checkpoint()
        let second = try TestDelivery(database: first.database, isOpen: false)
        second.inbox.currentEpoch = 8
        try second.open(isFresh: false)
        try second.feed(second.message(from: second.ada, to: second.bob, seq: 1, origin: 0))
        try second.checkpoint()
        #expect(try second.connect(second.bob, at: 0, epoch: 8).receiveOffsets() == [0])
        let old = try second.connect(second.bob, at: 1, epoch: 7).receiveJSON()
        #expect(old.last?["type"] as? String == "gap")
        let count = try second.database.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM entries")
        }
        #expect(count == 1)
    }

    @Test func ofTicksBetweenTwoCheckpointsOnlyTheLastAreIndexed() throws {
        let delivery = try TestDelivery()
        for seq in 1...5 {
            try delivery.feed(delivery.ticks(to: delivery.ada, delivered: UInt64(seq), read: 0))
        }
        try delivery.checkpoint()
        let ids = try delivery.database.read {
            try Int64.fetchAll($0, sql: "SELECT id FROM entries")
        }
        #expect(ids == [4])
    }

    /// A writer that was stopped, has lost its partition and goes on says less than its successor did.
    @Test func ticksThatSayLessDoNotTakeThePlaceOfThoseThatSayMore() throws {
        let delivery = try TestDelivery()
        for (delivered, read) in [(5, 2), (3, 2), (4, 4), (6, 4)] as [(UInt64, UInt64)] {
            try delivery.feed(delivery.ticks(to: delivery.ada, delivered: delivered, read: read))
        }
        try delivery.checkpoint()
        let ids = try delivery.database.read {
            try Int64.fetchAll($0, sql: "SELECT id FROM entries ORDER BY id")
        }
        #expect(ids == [1, 2, 3])
    }

    @Test func whatCannotBeReadIsPoisonAndChangesNothing() throws {
        let delivery = try TestDelivery()
        var outputs = Outputs()
        let bad: [[UInt8]] = [[0xFF], [0x0A, 0x05, 1], [0x12, 0x02, 0x12, 0x01]]
        for value in bad {
            #expect(throws: PoisonRecord.self) {
                try delivery.projection.apply(
                    LogRecord(
                        topicPartition: TopicPartition(.inbox, Partition(0)),
                        offset: Offset(0),
                        timestamp: delivery.clock.now(),
                        key: nil,
                        value: value
                    ),
                    &outputs
                )
            }
        }
        var message = delivery.message(from: delivery.ada, to: delivery.bob, seq: 1)
        message.clearOrigin()
        #expect(throws: PoisonRecord.self) { try delivery.feed(message) }
        #expect(try delivery.connect(delivery.bob, at: 0).receiveOffsets() == [])
    }

    @Test func aMessageBetweenTwoAccountsOfOnePartitionIsStoredOnce() throws {
        let delivery = try TestDelivery()
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        try delivery.checkpoint()
        let count = try delivery.database.read { database in
            try (
                Int.fetchOne(database, sql: "SELECT count(*) FROM entries"),
                Int.fetchOne(database, sql: "SELECT count(*) FROM scopes")
            )
        }
        #expect(count == (1, 2))
    }

    @Test(arguments: 1...12)
    func anyInterleavingOfCheckpointsAndReconnectsDeliversEverythingOnce(seed: UInt64) throws {
        var random = SeededBytes(seed: seed)
        let delivery = try TestDelivery {
            $0.tail.entriesMax = 3
            $0.readBytesMax = 500
        }
        var expected: [Int64] = []
        var received: [Int64] = []
        var bob: TestClient?
        var seq: UInt64 = 0
        for _ in 0..<300 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0...2:
                seq += 1
                expected.append(
                    try delivery.feed(
                        delivery.message(from: delivery.ada, to: delivery.bob, seq: seq)
                    )
                )
            case 3: try delivery.feed(delivery.ticks(to: delivery.ada, delivered: seq, read: 0))
            case 4: try delivery.checkpoint()
            case 5:
                bob?.drop()
                bob = try delivery.connect(delivery.bob, at: (received.last ?? -1) + 1)
            default:
                guard let bob else { continue }
                received += try bob.receiveOffsets()
                if let last = received.last { bob.ack(last + 1) }
            }
        }
        let last = try delivery.connect(delivery.bob, at: (received.last ?? -1) + 1)
        received += try last.receiveOffsets()
        #expect(received == expected, "seed \(seed)")
    }
}
