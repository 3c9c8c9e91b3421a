import EventLog
import Events
import Foundation
import NIOCore
import NIOEmbedded
import SwiftProtobuf
import Testing
import Web

@testable import Delivery

@Suite struct EventTests {
    @Test func aMessageReachesSenderAndRecipientAsTheProtocolSays() throws {
        let delivery = try TestDelivery()
        let ada = try delivery.connect(delivery.ada)
        let bob = try delivery.connect(delivery.bob)
        _ = try (ada.receive(), bob.receive())
        let text = "Grüße, \"Welt\" \\ 🕊\u{1}\n"
        try delivery.feed(
            delivery.message(from: delivery.ada, to: delivery.bob, seq: 1, text: text)
        )
        let frame = try #require(try bob.receiveJSON().first)
        #expect(frame["type"] as? String == "event")
        #expect(frame["position"] as? String == "7.1")
        let event = try #require(frame["event"] as? [String: Any])
        #expect(event["kind"] as? String == "message")
        let conversation = ConversationID(
            directBetween: delivery.ada.account,
            and: delivery.bob.account
        )
        #expect(event["conversation_id"] as? String == conversation.description)
        #expect(event["conversation_kind"] as? String == "direct")
        #expect(event["seq"] as? Int == 1)
        #expect(event["message_count"] as? Int == 1)
        #expect(event["message_id"] as? String == SubmissionID(high: 9, low: 0).description)
        #expect(event["sender"] as? String == delivery.ada.account.description)
        #expect(event["recipient"] as? String == delivery.bob.account.description)
        #expect(event["server_timestamp"] as? Int64 == 1_700_000_000_123)
        #expect(event["client_timestamp"] as? Int64 == 1_700_000_000_001)
        let content = event["content"] as? [String: Any]
        #expect(content?["type"] as? String == "text")
        #expect(content?["text"] as? String == text)
        #expect(try ada.receiveOffsets() == [0])
    }

    @Test func ticksAndRejectionsGoToTheirAccountAlone() throws {
        let delivery = try TestDelivery()
        let ada = try delivery.connect(delivery.ada)
        let bob = try delivery.connect(delivery.bob)
        _ = try (ada.receive(), bob.receive())
        try delivery.feed(delivery.ticks(to: delivery.ada, delivered: 5, read: 3))
        let conversation = ConversationID(
            directBetween: delivery.ada.account,
            and: delivery.bob.account
        )
        let rejection = PBInboxRecord.with {
            $0.origin =
                Origin(
                    topicNumber: 1,
                    partition: Partition(0),
                    offset: Offset(50)
                ).message
            $0.rejection = .with {
                $0.accountID = .init(delivery.ada.account.bytes)
                $0.submissionID = .init(SubmissionID(high: 3, low: 4).bytes)
                $0.conversationID = .init(conversation.bytes)
                $0.code = "too_old"
                $0.detail = "sent too late"
            }
        }
        try delivery.feed(rejection)
        let events = try ada.receiveJSON().compactMap { $0["event"] as? [String: Any] }
        #expect(events.count == 2)
        #expect(events[0]["kind"] as? String == "ticks")
        #expect(events[0]["delivered_seq"] as? Int == 5)
        #expect(events[0]["read_seq"] as? Int == 3)
        #expect(events[1]["kind"] as? String == "rejected")
        #expect(events[1]["message_id"] as? String == SubmissionID(high: 3, low: 4).description)
        #expect(events[1]["code"] as? String == "too_old")
        #expect(events[1]["detail"] as? String == "sent too late")
        #expect(try bob.receive() == [])
    }

    @Test func aRepeatedRecordIsToldOnceButTicksAlways() throws {
        let delivery = try TestDelivery()
        let ada = try delivery.connect(delivery.ada)
        _ = try ada.receive()
        let message = delivery.message(from: delivery.bob, to: delivery.ada, seq: 1)
        try delivery.feed([message, message])
        try delivery.feed(message)
        try delivery.feed(delivery.ticks(to: delivery.ada, delivered: 1, read: 0))
        try delivery.feed(delivery.ticks(to: delivery.ada, delivered: 1, read: 0))
        #expect(try ada.receiveOffsets() == [0, 3, 4])
    }

    @Test func atMost256EventsAreAheadOfTheAcknowledgement() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        for seq in 1...1000 {
            try delivery.feed(
                delivery.message(from: delivery.ada, to: delivery.bob, seq: UInt64(seq))
            )
        }
        #expect(try bob.receiveOffsets() == Array(0..<256))
        bob.ack(100)
        #expect(try bob.receiveOffsets() == Array(256..<356))
        var last: Int64 = 356
        while last < 1000 {
            bob.ack(last)
            let offsets = try bob.receiveOffsets()
            #expect(offsets == Array(last..<min(last + 256, 1000)))
            last = (offsets.last ?? 1000) + 1
        }
    }

    @Test func aDeviceThatDoesNotAcknowledgeGetsRepetitionsAndThen4008() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 2))
        var sent: [Int64] = []
        var closed: UInt16?
        for _ in 0..<60 where closed == nil {
            delivery.advance(1)
            for frame in try bob.receive() {
                switch frame {
                case .text(let text):
                    if text.contains("\"7.1\"") { sent.append(0) }
                    if text.contains("\"seq\":2") { sent.append(1) }
                case .close(let code): closed = code
                case .ping: bob.send(ClientBytes.frame(10, []))
                case .pong: Issue.record("nobody pinged")
                }
            }
        }
        #expect(sent.filter { $0 == 1 }.count == 4, "once, and three times again")
        #expect(closed == 4008)
        #expect(try delivery.log.sessions.last?.disconnected.closeCode == 4008)
    }

    @Test func aDeviceThatIsSilentIsPingedAndThenClosed() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        _ = try bob.receive()
        var pings = 0
        var closed: UInt16?
        for _ in 0..<100 where closed == nil {
            delivery.advance(1)
            for frame in try bob.receive() {
                if frame == .ping { pings += 1 }
                if case .close(let code) = frame { closed = code }
            }
        }
        #expect(pings >= 1)
        #expect(closed == 4008)
    }

    @Test func aDeviceThatAnswersPingsStays() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        for _ in 0..<300 {
            delivery.advance(1)
            for frame in try bob.receive() where frame == .ping {
                bob.send(ClientBytes.frame(10, []))
            }
        }
        #expect(bob.channel.isActive)
    }

    @Test func aSocketThatTakesNothingGetsItsEventsWhenItDoesAgain() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        _ = try bob.receive()
        bob.channel.isWritable = false
        for seq in 1...20 {
            try delivery.feed(
                delivery.message(from: delivery.ada, to: delivery.bob, seq: UInt64(seq))
            )
        }
        #expect(try bob.receiveOffsets() == [])
        bob.channel.isWritable = true
        bob.channel.pipeline.fireChannelWritabilityChanged()
        #expect(try bob.receiveOffsets() == Array(0..<20))
    }

    @Test func aBusySocketHasFewLooksWaiting() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        for seq in 1...2000 {
            let offset = try delivery.feed(
                delivery.message(from: delivery.ada, to: delivery.bob, seq: UInt64(seq))
            )
            bob.ack(offset + 1)
            if seq % 20 == 0 { delivery.advance(1) }
        }
        #expect(delivery.hub.looksWaiting <= 10)
        #expect(bob.channel.isActive)
    }

    @Test func framesAreSharedByAllWhoGetThem() throws {
        let delivery = try TestDelivery()
        let tablet = Identity(account: delivery.bob.account, device: DeviceID(high: 8, low: 8))
        let clients = try [delivery.ada, delivery.bob, tablet].map { try delivery.connect($0) }
        for client in clients { _ = try client.receive() }
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        let addresses = try clients.map { client in
            let buffer = try #require(
                try client.channel.readOutbound(as: ByteBuffer.self)
            )
            return buffer.withUnsafeReadableBytes { $0.baseAddress }
        }
        #expect(Set(addresses).count == 1)
    }
}
