import Accounts
import Conversations
import EventLog
import Events
import Flow
import Foundation
import GRDB
import NIOCore
import NIOEmbedded
import Projections
import SwiftProtobuf
import Testing
import Web

@testable import Delivery

@Suite struct TypingTests {
    private let group = ConversationID(high: 77, low: 7)

    private func direct(_ delivery: TestDelivery) -> ConversationID {
        ConversationID(directBetween: delivery.ada.account, and: delivery.bob.account)
    }

    private func type(
        _ client: TestClient,
        in conversation: ConversationID,
        on isOn: Bool = true,
        _ rest: String = ""
    ) {
        client.send(
            "{\"type\":\"typing\",\"conversation_id\":\"\(conversation)\",\"on\":\(isOn)\(rest)}"
        )
        client.channel.embeddedEventLoop.run()
    }

    private func start(
        _ kind: PBConversationKind,
        _ delivery: TestDelivery,
        members: [Identity],
        partition: Int32 = 0
    ) throws {
        var record = delivery.message(from: members[0], to: members[0], seq: 1)
        record.event.conversationID = Data(group.bytes)
        record.event.conversationKind = kind
        record.event.messagePosted.recipient = Data()
        record.joined = members.map { Data($0.account.bytes) }
        try delivery.feed(record, partition: partition)
    }

    /// The signal frames that came, without what else came.
    private func shown(_ client: TestClient) throws -> [[String: String]] {
        try client.receiveJSON().filter { $0["type"] as? String == "signal" }
            .compactMap { $0 as? [String: String] }
    }

    private func errors(_ client: TestClient) throws -> [String] {
        try client.receiveJSON().filter { $0["type"] as? String == "error" }
            .compactMap { $0["code"] as? String }
    }

    @Test func theOtherOfADirectConversationSeesWhatTheProtocolSays() throws {
        let delivery = try TestDelivery()
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        let (ada, bob) = (try delivery.connect(delivery.ada), try delivery.connect(delivery.bob))
        let tablet = try delivery.connect(
            Identity(account: delivery.ada.account, device: DeviceID(high: 1, low: 101))
        )
        for client in [ada, bob, tablet] { _ = try client.receive() }
        let conversation = direct(delivery)
        func expected(_ activity: String) -> [String: String] {
            [
                "type": "signal", "kind": "typing", "activity": activity,
                "conversation_id": conversation.description,
                "account_id": delivery.ada.account.description,
            ]
        }
        type(ada, in: conversation)
        delivery.loopSignals()
        #expect(try shown(bob) == [expected("typing")])
        type(ada, in: conversation, on: false)
        delivery.loopSignals()
        #expect(try shown(bob) == [expected("idle")])
        delivery.pass(3)
        type(ada, in: conversation, ",\"activity\":\"recording\"")
        delivery.loopSignals()
        #expect(try shown(bob) == [expected("recording")])
        #expect(try ada.receive() == [] && tablet.receive() == [], "nobody is told of himself")
    }

    /// From the tail, from the index, and after a restart.
    @Test(arguments: 0...2)
    func theOtherAccountIsFoundWhereverTheConversationStands(_ place: Int) throws {
        var delivery = try TestDelivery { $0.tail.entriesMax = place == 0 ? 100 : 1 }
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        if place > 0 { try delivery.checkpoint() }
        if place == 2 {
            let second = try TestDelivery(database: delivery.database, isOpen: false)
            second.skip(to: 1)
            try second.open(isFresh: false)
            delivery = second
        }
        let (ada, bob) = (try delivery.connect(delivery.ada), try delivery.connect(delivery.bob))
        _ = try bob.receive()
        // Also the recipient of the only message may type.
        type(bob, in: direct(delivery))
        delivery.loopSignals()
        #expect(try shown(ada).count == 1)
        #expect(delivery.hub.knownConversations.count == 1)
    }

    @Test func whileItGoesOnItIsToldEveryThreeSecondsAndItsEndAtOnce() throws {
        let delivery = try TestDelivery()
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        let ada = try delivery.connect(delivery.ada)
        for _ in 0..<10 {
            type(ada, in: direct(delivery))
            type(ada, in: direct(delivery))
            delivery.pass(1)
        }
        #expect(delivery.takeSignals().count == 4)
        type(ada, in: direct(delivery), on: false)
        type(ada, in: direct(delivery), on: false)
        #expect(delivery.takeSignals().count == 1)
    }

    @Test func aGroupsMembersSeeItInEveryPartitionAndOthersDoNot() throws {
        let delivery = try TestDelivery(partitions: 3, isOpen: false)
        for partition: Int32 in 0..<3 { try delivery.open(partition, isFresh: true) }
        let home = Partitioner.partition(of: delivery.ada.account, count: 3).number
        // Another member and a stranger of the same partition.
        let others = (0..<1000).lazy.map {
            Identity(account: AccountID(high: 8, low: $0), device: DeviceID(high: 8, low: $0))
        }.filter { Partitioner.partition(of: $0.account, count: 3).number == home }.prefix(2)
        let (member, stranger) = (others.first!, others.last!)
        try start(.group, delivery, members: [delivery.ada, member], partition: home)
        let clients = try [delivery.ada, member, stranger].map { try delivery.connect($0) }
        for client in clients { _ = try client.receive() }
        type(clients[0], in: group)
        let sent = delivery.takeSignals()
        #expect(sent.map(\.partition).sorted() == [0, 1, 2], "one record for each partition")
        for (partition, signal) in sent { delivery.read(signal, partition: partition) }
        #expect(try clients.map { try shown($0).count } == [0, 1, 0])
        type(clients[2], in: group)
        #expect(try errors(clients[2]) == ["not_a_member"])
        #expect(delivery.takeSignals().isEmpty)
        delivery.pass(1)
        clients[2].send("{\"type\":\"watch\",\"accounts\":[]}")
        #expect(try clients[2].receive() == [], "the socket stays open")
    }

    @Test func whoHasLeftNeitherTypesNorSees() throws {
        let delivery = try TestDelivery()
        try start(.group, delivery, members: [delivery.ada, delivery.bob])
        var leaving = delivery.message(from: delivery.bob, to: delivery.bob, seq: 2)
        leaving.event.conversationID = Data(group.bytes)
        leaving.event.conversationKind = .group
        leaving.event.origin = leaving.origin
        leaving.left = [Data(delivery.bob.account.bytes)]
        try delivery.feed(leaving)
        let (ada, bob) = (try delivery.connect(delivery.ada), try delivery.connect(delivery.bob))
        _ = try (ada.receive(), bob.receive())
        type(ada, in: group)
        delivery.loopSignals()
        #expect(try bob.receive() == [])
        type(bob, in: group)
        #expect(try errors(bob) == ["not_a_member"])
    }

    @Test func nobodyTypesInAChannelOrWhereHeIsUnknown() throws {
        let delivery = try TestDelivery()
        try start(.channel, delivery, members: [delivery.ada, delivery.bob])
        let ada = try delivery.connect(delivery.ada)
        _ = try ada.receive()
        type(ada, in: group)
        #expect(try errors(ada) == ["not_allowed"])
        type(ada, in: ConversationID(high: 66, low: 6))
        #expect(try errors(ada) == ["not_a_member"])
        // What can't be found is not looked for again at once.
        let looked = delivery.hub.knownConversations.count
        for _ in 0..<100 { type(ada, in: ConversationID(high: 66, low: 6)) }
        delivery.loop.advanceTime(by: .milliseconds(900))
        type(ada, in: ConversationID(high: 66, low: 6))
        #expect(try errors(ada) == [])
        #expect(delivery.hub.knownConversations.count == looked)
        #expect(delivery.takeSignals().isEmpty)
        // A conversation of two others.
        let eve = Identity(account: AccountID(high: 5, low: 5), device: DeviceID(high: 5, low: 5))
        try delivery.feed(delivery.message(from: delivery.bob, to: eve, seq: 1))
        delivery.pass(2)
        type(ada, in: ConversationID(directBetween: delivery.bob.account, and: eve.account))
        #expect(try errors(ada) == ["not_a_member"])
    }

    /// Blocked by Bob or having blocked him: as the inbox says, or as `memberships` said when the index knew nothing.
    @Test(arguments: [false, true], [false, true])
    func neitherSeesTheOtherTypingWhereOneHasBlocked(_ byTypist: Bool, _ fromSnapshot: Bool) throws
    {
        let delivery = try TestDelivery(isOpen: false)
        let (blocker, other) =
            byTypist ? (delivery.ada, delivery.bob) : (delivery.bob, delivery.ada)
        if fromSnapshot {
            delivery.inbox.blocks = [
                .block(
                    blocker.account,
                    other.account,
                    InboxAccounts.Block(isBlocked: true, at: 5.offset)
                )
            ]
        }
        try delivery.open(isFresh: true)
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        func block(_ isBlocked: Bool, seq: UInt64, at offset: Int64) throws {
            var record = delivery.message(from: blocker, to: other, seq: seq, origin: offset)
            let action = ConversationAction.setBlock(other.account, isBlocked: isBlocked)
            record.event.action = try PBConversationAction(serializedBytes: action.encoded())
            record.event.origin = record.origin
            record.only = [Data(blocker.account.bytes)]
            try delivery.feed(record)
        }
        if !fromSnapshot { try block(true, seq: 2, at: 5) }
        let (ada, bob) = (try delivery.connect(delivery.ada), try delivery.connect(delivery.bob))
        _ = try bob.receive()
        type(ada, in: direct(delivery))
        delivery.loopSignals()
        #expect(try bob.receive() == [])
        // What came before the snapshot does not undo it; what comes after does.
        try block(false, seq: 3, at: 4)
        try block(false, seq: 4, at: 9)
        delivery.pass(3)
        _ = try bob.receive()
        type(ada, in: direct(delivery))
        delivery.loopSignals()
        #expect(try shown(bob).count == 1)
    }

    /// Whoever sees the account's presence sees it type; of a group's members nobody can tell who is a contact.
    @Test(arguments: Visibility.allCases, [false, true])
    func typingIsSeenByWhomPresenceIsShown(_ visibility: Visibility, _ isContact: Bool) throws {
        let delivery = try TestDelivery()
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        try start(.group, delivery, members: [delivery.ada, delivery.bob])
        try delivery.feed(
            delivery.change(.privacy(.init(presence: visibility)), of: delivery.ada, at: 0)
        )
        try delivery.feed(
            delivery.change(
                .contact(delivery.bob.account, isContact: isContact),
                of: delivery.ada,
                at: 1
            )
        )
        try delivery.checkpoint()
        let (ada, bob) = (try delivery.connect(delivery.ada), try delivery.connect(delivery.bob))
        _ = try bob.receive()
        type(ada, in: direct(delivery))
        delivery.loopSignals()
        let isSeen = visibility == .everyone || visibility == .contacts && isContact
        #expect(try shown(bob).count == (isSeen ? 1 : 0))
        type(ada, in: group)
        delivery.loopSignals()
        #expect(try shown(bob).count == (visibility == .everyone ? 1 : 0))
    }

    @Test func whatIsOldIsNotShown() throws {
        let delivery = try TestDelivery()
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        let (ada, bob) = (try delivery.connect(delivery.ada), try delivery.connect(delivery.bob))
        _ = try bob.receive()
        type(ada, in: direct(delivery))
        let sent = try #require(delivery.takeSignals().first)
        delivery.clock.advance(by: .seconds(11))
        delivery.read(sent.signal)
        #expect(try bob.receive() == [])
    }

    @Test func aDeviceThatIsCatchingUpIsNotShownIt() throws {
        let delivery = try TestDelivery { $0.pump.windowEvents = 2 }
        let (ada, bob) = (try delivery.connect(delivery.ada), try delivery.connect(delivery.bob))
        for seq: UInt64 in 1...4 {
            try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: seq))
        }
        _ = try bob.receive()
        type(ada, in: direct(delivery))
        delivery.loopSignals()
        #expect(try bob.receive() == [])
        bob.ack(4)
        bob.ack(4)
        _ = try bob.receive()
        delivery.pass(3)
        type(ada, in: direct(delivery))
        delivery.loopSignals()
        #expect(try shown(bob).count == 1)
    }

    /// Messages go first: what typing in groups costs is bounded, whoever types.
    @Test func beyondWhatTypingMayCostItIsNotShown() throws {
        let delivery = try TestDelivery { $0.typingFramesPerSecond = 2 }
        try start(.group, delivery, members: [delivery.ada, delivery.bob])
        let (ada, bob) = (try delivery.connect(delivery.ada), try delivery.connect(delivery.bob))
        for client in [ada, bob] { _ = try client.receive() }
        type(ada, in: group)
        type(bob, in: group)
        delivery.loopSignals()
        #expect(try shown(bob).count + shown(ada).count == 1)
        delivery.pass(3)
        type(ada, in: group)
        delivery.loopSignals()
        #expect(try shown(bob).count == 1)
    }

    @Test func beyondTwentyFramesASecondAreDropped() throws {
        let delivery = try TestDelivery()
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        let ada = try delivery.connect(delivery.ada)
        _ = try ada.receive()
        for number: UInt64 in 0..<500 {
            ada.send("{\"type\":\"watch\",\"accounts\":[\"\(AccountID(high: 3, low: number))\"]}")
        }
        // Each frame ends one watch and begins another.
        #expect(delivery.takeSignals().count == 20 + 19)
        #expect(try ada.receive() == [])
        delivery.advance(1)
        type(ada, in: direct(delivery))
        #expect(delivery.takeSignals().count == 1)
    }

    @Test func aLogThatIsAwayCostsTheSignalAndNothingElse() throws {
        let delivery = try TestDelivery()
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 1))
        let (ada, bob) = (try delivery.connect(delivery.ada), try delivery.connect(delivery.bob))
        _ = try (ada.receive(), bob.receive())
        delivery.signals.mode = .refusing
        type(ada, in: direct(delivery))
        try delivery.feed(delivery.message(from: delivery.ada, to: delivery.bob, seq: 2))
        #expect(try bob.receiveOffsets() == [1])
        #expect(try ada.receiveOffsets() == [1])
        #expect(delivery.takeSignals().isEmpty)
    }
}

@Suite struct SignalCodingTests {
    private let ada = AccountID(high: 1, low: 1)
    private let bob = AccountID(high: 2, low: 2)

    @Test func everySignalIsReadAsItWasWritten() throws {
        let conversation = ConversationID(high: 3, low: 4)
        let time = Timestamp(milliseconds: 1_700_000_000_000)
        let bodies: [Signal.Body] = [
            .typing(.init(conversation: conversation, recipient: bob, activity: .typing)),
            .typing(.init(conversation: conversation, recipient: nil, activity: .recording)),
            .typing(.init(conversation: conversation, recipient: nil, activity: .idle)),
            .watch(.init(watcher: bob, until: time)), .watch(.init(watcher: bob, until: nil)),
            .presence(.init(watchers: [bob, ada], isOnline: true, lastSeen: nil)),
            .presence(.init(watchers: [], isOnline: false, lastSeen: time)),
        ]
        for body in bodies {
            let signal = Signal(account: ada, time: time, body: body)
            let record = signal.record(to: Partition(3))
            #expect(record.partition == Partition(3) && record.key == ada.bytes)
            #expect(Signal(decoding: record.value ?? []) == signal)
        }
    }

    @Test func whatIsNoSignalIsNone() throws {
        var typing = PBSignalRecord.with {
            $0.accountID = Data(ada.bytes)
            $0.typing.conversationID = Data(ada.bytes)
        }
        #expect(Signal(decoding: try typing.serializedBytes()) != nil)
        typing.typing.recipient = Data([1, 2])
        #expect(Signal(decoding: try typing.serializedBytes()) == nil)
        typing.typing.recipient = Data()
        typing.accountID = Data()
        #expect(Signal(decoding: try typing.serializedBytes()) == nil)
        #expect(Signal(decoding: []) == nil)
        #expect(Signal(decoding: [0xFF, 0xFF]) == nil)
    }
}
