import Conversations
import EventLog
import Events
import Foundation
import GRDB
import SwiftProtobuf
import Testing
import Web

@testable import Delivery

@Suite struct GroupTests {
    private let group = ConversationID(high: 77, low: 7)

    /// A record of the inbox about the group; `joined` and `left` are as the router says them.
    private func record(
        _ delivery: TestDelivery,
        seq: UInt64,
        by sender: Identity,
        joined: [Identity] = [],
        left: [Identity] = [],
        only: [Identity] = [],
        kind: PBConversationKind = .group,
        action: ConversationAction? = nil
    ) throws -> PBInboxRecord {
        var record = delivery.message(from: sender, to: sender, seq: seq, text: "to all of \(seq)")
        record.event.conversationID = Data(group.bytes)
        record.event.conversationKind = kind
        record.event.origin = record.origin
        record.event.messagePosted.recipient = Data()
        if let action {
            record.event.action = try PBConversationAction(serializedBytes: action.encoded())
        }
        record.event.memberChanges =
            joined.map { PBMemberChange($0, .member) }
            + left.map { PBMemberChange($0, .unspecified) }
        record.joined = joined.map { Data($0.account.bytes) }
        record.left = left.map { Data($0.account.bytes) }
        record.only = only.map { Data($0.account.bytes) }
        return record
    }

    private func seqs(_ client: TestClient) throws -> [UInt64] {
        try client.receiveJSON().compactMap { frame in
            (frame["event"] as? [String: Any])?["seq"] as? UInt64
        }
    }

    @Test func membersAreToldAndOthersAreNot() throws {
        let delivery = try TestDelivery()
        let (ada, bob) = (try delivery.connect(delivery.ada), try delivery.connect(delivery.bob))
        _ = try (ada.receive(), bob.receive())
        try delivery.feed(
            record(delivery, seq: 1, by: delivery.ada, joined: [delivery.ada], action: .leave)
        )
        try delivery.feed(record(delivery, seq: 2, by: delivery.ada))
        try delivery.feed(record(delivery, seq: 3, by: delivery.ada, joined: [delivery.bob]))
        try delivery.feed(record(delivery, seq: 4, by: delivery.bob))
        try delivery.feed(record(delivery, seq: 5, by: delivery.ada, left: [delivery.bob]))
        try delivery.feed(record(delivery, seq: 6, by: delivery.ada))
        #expect(try seqs(ada) == [1, 2, 3, 4, 5, 6])
        #expect(try seqs(bob) == [3, 4, 5], "its leaving is the last that it sees")
    }

    @Test func aRecordForSomeIsToldToThemAlone() throws {
        let delivery = try TestDelivery()
        let (ada, bob) = (try delivery.connect(delivery.ada), try delivery.connect(delivery.bob))
        _ = try (ada.receive(), bob.receive())
        let both = [delivery.ada, delivery.bob]
        try delivery.feed(record(delivery, seq: 1, by: delivery.ada, joined: both))
        try delivery.feed(record(delivery, seq: 2, by: delivery.ada, only: [delivery.ada]))
        try delivery.feed(record(delivery, seq: 3, by: delivery.ada))
        #expect(try seqs(ada) == [1, 2, 3])
        #expect(try seqs(bob) == [1, 3])
        let again = try delivery.connect(delivery.bob, at: 0)
        #expect(try seqs(again) == [1, 3], "nor when it catches up")
    }

    /// Comes, goes and comes back while it is away; from tail or index, before or after a restart, it gets exactly its stays.
    @Test(arguments: [false, true], [1, 8192])
    func whoWasAwayGetsExactlyItsStays(_ restarts: Bool, _ tailMax: Int) throws {
        var delivery = try TestDelivery { $0.tail.entriesMax = tailMax }
        try delivery.feed(record(delivery, seq: 1, by: delivery.ada, joined: [delivery.ada]))
        for seq in UInt64(2)...40 {
            let comes = seq == 10 || seq == 30
            let goes = seq == 20 || seq == 35
            try delivery.feed(
                record(
                    delivery,
                    seq: seq,
                    by: delivery.ada,
                    joined: comes ? [delivery.bob] : [],
                    left: goes ? [delivery.bob] : []
                )
            )
            if seq % 2 == 0 {
                try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: seq))
            }
            if tailMax == 1 || seq == 25 { try delivery.checkpoint() }
        }
        try delivery.checkpoint()
        if restarts {
            let second = try TestDelivery(database: delivery.database, isOpen: false) {
                $0.tail.entriesMax = tailMax
            }
            second.skip(to: 60)
            try second.open(isFresh: false)
            delivery = second
        }
        let bob = try delivery.connect(delivery.bob, at: 0)
        let events = try bob.receiveJSON().compactMap { $0["event"] as? [String: Any] }
        let inGroup = events.filter { $0["conversation_kind"] as? String == "group" }
        #expect(
            inGroup.compactMap { $0["seq"] as? UInt64 } == Array(10...20) + Array(30...35)
        )
        #expect(events.count - inGroup.count == 20)
    }

    @Test func anIndexThatKnowsNothingTakesTheMembershipsThatThereAre() throws {
        let delivery = try TestDelivery(isOpen: false)
        delivery.inbox.membershipChanges = [
            InboxIndex.MemberChange(
                conversation: group,
                account: delivery.bob.account,
                seq: 3,
                left: nil
            ),
            InboxIndex.MemberChange(
                conversation: group,
                account: delivery.ada.account,
                seq: 1,
                left: nil
            ),
            InboxIndex.MemberChange(
                conversation: group,
                account: delivery.ada.account,
                seq: 101,
                left: Timestamp(milliseconds: 5)
            ),
        ]
        try delivery.open(isFresh: true)
        let (ada, bob) = (try delivery.connect(delivery.ada), try delivery.connect(delivery.bob))
        _ = try (ada.receive(), bob.receive())
        // The inbox begins long after both came; what it says of comings that are known changes nothing.
        for seq in UInt64(100)...102 {
            try delivery.feed(record(delivery, seq: seq, by: delivery.ada))
        }
        #expect(try seqs(ada) == [100, 101])
        #expect(try seqs(bob) == [100, 101, 102])
        try delivery.checkpoint()
        let second = try TestDelivery(database: delivery.database, isOpen: false)
        second.skip(to: 3)
        try second.open(isFresh: false)
        #expect(try seqs(try second.connect(second.bob, at: 0)) == [100, 101, 102])
    }

    @Test func groupsHaveMarksAndChannelsHaveNone() throws {
        for (kind, count) in [(PBConversationKind.group, 1), (.channel, 0)] {
            let delivery = try TestDelivery()
            let bob = try delivery.connect(delivery.bob)
            _ = try bob.receive()
            let both = [delivery.ada, delivery.bob]
            try delivery.feed(record(delivery, seq: 1, by: delivery.ada, joined: both, kind: kind))
            try delivery.feed(record(delivery, seq: 2, by: delivery.ada, kind: kind))
            #expect(try seqs(bob) == [1, 2])
            bob.ack(2)
            delivery.settle()
            let marks = try delivery.log.records(.receipts).map {
                try PBReceipt(serializedBytes: $0.value ?? [])
            }
            #expect(marks.map(\.marks.deliveredSeq) == (count == 1 ? [2] : []))
        }
    }

    /// From tail or index, before or after a restart, and however they came: the earlier text is gone.
    @Test(arguments: [false, true], [1, 8192])
    func aTextThatWasEditedOrTakenBackIsInNoFrame(_ restarts: Bool, _ tailMax: Int) throws {
        var delivery = try TestDelivery { $0.tail.entriesMax = tailMax }
        let both = [delivery.ada, delivery.bob]
        try delivery.feed(record(delivery, seq: 1, by: delivery.ada, joined: both))
        for seq in UInt64(2)...4 { try delivery.feed(record(delivery, seq: seq, by: delivery.ada)) }
        try delivery.checkpoint()
        let id = SubmissionID(high: 9, low: 1)
        func change(_ seq: UInt64, _ message: UInt64, _ text: String?) throws -> PBInboxRecord {
            let content = MessageContent.encodedText((text ?? "").utf8)
            var record = try record(
                delivery,
                seq: seq,
                by: delivery.ada,
                action: text == nil ? .deleteMessage(id) : .editMessage(id, content: content)
            )
            record.event.messageSeq = message
            return record
        }
        try delivery.feed([
            change(5, 2, "first edit"), change(6, 2, "second edit"), change(7, 3, nil),
        ])
        if restarts || tailMax == 1 { try delivery.checkpoint() }
        if restarts {
            let second = try TestDelivery(database: delivery.database, isOpen: false) {
                $0.tail.entriesMax = tailMax
            }
            second.skip(to: 7)
            try second.open(isFresh: false)
            delivery = second
        }
        let bob = try delivery.connect(delivery.bob, at: 0)
        let contents = try bob.receiveJSON().compactMap { frame -> String? in
            let content = (frame["event"] as? [String: Any])?["content"] as? [String: Any]
            return content.map { $0["text"] as? String ?? $0["type"] as? String ?? "" }
        }
        #expect(
            contents == [
                "to all of 1", "edited", "deleted", "to all of 4", "edited", "second edit",
            ]
        )
    }

    @Test func whatOnlyItsSenderIsToldTakesNothingFromTheOther() throws {
        let delivery = try TestDelivery()
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        var deletion = try record(
            delivery,
            seq: 2,
            by: delivery.ada,
            only: [delivery.ada],
            kind: .direct,
            action: .deleteMessage(SubmissionID(high: 9, low: 0))
        )
        deletion.event.conversationID = Data(
            ConversationID(
                directBetween: delivery.ada.account,
                and: delivery.bob.account
            ).bytes
        )
        deletion.event.messageSeq = 1
        deletion.event.withheld = true
        try delivery.feed(deletion)
        let bob = try delivery.connect(delivery.bob, at: 0)
        let contents = try bob.receiveJSON().compactMap {
            ($0["event"] as? [String: Any])?["content"] as? [String: String]
        }
        #expect(contents.map { $0["text"] } == ["hello"])
    }

    @Test func anActionIsToldAsHistoryTellsIt() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        _ = try bob.receive()
        let action = ConversationAction.react(SubmissionID(high: 5, low: 6), emoji: "🐦")
        let record = try record(
            delivery,
            seq: 1,
            by: delivery.ada,
            joined: [delivery.bob],
            action: action
        )
        try delivery.feed(record)
        var json = Conversations.JSONWriter()
        EventJSON.append(
            try TimelineEvent(decoding: (record.event.serializedBytes() as [UInt8])[...]),
            to: &json
        )
        let expected = try JSONSerialization.jsonObject(with: Data(json.bytes)) as? NSDictionary
        let event = try bob.receiveJSON().first?["event"] as? NSDictionary
        #expect(event == expected)
        #expect(event?["kind"] as? String == "reaction")
    }
}

extension PBMemberChange {
    fileprivate init(_ identity: Identity, _ role: PBRole) {
        self.init()
        accountID = Data(identity.account.bytes)
        self.role = role
    }
}
