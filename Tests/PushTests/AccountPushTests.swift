import Accounts
import EventLog
import Events
import Foundation
import GRDB
import Projections
import SwiftProtobuf
import Testing

@testable import Push

/// What accounts set for themselves.
struct AccountPushTests {
    private let phone = DeviceID(high: 1, low: 1)
    private let tablet = DeviceID(high: 1, low: 2)

    @Test func aMutedConversationDoesNotNotifyUntilThen() throws {
        let world = try PushWorld()
        try world.create(club, by: ada, with: [bob, carol])
        try world.settle()
        world.provider.forget()
        let end = world.clock.now() + .seconds(60)
        try world.mute(club, of: bob, until: end)
        let muted = try world.say(in: club, by: ada)
        try world.settle()
        #expect(world.told.map(\.account) == [carol])
        // From its end on there is sound again: what counts is when the message was taken.
        world.clock.advance(end - world.clock.now())
        let after = try world.say(in: club, by: ada)
        try world.settle()
        #expect(world.told == after.told.union(muted.told.filter { $0.account == carol }))
        // For ever, and no more; a restart forgets neither.
        try world.mute(club, of: bob, until: Timestamp(milliseconds: .max))
        try world.readAll()
        try world.start()
        let silent = try world.say(in: club, by: ada)
        try world.settle()
        #expect(!world.told.contains { $0.event == silent.id && $0.account == bob })
        try world.mute(club, of: bob, until: Timestamp(milliseconds: 0))
        let loud = try world.say(in: club, by: ada)
        try world.settle()
        try world.start()
        #expect(world.told.isSuperset(of: loud.told))
        #expect(try world.rows("mutes") == 0)
    }

    @Test func directConversationsAreMutedAsWell() throws {
        let world = try PushWorld()
        let direct = ConversationID(directBetween: ada, and: bob)
        try world.mute(direct, of: bob, until: Timestamp(milliseconds: .max))
        // Archiving says nothing of notifications.
        try world.account(bob, .preferences(direct, PreferencesChange(isArchived: true)))
        try world.post(from: ada, to: bob)
        let other = try world.post(from: carol, to: bob)
        try world.settle()
        #expect(world.provider.notifications.map(\.messageID) == [other.messageID])
    }

    @Test func nothingIsDecidedBeforeAccountsWereReadUpToThen() throws {
        let world = try PushWorld()
        let direct = ConversationID(directBetween: ada, and: bob)
        for _ in 0..<20 {
            try world.mute(direct, of: bob, until: Timestamp(milliseconds: .max))
        }
        try world.post(from: ada, to: bob)
        try world.readOn(.inbox)
        for _ in 0..<18 {
            world.clock.advance(.seconds(1))
            try world.readOn(.accounts, count: 1)
            #expect(world.provider.notifications.isEmpty)
        }
        try world.settle()
        #expect(world.provider.notifications.isEmpty)
    }

    @Test func aRemovedDeviceGetsNothingMore() throws {
        let world = try PushWorld()
        for device in [phone, tablet] {
            try world.account(bob, .deviceAdded(device, name: "it"))
        }
        try world.post(from: ada, to: bob)
        try world.settle()
        #expect(world.provider.notifications.last?.devices == [phone, tablet])
        try world.account(bob, .deviceRemoved(phone))
        try world.account(bob, .deviceAdded(phone, name: "it again"))
        try world.readAll()
        try world.start()
        try world.post(from: ada, to: bob)
        try world.settle()
        #expect(world.provider.notifications.last?.devices == [tablet])
        try world.account(bob, .deviceRemoved(tablet))
        try world.post(from: ada, to: bob)
        try world.settle()
        #expect(world.provider.notifications.count == 2)
        // A further one is his as any other.
        let laptop = DeviceID(high: 1, low: 3)
        try world.account(bob, .deviceAdded(laptop, name: "new"))
        try world.post(from: ada, to: bob)
        try world.settle()
        #expect(world.provider.notifications.last?.devices == [laptop])
    }

    @Test func aRemovedDeviceIsNotConnectedAnyMore() throws {
        let world = try PushWorld()
        let device = DeviceID(high: bob.high, low: bob.low)
        for one in [device, tablet] { try world.account(bob, .deviceAdded(one, name: "")) }
        try world.session(.connected, bob)
        try world.account(bob, .deviceRemoved(device))
        try world.readOn(.sessions)
        try world.readOn(.accounts)
        try world.start()
        try world.post(from: ada, to: bob)
        try world.readAll()
        world.clock.advance(.seconds(2))
        for _ in 0..<3 { try world.readAll() }
        #expect(world.provider.notifications.count == 1)
    }

    @Test func whatIsOfNoInterestIsPassed() throws {
        let world = try PushWorld()
        try world.account(bob, .registered(name: "Bob"))
        try world.account(bob, .hide(club, SubmissionID(high: 1, low: 1)))
        try world.account(bob, .star(club, SubmissionID(high: 1, low: 1), isStarred: true))
        try world.account(bob, .privacy(Privacy.Change(readReceipts: false)))
        try world.account(bob, .contact(ada, isContact: true))
        try world.account(bob, .unknown)
        try world.append(.inbox, 0, PBInboxRecord.with { $0.account.registered.name = "Bob" })
        try world.append(.inbox, 0, PBInboxRecord.with { $0.ticks.readSeq = 1 })
        try world.append(.inbox, 0, PBInboxRecord.with { $0.rejection.code = "too_old" })
        try world.post(from: ada, to: bob)
        try world.settle()
        #expect(world.provider.notifications.count == 1)
    }

    // MARK: Migration

    @Test func aStoreOfTheVersionBeforeGoesOn() throws {
        let world = try PushWorld(starts: false)
        let waiting = SubmissionID(high: 9, low: 9)
        let partition = Partition(0)
        let old = try ProjectionStore(
            path: world.path,
            migrations: Array(PushTables.migrations.prefix(2))
        )
        let positions: [TopicPartition: Offset] = [
            TopicPartition(.inbox, partition): Offset(0),
            TopicPartition(.sessions, partition): Offset(0),
            TopicPartition(.accounts, partition): Offset(2),
        ]
        try old.checkpoint(positions) { database in
            let (bobs, direct) = (
                Data(bob.bytes), Data(ConversationID(directBetween: ada, and: bob).bytes)
            )
            try database.execute(
                sql: """
                    INSERT INTO progress VALUES (0, 0, 0);
                    INSERT INTO pending VALUES (0, 5, ?, ?, ?, 1, 0, 1, 0, ?);
                    INSERT INTO ledger VALUES (1, 0, 0, 0, ?, 5);
                    INSERT INTO devices VALUES (?, ?);
                    """,
                arguments: [
                    bobs, direct, Data(waiting.bytes), world.clock.now().milliseconds, bobs, bobs,
                    Data(phone.bytes),
                ]
            )
        }
        // What that version passed over in `accounts`; and who is in which group it did not know.
        try world.mute(club, of: carol, until: Timestamp(milliseconds: .max))
        try world.account(bob, .deviceAdded(tablet, name: ""))
        world.groups[club] = GroupState(seq: 3, members: [ada, bob, carol])
        for account in [ada, bob, carol] { try world.membership(of: account, in: club, (1, 0)) }
        let said = try world.say(in: club, by: ada)
        try world.read(ConversationID(directBetween: ada, and: bob), by: bob, upTo: 1)
        try world.start()
        try world.settle()
        #expect(
            world.told == [
                Telling(event: waiting, account: bob, kind: .message),
                Telling(event: said.id, account: bob, kind: .message),
            ]
        )
        #expect(world.provider.notifications.allSatisfy { $0.devices == [phone, tablet] })
        #expect(try world.rows("members") == 3)
    }
}
