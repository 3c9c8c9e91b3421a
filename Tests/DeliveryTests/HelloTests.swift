import EventLog
import Events
import Foundation
import NIOCore
import NIOEmbedded
import SwiftProtobuf
import Testing
import Web

@testable import Delivery

@Suite struct HelloTests {
    @Test func aNewDeviceStartsFromNow() throws {
        let delivery = try TestDelivery()
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        let bob = try delivery.connect(delivery.bob)
        let frames = try bob.receiveJSON()
        #expect(frames.count == 1)
        #expect(frames.first?["type"] as? String == "welcome")
        #expect(frames.first?["account_id"] as? String == delivery.bob.account.description)
        #expect(frames.first?["device_id"] as? String == delivery.bob.device.description)
        #expect(frames.first?["position"] as? String == "7.1")
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 2))
        #expect(try bob.receiveOffsets() == [1])
    }

    @Test func aDeviceThatReconnectsGetsExactlyWhatItMissed() throws {
        let delivery = try TestDelivery()
        for seq in 1...5 {
            try delivery.feed(
                delivery.message(from: delivery.ada, to: delivery.bob, seq: UInt64(seq))
            )
        }
        let bob = try delivery.connect(delivery.bob, at: 2)
        #expect(try bob.receiveOffsets() == [2, 3, 4])
    }

    @Test func aFrameBeforeHelloClosesWith4501() throws {
        let delivery = try TestDelivery()
        let client = try TestClient(delivery)
        client.ack(0)
        #expect(try client.receiveClose() == 4501)
    }

    @Test func aConnectionWithoutHelloIsClosedAfterFiveSeconds() throws {
        let delivery = try TestDelivery()
        let client = try TestClient(delivery)
        delivery.advance(4)
        #expect(try client.receive() == [])
        delivery.advance(3)
        #expect(try client.receiveClose() == 4501)
        delivery.advance(10)
        #expect(!client.channel.isActive, "and not kept open by a client that does not answer")
        #expect(delivery.hub.sockets.isEmpty)
    }

    @Test func anAccountOfAPartitionThatIsNotHereIsSentAway() throws {
        let delivery = try TestDelivery(partitions: 12, isOpen: false)
        #expect(try delivery.connect(delivery.bob).receiveClose() == 4003)
        let partition = Partitioner.partition(of: delivery.bob.account, count: 12)
        try delivery.open((partition.number + 1) % 12, isFresh: true)
        #expect(try delivery.connect(delivery.bob).receiveClose() == 4003)
        try delivery.open(partition.number, isFresh: true)
        #expect(try delivery.connect(delivery.bob).receiveClose() == nil)
    }

    @Test func aPartitionThatIsTakenAwayTakesItsSocketsWithIt() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        delivery.close()
        #expect(try bob.receiveClose() == 4003)
    }

    @Test func theSameDeviceAgainReplacesItself() throws {
        let delivery = try TestDelivery()
        let first = try delivery.connect(delivery.bob)
        let second = try delivery.connect(delivery.bob)
        #expect(try first.receiveClose() == 4010)
        #expect(try second.receiveClose() == nil)
        let records = try delivery.log.sessions
        #expect(records.count == 3)
        #expect(records.map(\.sessionID)[0] == records.map(\.sessionID)[1])
        #expect(records[1].disconnected.closeCode == 4010)
    }

    @Test func anAccountHasAtMost16Sockets() throws {
        let delivery = try TestDelivery()
        var clients: [TestClient] = []
        for device in 1...16 {
            let identity = Identity(
                account: delivery.bob.account,
                device: DeviceID(high: 5, low: UInt64(device))
            )
            clients.append(try delivery.connect(identity))
        }
        #expect(try clients.allSatisfy { try $0.receiveClose() == nil })
        #expect(try delivery.connect(delivery.bob).receiveClose() == 4504)
        clients[0].drop()
        #expect(try delivery.connect(delivery.bob).receiveClose() == nil)
    }

    @Test func positionsThatCannotBeServedAreGaps() throws {
        let delivery = try TestDelivery(isOpen: false)
        delivery.inbox.low = Offset(100)
        delivery.skip(to: 100)
        try delivery.open(isFresh: true)
        for seq in 1...3 {
            try delivery.feed(
                delivery.message(from: delivery.ada, to: delivery.bob, seq: UInt64(seq))
            )
        }
        delivery.advance(10)
        let cases: [(Int64, UInt64)] = [(99, 7), (104, 7), (101, 8), (0, 0)]
        for (offset, epoch) in cases {
            let frames = try delivery.connect(delivery.bob, at: offset, epoch: epoch).receiveJSON()
            #expect(frames.map { $0["type"] as? String } == ["welcome", "gap"], "\(offset)")
            #expect(frames.last?["position"] as? String == "7.103")
        }
        for offset in 100...103 {
            let frames = try delivery.connect(delivery.bob, at: Int64(offset)).receiveJSON()
            #expect(frames.contains { $0["type"] as? String == "gap" } == false)
            #expect(frames.count == 1 + 103 - offset)
        }
    }

    /// The last owner of a partition went on for a moment after the next one had asked where it ends.
    @Test func aPositionBeyondTheEndIsAskedForAgainAtFirstAndAGapLater() throws {
        let delivery = try TestDelivery()
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        #expect(try delivery.connect(delivery.bob, at: 2).receiveClose() == 4003)
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 2))
        let frames = try delivery.connect(delivery.bob, at: 2).receiveJSON()
        #expect(frames.map { $0["type"] as? String } == ["welcome"])
        delivery.advance(10)
        let late = try delivery.connect(delivery.bob, at: 3).receiveJSON()
        #expect(late.map { $0["type"] as? String } == ["welcome", "gap"])
    }

    @Test func aPositionOfAnInstanceThatWasAheadIsNoGap() throws {
        let delivery = try TestDelivery(isOpen: false)
        delivery.inbox.high = Offset(10)
        try delivery.open(isFresh: true)
        let bob = try delivery.connect(delivery.bob, at: 10)
        let types = try bob.receiveJSON().map { $0["type"] as? String }
        #expect(types == ["welcome"], "this instance has not read that far yet, but the log has")
        for seq in 1...12 {
            try delivery.feed(
                delivery.message(from: delivery.ada, to: delivery.bob, seq: UInt64(seq))
            )
        }
        #expect(try bob.receiveOffsets() == [10, 11])
    }

    @Test func sessionsAndRoutesSayWhoIsWhere() throws {
        let delivery = try TestDelivery()
        let route = try #require(try delivery.log.routes.first)
        #expect(route.partitionRoute.partition == 0)
        #expect(route.partitionRoute.url == "ws://test/v1/socket")
        #expect(delivery.log.records(.routes).first?.key == Array("partition-0".utf8))
        #expect(delivery.log.records(.routes).first?.partition == Partition(0))
        let bob = try delivery.connect(delivery.bob)
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        bob.ack(1)
        delivery.advance(1)
        bob.send(ClientBytes.close(1000))
        #expect(try bob.receiveClose() == 1000)
        let records = try delivery.log.sessions
        #expect(records.count == 3)
        #expect(records[0].record == .connected(PBConnected()))
        #expect(records[1].record == .progressed(PBProgressed()))
        #expect(records[1].acknowledgedOffset == 1)
        #expect(records[2].disconnected.closeCode == 1000)
        #expect(records.allSatisfy { $0.instance == "delivery-1" })
    }

    @Test func atShutdownDevicesAreToldToGo() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        let done = delivery.hub.shutDown()
        delivery.loop.run()
        #expect(try bob.receiveClose() == 4001)
        bob.send(ClientBytes.close(4001))
        delivery.settle()
        #expect(!bob.channel.isActive)
        try done.wait()
        #expect(delivery.hub.admit() == nil)
    }
}
