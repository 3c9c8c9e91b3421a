import Accounts
import EventLog
import Events
import Foundation
import GRDB
import SwiftProtobuf
import Testing
import Web

@testable import Delivery

@Suite struct PrivacyTests {
    private func hide(
        _ delivery: TestDelivery,
        at offset: Int64 = 0,
        _ hides: Bool = true
    )
        -> PBInboxRecord
    {
        delivery.change(
            .privacy(Privacy.Change(readReceipts: !hides)),
            of: delivery.ada,
            at: offset
        )
    }

    private func read(_ client: TestClient, _ delivery: TestDelivery, _ seq: Int) {
        let conversation = ConversationID(
            directBetween: delivery.ada.account,
            and: delivery.bob.account
        )
        client.send("{\"type\":\"read\",\"conversation_id\":\"\(conversation)\",\"seq\":\(seq)}")
    }

    /// What ticks frames say was read.
    private func readSeqs(_ client: TestClient) throws -> [Int] {
        try client.receiveJSON().compactMap {
            let event = $0["event"] as? [String: Any]
            return event?["kind"] as? String == "ticks" ? event?["read_seq"] as? Int : nil
        }
    }

    @Test func marksOfAnAccountWithoutReadReceiptsArePrivate() throws {
        let delivery = try TestDelivery()
        let (ada, bob) = (try delivery.connect(delivery.ada), try delivery.connect(delivery.bob))
        read(ada, delivery, 1)
        delivery.settle()
        try delivery.feed(hide(delivery))
        read(ada, delivery, 2)
        read(bob, delivery, 2)
        delivery.settle()
        try delivery.feed(hide(delivery, at: 1, false))
        read(ada, delivery, 3)
        delivery.settle()
        let ofAda = try delivery.log.receipts.filter {
            Array($0.accountID) == delivery.ada.account.bytes
        }
        #expect(ofAda.map(\.marks.readSeq) == [1, 2, 3])
        #expect(ofAda.map(\.marks.private) == [false, true, false])
        let ofBob = try delivery.log.receipts.filter {
            Array($0.accountID) == delivery.bob.account.bytes
        }
        #expect(ofBob.map(\.marks.private) == [false])
    }

    @Test func whatWasReadInPrivateStaysPrivateWhileTheLogIsAway() throws {
        let delivery = try TestDelivery()
        let ada = try delivery.connect(delivery.ada)
        try delivery.feed(hide(delivery))
        delivery.log.mode = .refusing
        read(ada, delivery, 5)
        delivery.settle()
        try delivery.feed(hide(delivery, at: 1, false))
        delivery.log.mode = .durable
        delivery.advance(2)
        delivery.settle()
        let receipts = try delivery.log.receipts
        #expect(receipts.map(\.marks.readSeq) == [5])
        #expect(receipts.map(\.marks.private) == [true])
    }

    /// The process died before it checkpointed the switch: a mark waits until it has been read again.
    @Test(arguments: [false, true])
    func marksWaitForWhatIsStillToBeRead(_ endsInPoison: Bool) throws {
        let delivery = try TestDelivery(isOpen: false)
        delivery.inbox.high = 1.offset
        try delivery.open(isFresh: true)
        let ada = try delivery.connect(delivery.ada)
        read(ada, delivery, 1)
        delivery.settle()
        delivery.advance(3)
        delivery.settle()
        #expect(try delivery.log.receipts.isEmpty)
        if endsInPoison {
            try delivery.catchUp()
        } else {
            try delivery.feed(hide(delivery))
        }
        delivery.advance(1)
        delivery.settle()
        #expect(try delivery.log.receipts.map(\.marks.readSeq) == [1])
        #expect(try delivery.log.receipts.map(\.marks.private) == [!endsInPoison])
    }

    /// Given away before everything was read that says what others may know: then they are not to know.
    @Test func whatWaitsWhenAPartitionGoesBeforeItWasReadIsPrivate() throws {
        let delivery = try TestDelivery(isOpen: false)
        delivery.inbox.high = 1.offset
        try delivery.open(isFresh: true)
        let ada = try delivery.connect(delivery.ada)
        read(ada, delivery, 1)
        delivery.settle()
        delivery.close()
        delivery.advance(3)
        delivery.settle()
        #expect(try delivery.log.receipts.map(\.marks.readSeq) == [1])
        #expect(try delivery.log.receipts.map(\.marks.private) == [true])
    }

    /// Live, from the tail and from the index, before and after a restart: what others have read is not told once the switch is set.
    @Test(arguments: [false, true], [1, 8192])
    func ticksSayNothingOfReadingOnceTheSwitchIsSet(_ restarts: Bool, _ tailMax: Int) throws {
        var delivery = try TestDelivery { $0.tail.entriesMax = tailMax }
        let live = try delivery.connect(delivery.ada)
        try delivery.feed(delivery.ticks(to: delivery.ada, delivered: 3, read: 2))
        #expect(try readSeqs(live) == [2])
        if tailMax == 1 { try delivery.checkpoint() }
        // One batch: the ticks before the switch are not told any more, either.
        try delivery.feed([
            delivery.ticks(to: delivery.ada, delivered: 4, read: 3), hide(delivery),
            delivery.ticks(to: delivery.ada, delivered: 5, read: 4),
        ])
        #expect(try readSeqs(live) == [0, 0])
        if restarts || tailMax == 1 { try delivery.checkpoint() }
        if restarts {
            let second = try TestDelivery(database: delivery.database, isOpen: false) {
                $0.tail.entriesMax = tailMax
            }
            second.skip(to: 4)
            try second.open(isFresh: false)
            delivery = second
        }
        let ada = try delivery.connect(delivery.ada, at: 0)
        let caughtUp = try readSeqs(ada)
        #expect(!caughtUp.isEmpty && caughtUp.allSatisfy { $0 == 0 })
        try delivery.feed(delivery.ticks(to: delivery.ada, delivered: 6, read: 6))
        try delivery.feed(delivery.ticks(to: delivery.bob, delivered: 6, read: 6))
        #expect(try readSeqs(ada) == [0])
        #expect(try readSeqs(delivery.connect(delivery.bob, at: 4)) == [6], "it is Ada's alone")
        try delivery.feed(hide(delivery, at: 1, false))
        #expect(try readSeqs(delivery.connect(delivery.ada, at: 0)).last == 6)
    }

    @Test func aSnapshotThatIsAheadIsNotUndone() throws {
        let delivery = try TestDelivery(isOpen: false)
        // `accounts` says: off at 3, on again at 7. The inbox is still before both.
        delivery.inbox.accountsSnapshot = .init(since: 8.offset, changes: [])
        try delivery.open(isFresh: true)
        let ada = try delivery.connect(delivery.ada)
        _ = try ada.receive()
        try delivery.feed(hide(delivery, at: 3))
        read(ada, delivery, 1)
        delivery.settle()
        try delivery.checkpoint()
        let second = try TestDelivery(database: delivery.database, isOpen: false)
        second.skip(to: 1)
        try second.open(isFresh: false)
        let again = try second.connect(second.ada)
        try second.feed(hide(second, at: 7, false))
        read(again, second, 2)
        second.settle()
        try second.feed(hide(second, at: 8))
        read(again, second, 3)
        second.settle()
        let marks = try delivery.log.receipts + second.log.receipts
        #expect(marks.map(\.marks.readSeq) == [1, 2, 3])
        #expect(marks.map(\.marks.private) == [false, false, true])
    }

    @Test(arguments: [false, true])
    func anIndexThatKnowsNothingTakesWhatAccountsSay(_ restarts: Bool) throws {
        var delivery = try TestDelivery(isOpen: false)
        delivery.inbox.accountsSnapshot = .init(
            since: 9.offset,
            changes: [
                .privacy(
                    delivery.ada.account,
                    Privacy.Change(readReceipts: false, presence: .contacts),
                    at: 4.offset
                ),
                .contact(delivery.ada.account, delivery.bob.account, isContact: true, at: 5.offset),
            ]
        )
        delivery.inbox.blocks = [
            .block(
                delivery.bob.account,
                delivery.ada.account,
                InboxAccounts.Block(isBlocked: true, at: 2.offset)
            )
        ]
        try delivery.open(isFresh: true)
        try delivery.checkpoint()
        if restarts {
            let second = try TestDelivery(database: delivery.database, isOpen: false)
            try second.open(isFresh: false)
            delivery = second
        }
        let accounts = try #require(delivery.hub.partitions[Partition(0)]?.accounts)
        #expect(accounts.hidesReads(delivery.ada.account))
        #expect(accounts.privacy(of: delivery.ada.account).presence == .contacts)
        #expect(accounts.privacy(of: delivery.bob.account) == Privacy())
        #expect(accounts.hasBlocked(delivery.bob.account, delivery.ada.account))
        #expect(!accounts.hasBlocked(delivery.ada.account, delivery.bob.account))
        #expect(accounts.since == 9.offset)
        let contacts = try delivery.database.read {
            try InboxIndex.contacts(
                of: delivery.ada.account,
                among: [delivery.bob.account, delivery.ada.account],
                Partition(0),
                $0
            )
        }
        #expect(contacts == [delivery.bob.account])
    }

    @Test func theFoldOfAccountsIsWhatHolds() throws {
        var fold = AccountsFold()
        let (ada, bob) = (AccountID(high: 1, low: 1), AccountID(high: 2, low: 2))
        let changes: [(AccountID, AccountChange)] = [
            (ada, .privacy(Privacy.Change(readReceipts: false))),
            (ada, .privacy(Privacy.Change(presence: .nobody))),
            (bob, .privacy(Privacy.Change(readReceipts: false))),
            (bob, .privacy(Privacy.Change(readReceipts: true))),
            (ada, .contact(bob, isContact: true)), (bob, .contact(ada, isContact: true)),
            (bob, .contact(ada, isContact: false)), (ada, .registered(name: "Ada")),
        ]
        for (offset, (account, change)) in changes.enumerated() {
            let event = AccountEvent(
                account: account,
                device: nil,
                serverTime: Timestamp(milliseconds: 1),
                change: change
            )
            fold.apply(event, at: Offset(Int64(offset)))
            fold.since = Offset(Int64(offset + 1))
        }
        let snapshot = fold.snapshot
        #expect(snapshot.since == 8.offset)
        #expect(
            snapshot.changes == [
                .privacy(ada, .init(readReceipts: false, presence: .nobody), at: 8.offset),
                .contact(ada, bob, isContact: true, at: 4.offset),
            ]
        )
        let accounts = InboxAccounts(snapshot)
        #expect(
            accounts.privacy(of: ada) == Privacy(readReceipts: false, presence: .nobody)
        )
        #expect(accounts.privacy.count == 1, "the default is kept of nobody")
    }
}
