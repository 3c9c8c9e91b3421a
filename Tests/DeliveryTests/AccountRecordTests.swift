import Accounts
import Conversations
import EventLog
import Events
import Foundation
import GRDB
import Projections
import SwiftProtobuf
import Testing
import Web

@testable import Delivery

/// What an account changed about itself, and how far it has read, as its own devices are told.
@Suite struct AccountRecordTests {
    private let conversation = ConversationID(high: 5, low: 6)

    private func events(_ client: TestClient) throws -> [[String: Any]] {
        try client.receiveJSON().compactMap { $0["event"] as? [String: Any] }
    }

    @Test func aChangeReachesAllDevicesOfTheAccountAndNobodyElse() throws {
        let delivery = try TestDelivery()
        let phone = try delivery.connect(delivery.ada)
        let tablet = try delivery.connect(
            Identity(account: delivery.ada.account, device: DeviceID(high: 1, low: 101))
        )
        let bob = try delivery.connect(delivery.bob)
        _ = try (phone.receive(), tablet.receive(), bob.receive())
        let changes: [AccountChange] = [
            .preferences(conversation, PreferencesChange(isArchived: true)),
            .star(conversation, SubmissionID(high: 7, low: 8), isStarred: true),
            .hide(conversation, SubmissionID(high: 7, low: 9)),
            .privacy(Privacy.Change(readReceipts: false)),
            .contact(delivery.bob.account, isContact: true),
            .deviceAdded(DeviceID(high: 1, low: 102), name: "Ada's \"laptop\""),
            .deviceRemoved(DeviceID(high: 1, low: 102)),
        ]
        for (offset, change) in changes.enumerated() {
            try delivery.feed(delivery.change(change, of: delivery.ada, at: Int64(offset)))
        }
        for client in [phone, tablet] {
            let received = try events(client)
            try #require(received.count == changes.count)
            for (change, event) in zip(changes, received) {
                var json = Conversations.JSONWriter()
                AccountEventJSON.append(
                    AccountEvent(
                        account: delivery.ada.account,
                        device: delivery.ada.device,
                        serverTime: Timestamp(milliseconds: 1_700_000_000_500),
                        change: change
                    ),
                    to: &json
                )
                let expected = try JSONSerialization.jsonObject(with: Data(json.bytes))
                #expect(event as NSDictionary == expected as? NSDictionary)
            }
        }
        #expect(try bob.receive() == [])
    }

    @Test func whatIsOfNoKindIsToldToNobodyAndRemembersNothing() throws {
        let delivery = try TestDelivery()
        let ada = try delivery.connect(delivery.ada)
        _ = try ada.receive()
        try delivery.feed(delivery.change(.registered(name: "Ada"), of: delivery.ada, at: 0))
        try delivery.feed(delivery.change(.unknown, of: delivery.ada, at: 1))
        #expect(try ada.receive() == [])
        try delivery.checkpoint()
        let count = try delivery.database.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM entries")
        }
        #expect(count == 0)
    }

    @Test func originsOfTheTwoTopicsAreKeptApart() throws {
        let delivery = try TestDelivery()
        let ada = try delivery.connect(delivery.ada)
        _ = try ada.receive()
        let change = AccountChange.star(
            conversation,
            SubmissionID(high: 7, low: 8),
            isStarred: true
        )
        // The same partition and offset in `submissions` and in `accounts`; then both again.
        for _ in 1...2 {
            try delivery.feed(
                delivery.message(from: delivery.bob, to: delivery.ada, seq: 1, origin: 9)
            )
            try delivery.feed(delivery.change(change, of: delivery.ada, at: 9))
            try delivery.feed(delivery.change(change, of: delivery.ada, at: 3))
        }
        #expect(try events(ada).map { $0["kind"] as? String } == ["message", "message_starred"])
    }

    @Test func aChangeIsFoundAgainFromIndexAndTail() throws {
        for tailMax in [1, 8192] {
            let delivery = try TestDelivery { $0.tail.entriesMax = tailMax }
            try delivery.feed(
                delivery.change(
                    .contact(delivery.bob.account, isContact: false),
                    of: delivery.ada,
                    at: 0
                )
            )
            try delivery.feed(delivery.readMark(of: delivery.ada, seq: 7))
            try delivery.checkpoint()
            let ada = try delivery.connect(delivery.ada, at: 0)
            let kinds = try events(ada).map { $0["kind"] as? String }
            #expect(kinds == ["contact_removed", "read"])
            #expect(try events(try delivery.connect(delivery.bob, at: 0)).isEmpty)
        }
    }

    @Test func readMarksGoToTheirAccountAndAreNeverFiltered() throws {
        let delivery = try TestDelivery()
        let (ada, bob) = (try delivery.connect(delivery.ada), try delivery.connect(delivery.bob))
        _ = try (ada.receive(), bob.receive())
        var mark = delivery.readMark(of: delivery.ada, seq: 4)
        mark.origin =
            Origin(topicNumber: Topic.receipts.number, partition: Partition(0), offset: 1.offset)
            .message
        try delivery.feed(mark)
        try delivery.feed(mark)
        let received = try events(ada)
        #expect(received.map { $0["kind"] as? String } == ["read", "read"])
        #expect(received.map { $0["seq"] as? Int } == [4, 4])
        #expect(
            received[0]["conversation_id"] as? String
                == ConversationID(directBetween: delivery.ada.account, and: delivery.bob.account)
                .description
        )
        #expect(try bob.receive() == [])
    }

    @Test func ofReadMarksBetweenTwoCheckpointsOnlyTheLastIsIndexed() throws {
        let delivery = try TestDelivery()
        for seq in 1...4 {
            try delivery.feed(delivery.readMark(of: delivery.ada, seq: UInt64(seq)))
            try delivery.feed(delivery.ticks(to: delivery.ada, delivered: UInt64(seq), read: 0))
        }
        try delivery.checkpoint()
        let ids = try delivery.database.read {
            try Int64.fetchAll($0, sql: "SELECT id FROM entries")
        }
        #expect(ids == [6, 7], "ticks and read marks do not take each other's place")
    }

    @Test func aChangeThatCannotBeReadIsPoison() throws {
        let delivery = try TestDelivery()
        let good = delivery.change(
            .contact(delivery.bob.account, isContact: true),
            of: delivery.ada,
            at: 0
        )
        var short = good
        short.account.accountID = Data([1, 2, 3])
        var bare = good
        bare.clearOrigin()
        for record in [short, bare] {
            #expect(throws: PoisonRecord.self) { try delivery.feed(record) }
        }
        var mark = delivery.readMark(of: delivery.ada, seq: 1)
        mark.readMark.conversationID = Data([1])
        #expect(throws: PoisonRecord.self) { try delivery.feed(mark) }
    }

    @Test(arguments: 1...10)
    func brokenRecordsAreRefusedOrReadButNeverTrap(seed: UInt64) throws {
        let delivery = try TestDelivery()
        let records = [
            delivery.change(
                .contact(delivery.bob.account, isContact: true),
                of: delivery.ada,
                at: 0
            ),
            delivery.readMark(of: delivery.ada, seq: 300),
        ]
        var random = SeededBytes(seed: seed)
        for _ in 0..<1000 {
            var broken: [UInt8] =
                try records.randomElement(using: &random)?.serializedBytes() ?? []
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<broken.count, using: &random)
                broken[place] = UInt8.random(in: 0...255, using: &random)
            }
            guard let message = try? InboxMessage(broken) else { continue }
            let frame = ServerFrame.event(
                message,
                of: broken,
                position: InboxPosition(epoch: 1, offset: Offset(1)),
                epochText: "1"
            )
            guard let frame else { continue }
            var reader = ServerFrameReader()
            reader.append(frame)
            guard case .text(let text)? = try reader.next() else { continue }
            _ = try JSONSerialization.jsonObject(with: Data(text.utf8))
        }
    }
}
