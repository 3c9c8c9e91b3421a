import EventLog
import Events
import NIOEmbedded
import SwiftProtobuf
import Testing
import Web

@testable import Delivery

@Suite struct MarksTests {
    @Test func acknowledgingOthersMessagesMakesOneReceiptPerConversation() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        for seq in 1...3 {
            try delivery.feed(
                delivery.message(from: delivery.ada, to: delivery.bob, seq: UInt64(seq))
            )
        }
        try delivery.feed(delivery.message(from: delivery.bob, to: delivery.ada, seq: 4))
        bob.ack(2)
        bob.ack(4)
        delivery.settle()
        let receipts = try delivery.log.receipts
        let conversation = ConversationID(
            directBetween: delivery.ada.account,
            and: delivery.bob.account
        )
        try #require(receipts.count == 1, "acknowledgements that come together are one record")
        #expect(Array(receipts[0].conversationID) == conversation.bytes)
        #expect(Array(receipts[0].accountID) == delivery.bob.account.bytes)
        #expect(Array(receipts[0].deviceID) == delivery.bob.device.bytes)
        #expect(receipts[0].marks.deliveredSeq == 3, "one's own message makes no mark")
        #expect(delivery.log.records(.receipts)[0].key == conversation.bytes)
    }

    @Test func readingMakesAReadMark() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        let conversation = ConversationID(
            directBetween: delivery.ada.account,
            and: delivery.bob.account
        )
        bob.send("{\"type\":\"read\",\"conversation_id\":\"\(conversation)\",\"seq\":9}")
        bob.send("{\"type\":\"read\",\"conversation_id\":\"\(conversation)\",\"seq\":4}")
        delivery.settle()
        #expect(try delivery.log.receipts.map(\.marks.readSeq) == [9])
    }

    @Test func whileTheLogIsAwayMarksWaitAndMerge() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        delivery.log.mode = .refusing
        for seq in 1...50 {
            let offset = try delivery.feed(
                delivery.message(from: delivery.ada, to: delivery.bob, seq: UInt64(seq))
            )
            bob.ack(offset + 1)
            delivery.settle()
        }
        #expect(delivery.acknowledgements.value(for: delivery.bob, Partition(0)) == nil)
        delivery.log.mode = .durable
        delivery.advance(2)
        delivery.settle()
        #expect(try delivery.log.receipts.map(\.marks.deliveredSeq) == [50])
        #expect(delivery.acknowledgements.value(for: delivery.bob, Partition(0)) == 50.offset)
    }

    @Test func marksOfADeviceThatIsGoneAreStillWritten() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        delivery.log.mode = .refusing
        bob.ack(1)
        delivery.settle()
        bob.send(ClientBytes.close(1000))
        #expect(delivery.hub.devices.count == 1)
        delivery.log.mode = .durable
        delivery.advance(2)
        delivery.settle()
        #expect(try delivery.log.receipts.map(\.marks.deliveredSeq) == [1])
        #expect(delivery.hub.devices.isEmpty)
        #expect(try delivery.log.sessions.last?.disconnected.closeCode == 1000)
    }

    @Test func marksThatACrashSwallowedAreWrittenAtTheNextHello() throws {
        let first = try TestDelivery()
        let bob = try first.connect(first.bob)
        for seq in 1...4 {
            try first.feed(first.message(from: first.ada, to: first.bob, seq: UInt64(seq)))
        }
        bob.ack(2)
        first.settle()
        first.log.mode = .held
        bob.ack(4)
        first.settle()
        try first.checkpoint()
        // The process dies here: the receipt for seq 4 was never reported.
        let second = try TestDelivery(database: first.database, isOpen: false)
        second.skip(to: 4)
        try second.open(isFresh: false)
        _ = try second.connect(second.bob, at: 4)
        second.settle()
        #expect(try second.log.receipts.map(\.marks.deliveredSeq) == [4])
        #expect(second.acknowledgements.value(for: second.bob, Partition(0)) == 4.offset)
    }

    @Test func marksOfEntriesThatAreReadAgainOnlyAfterHelloAreWritten() throws {
        let first = try TestDelivery()
        let records = (1...4).map {
            first.message(from: first.ada, to: first.bob, seq: UInt64($0))
        }
        try first.feed(records)
        // The process dies before its checkpoint: the index has nothing, the device everything.
        let second = try TestDelivery(database: first.database, isOpen: false)
        second.inbox.high = 4.offset
        try second.open(isFresh: false)
        let bob = try second.connect(second.bob, at: 3)
        second.settle()
        #expect(try second.log.receipts.isEmpty)
        try second.feed(Array(records.prefix(2)))
        second.settle()
        #expect(second.acknowledgements.value(for: second.bob, Partition(0)) == nil)
        // Connects again meanwhile, and has more.
        bob.send(ClientBytes.close(1000))
        _ = try second.connect(second.bob, at: 4)
        try second.feed(Array(records.suffix(2)))
        second.settle()
        #expect(try second.log.receipts.map(\.marks.deliveredSeq) == [4])
        #expect(second.acknowledgements.value(for: second.bob, Partition(0)) == 4.offset)
    }

    @Test func aPartitionThatIsGivenAwayIsNotWaitedFor() throws {
        let delivery = try TestDelivery(isOpen: false)
        delivery.inbox.high = 4.offset
        try delivery.open(isFresh: false)
        _ = try delivery.connect(delivery.bob, at: 4)
        delivery.settle()
        #expect(delivery.hub.devices.count == 1)
        delivery.close()
        delivery.advance(5)
        #expect(delivery.hub.devices.isEmpty)
    }

    @Test func aDeviceWhoseMarksTheLogHasMakesNoneAtHello() throws {
        let first = try TestDelivery()
        let bob = try first.connect(first.bob)
        try first.feed(first.message(from: first.ada, to: first.bob, seq: 1))
        bob.ack(1)
        first.settle()
        try first.checkpoint()
        let second = try TestDelivery(database: first.database, isOpen: false)
        second.skip(to: 1)
        try second.open(isFresh: false)
        _ = try second.connect(second.bob, at: 1)
        second.settle()
        #expect(try second.log.receipts.isEmpty)
    }

    @Test func aStrangersPositionWritesTheMarksOfTheLatestEntries() throws {
        let delivery = try TestDelivery { $0.tail.entriesMax = 2 }
        for seq in 1...4 {
            try delivery.feed(
                delivery.message(from: delivery.ada, to: delivery.bob, seq: UInt64(seq))
            )
        }
        try delivery.checkpoint()
        _ = try delivery.connect(delivery.bob, at: 3)
        delivery.settle()
        #expect(
            try delivery.log.receipts.map(\.marks.deliveredSeq) == [3],
            "from the index and from the tail, but not beyond the position"
        )
    }

    @Test func whatHistoryGaveAfterAGapIsMarkedWhenTheGapIsAcknowledged() throws {
        let delivery = try TestDelivery()
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        let bob = try delivery.connect(delivery.bob, at: 0, epoch: 6)
        delivery.settle()
        #expect(try delivery.log.receipts.isEmpty)
        bob.ack(1)
        delivery.settle()
        #expect(try delivery.log.receipts.map(\.marks.deliveredSeq) == [1])
    }
}

extension Int {
    var offset: Offset { Offset(Int64(self)) }
}
