import Accounts
import Conversations
import EventLog
import Events
import Foundation
import GRDB
import NIOEmbedded
import Projections
import SwiftProtobuf
import Testing
import Web

@testable import Delivery

@Suite struct PresenceTests {
    /// What a device is shown of others' presence.
    private enum Shown: Equatable {
        case online
        case offline(Int64?)
    }

    private func watch(_ client: TestClient, _ accounts: [Identity]) {
        let list = accounts.map { "\"\($0.account)\"" }.joined(separator: ",")
        client.send("{\"type\":\"watch\",\"accounts\":[\(list)]}")
        client.channel.embeddedEventLoop.run()
    }

    private func shown(
        _ client: TestClient,
        _ delivery: TestDelivery,
        of identity: Identity? = nil
    ) throws -> [Shown] {
        delivery.loopSignals()
        let account = (identity ?? delivery.ada).account
        return try client.receiveJSON().compactMap { frame in
            guard frame["kind"] as? String == "presence" else { return nil }
            #expect(frame["type"] as? String == "signal")
            #expect(frame["account_id"] as? String == account.description)
            return frame["online"] as? Bool == true
                ? .online : .offline((frame["last_seen"] as? NSNumber)?.int64Value)
        }
    }

    private func set(
        _ visibility: Visibility,
        _ delivery: TestDelivery,
        at offset: Int64
    ) throws {
        try delivery.feed(
            delivery.change(
                .privacy(Privacy.Change(presence: visibility)),
                of: delivery.ada,
                at: offset
            )
        )
    }

    @Test func aWatcherIsToldAtOnceAndOnEveryChange() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        watch(bob, [delivery.ada])
        #expect(try shown(bob, delivery) == [.offline(nil)], "nothing is known yet")
        let phone = try delivery.connect(delivery.ada)
        #expect(try shown(bob, delivery) == [.online])
        let tablet = try delivery.connect(
            Identity(account: delivery.ada.account, device: DeviceID(high: 1, low: 101))
        )
        phone.drop()
        delivery.pass(5)
        #expect(try shown(bob, delivery) == [], "one of its devices is still here")
        tablet.drop()
        let gone = delivery.clock.now().milliseconds
        delivery.pass(1)
        #expect(try shown(bob, delivery) == [])
        delivery.pass(3)
        #expect(try shown(bob, delivery) == [.offline(gone)])
        watch(bob, [])
        delivery.loopSignals()
        _ = try delivery.connect(delivery.ada)
        #expect(try shown(bob, delivery) == [], "it watches no more")
    }

    @Test func whoIsBackInAMomentWasNeverAway() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        var ada = try delivery.connect(delivery.ada)
        delivery.pass(11)
        watch(bob, [delivery.ada])
        #expect(try shown(bob, delivery) == [.online])
        for _ in 1...5 {
            ada.drop()
            delivery.pass(1)
            ada = try delivery.connect(delivery.ada)
            delivery.pass(1)
        }
        #expect(try shown(bob, delivery) == [])
    }

    @Test func whenItWasLastSeenSurvivesARestart() throws {
        let first = try TestDelivery()
        try first.connect(first.ada).drop()
        let gone = first.clock.now().milliseconds
        try first.checkpoint()
        let second = try TestDelivery(database: first.database, isOpen: false)
        try second.open(isFresh: false)
        second.clock.advance(by: .seconds(3600))
        let bob = try second.connect(second.bob)
        watch(bob, [second.ada])
        #expect(try shown(bob, second) == [.offline(gone)])
    }

    @Test func aCheckpointUnderWayHidesNothing() throws {
        let delivery = try TestDelivery()
        try delivery.connect(delivery.ada).drop()
        let gone = delivery.clock.now().milliseconds
        _ = delivery.projection.takeChanges()
        delivery.pass(5)
        let bob = try delivery.connect(delivery.bob)
        watch(bob, [delivery.ada])
        #expect(try shown(bob, delivery) == [.offline(gone)])
    }

    @Test func theOwnersPrivacyDecidesAndAChangeIsToldAgain() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        let ada = try delivery.connect(delivery.ada)
        watch(bob, [delivery.ada])
        #expect(try shown(bob, delivery) == [.online])
        try set(.nobody, delivery, at: 0)
        #expect(try shown(bob, delivery) == [.offline(nil)])
        ada.drop()
        delivery.pass(4)
        _ = try delivery.connect(delivery.ada)
        #expect(try shown(bob, delivery) == [], "nothing of its coming and going")
        try set(.contacts, delivery, at: 1)
        #expect(try shown(bob, delivery) == [.offline(nil)])
        try delivery.feed(
            delivery.change(
                .contact(delivery.bob.account, isContact: true),
                of: delivery.ada,
                at: 2
            )
        )
        #expect(try shown(bob, delivery) == [.online])
        try delivery.feed(
            delivery.change(
                .contact(delivery.bob.account, isContact: false),
                of: delivery.ada,
                at: 3
            )
        )
        #expect(try shown(bob, delivery) == [.offline(nil)])
        try set(.everyone, delivery, at: 4)
        #expect(try shown(bob, delivery) == [.online])
    }

    /// Contacts that stand in the index, that are not written yet, and that were taken back since.
    @Test(arguments: 0...3)
    func contactsAreFoundInIndexAndTail(_ place: Int) throws {
        let delivery = try TestDelivery()
        _ = try delivery.connect(delivery.ada)
        func contact(_ isContact: Bool, _ offset: Int64) throws {
            try delivery.feed(
                delivery.change(
                    .contact(delivery.bob.account, isContact: isContact),
                    of: delivery.ada,
                    at: offset
                )
            )
        }
        try set(.contacts, delivery, at: 0)
        if place > 0 { try contact(true, 1) }
        if place > 1 { try delivery.checkpoint() }
        if place > 2 { try contact(false, 2) }
        let bob = try delivery.connect(delivery.bob)
        watch(bob, [delivery.ada])
        let expected: [Shown] = [1, 2].contains(place) ? [.online] : [.offline(nil)]
        #expect(try shown(bob, delivery) == expected)
        if place == 2 {
            // And again, when the index is read by another life.
            let second = try TestDelivery(database: delivery.database, isOpen: false)
            second.skip(to: 2)
            try second.open(isFresh: false)
            _ = try second.connect(second.ada)
            let bob = try second.connect(second.bob)
            watch(bob, [second.ada])
            #expect(try shown(bob, second) == [.online])
        }
    }

    @Test func whoIsBlockedSeesNothing() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        let ada = try delivery.connect(delivery.ada)
        watch(bob, [delivery.ada])
        #expect(try shown(bob, delivery) == [.online])
        func block(_ isBlocked: Bool, seq: UInt64) throws {
            var record = delivery.message(from: delivery.ada, to: delivery.bob, seq: seq)
            let action = ConversationAction.setBlock(delivery.bob.account, isBlocked: isBlocked)
            record.event.action = try PBConversationAction(serializedBytes: action.encoded())
            record.event.origin = record.origin
            record.only = [Data(delivery.ada.account.bytes)]
            try delivery.feed(record)
        }
        try block(true, seq: 1)
        #expect(try shown(bob, delivery) == [.offline(nil)])
        ada.drop()
        delivery.pass(4)
        #expect(try shown(bob, delivery) == [])
        try block(false, seq: 2)
        #expect(try shown(bob, delivery).count == 1)
        watch(bob, [])
        try block(true, seq: 3)
        delivery.loopSignals()
        watch(bob, [delivery.ada])
        #expect(try shown(bob, delivery) == [.offline(nil)])
    }

    @Test func devicesOfOneAccountAreOneWatcher() throws {
        let delivery = try TestDelivery()
        let phone = try delivery.connect(delivery.bob)
        let tablet = try delivery.connect(
            Identity(account: delivery.bob.account, device: DeviceID(high: 2, low: 201))
        )
        watch(phone, [delivery.ada])
        watch(tablet, [delivery.ada])
        delivery.loopSignals()
        let book = try #require(delivery.hub.partitions[Partition(0)]?.presence)
        #expect(book.watchers(of: delivery.ada.account) == [delivery.bob.account])
        _ = try (phone.receive(), tablet.receive())
        _ = try delivery.connect(delivery.ada)
        #expect(try shown(phone, delivery) == [.online])
        #expect(try shown(tablet, delivery) == [.online])
        phone.drop()
        #expect(delivery.takeSignals().isEmpty, "the other device still watches")
        tablet.drop()
        let ended = delivery.takeSignals()
        try #require(ended.count == 1)
        #expect(
            ended[0].signal.body == .watch(.init(watcher: delivery.bob.account, until: nil))
        )
    }

    @Test func whatIsWatchedIsSaidAgainBeforeItEnds() throws {
        let delivery = try TestDelivery()
        delivery.pass(11)
        let bob = try delivery.connect(delivery.bob)
        watch(bob, [delivery.ada])
        delivery.loopSignals()
        _ = try bob.receive()
        for _ in 1...3 {
            for _ in 1...24 {
                // The device answers pings.
                delivery.pass(10)
                bob.send(ClientBytes.frame(10, []))
            }
            delivery.pass(1)
            let said = delivery.takeSignals()
            try #require(said.count == 1)
            let until = delivery.clock.now() + .seconds(9 * 60)
            guard case .watch(let again) = said[0].signal.body, let end = again.until else {
                Issue.record("not a watch")
                return
            }
            #expect(until - end < .seconds(5))
            delivery.read(said[0].signal)
            #expect(delivery.takeSignals().count == 1, "each time it is told what is so")
        }
        bob.send(ClientBytes.close(1000))
        _ = delivery.takeSignals()
        // Nobody took it back: it ends by itself.
        delivery.pass(10 * 60)
        let book = try #require(delivery.hub.partitions[Partition(0)]?.presence)
        #expect(!book.isWatched(delivery.ada.account))
        #expect(delivery.takeSignals().isEmpty)
    }

    @Test func aNewOwnerTellsWhatIsSoWhenTheDevicesHadTimeToCome() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        _ = try delivery.connect(delivery.ada)
        watch(bob, [delivery.ada])
        let said = delivery.takeSignals()
        // Another instance takes the partition over: it reads again who watches whom.
        let second = try TestDelivery(database: delivery.database, isOpen: false)
        try second.open(isFresh: false)
        second.clock.advance(by: .seconds(60))
        for (_, signal) in said { second.read(signal) }
        #expect(second.takeSignals().isEmpty, "the device may only be on its way")
        second.pass(11)
        let told = second.takeSignals()
        try #require(told.count == 1)
        let expected = Signal.Presence(
            watchers: [delivery.bob.account],
            isOnline: false,
            lastSeen: nil
        )
        #expect(told[0].signal.body == .presence(expected))
        second.pass(60)
        #expect(second.takeSignals().isEmpty, "once")
    }

    @Test func aPartitionThatIsGivenAwayTakesNothingBack() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        _ = try delivery.connect(delivery.ada)
        watch(bob, [delivery.ada])
        delivery.loopSignals()
        #expect(delivery.served.all == [Partition(0)])
        delivery.close()
        #expect(delivery.served.all == [])
        delivery.pass(5)
        #expect(delivery.takeSignals().isEmpty)
    }

    @Test func anInstanceThatStopsTellsOfNobodysGoing() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        _ = try delivery.connect(delivery.ada)
        watch(bob, [delivery.ada])
        delivery.loopSignals()
        _ = delivery.hub.shutDown()
        delivery.loop.run()
        delivery.pass(4)
        #expect(delivery.takeSignals().isEmpty)
        #expect(delivery.lastSeen.value(for: delivery.ada.account, Partition(0)) != nil)
    }

    @Test func aListThatChangesTooMuchIsNotTaken() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        func list(_ high: UInt64) -> [Identity] {
            (0..<256).map {
                Identity(account: AccountID(high: high, low: $0), device: DeviceID(high: 1, low: 1))
            }
        }
        watch(bob, list(10))
        #expect(delivery.takeSignals().count == 256)
        watch(bob, list(11))
        #expect(delivery.takeSignals().isEmpty, "512 changes at once are too many")
        delivery.pass(13)
        watch(bob, list(11))
        #expect(delivery.takeSignals().count == 512)
        let received = try bob.receive()
        #expect(received.count == 1, "the socket stays open")
    }
}
