import EventLog
import Events
import Foundation
import GRDB
import SwiftProtobuf
import Testing

@testable import Push

struct GroupPushTests {
    /// Ada's group with Bob and Carol, of whose beginning nobody need be told any more.
    private func world(partitionCount: Int = 4) throws -> PushWorld {
        let world = try PushWorld(partitionCount: partitionCount)
        try world.create(club, by: ada, with: [bob, carol])
        try world.settle()
        world.provider.forget()
        return world
    }

    @Test func membersWhoAreAwayAreNotifiedAndTheSenderIsNot() throws {
        let world = try world()
        let said = try world.say(in: club, by: ada)
        try world.readAll()
        #expect(world.told.isEmpty)
        try world.settle()
        #expect(world.told == said.told)
        #expect(Set(world.told.map(\.account)) == [bob, carol])
        #expect(world.tellings.count == 2)
        for notification in world.provider.notifications {
            #expect(notification.conversation == club)
            #expect(notification.collapseID == "\(club).\(notification.account)")
            #expect(notification.origin.offset == said.origin.offset)
        }
        for _ in 0..<2 {
            try world.start()
            try world.settle()
        }
        #expect(world.tellings.count == 2)
    }

    @Test func beingAddedNotifiesAndComingByOneselfDoesNot() throws {
        let world = try PushWorld()
        let created = try world.create(club, by: ada, with: [bob])
        let added = try world.add([carol], to: club, by: bob)
        let dans = try world.happen(in: club, by: dan, joining: [dan]) {
            $0.action.join.secret = Data(club.bytes)
        }
        try world.settle()
        #expect(dans.told.isEmpty)
        #expect(world.told == created.told.union(added.told))
        #expect(world.told.allSatisfy { $0.kind == .added })
    }

    @Test func onlyMessagesNotify() throws {
        let world = try world()
        let said = try world.say(in: club, by: ada)
        let actions: [(inout PBConversationAction) -> Void] = [
            {
                $0.react.messageID = Data(said.id.bytes)
                $0.react.emoji = "+"
            },
            {
                $0.editMessage.messageID = Data(said.id.bytes)
                $0.editMessage.content.text.text = "another secret"
            },
            { $0.setProfile.name = "The club" },
            { $0.pin.messageID = Data(said.id.bytes) },
        ]
        for action in actions {
            try world.happen(in: club, by: bob) {
                $0.messageSeq = said.seq
                action(&$0.action)
            }
        }
        try world.settle()
        #expect(world.told == said.told)
        #expect(world.tellings.count == 2)
    }

    @Test func followersOfChannelsAreNotNotified() throws {
        let world = try PushWorld()
        let channel = ConversationID(high: 0xCC, low: 1)
        try world.happen(in: channel, by: ada, kind: .channel, joining: [ada]) {
            $0.action.create.profile.name = "News"
        }
        try world.happen(in: channel, by: ada, kind: .channel, joining: [bob], only: [ada, bob]) {
            $0.action.addMembers.accounts = [Data(bob.bytes)]
        }
        try world.happen(in: channel, by: ada, kind: .channel) {
            $0.messagePosted.content.text.text = "news"
        }
        try world.membership(of: carol, in: channel, kind: .channel, (1, 0))
        try world.settle()
        #expect(world.told.isEmpty)
    }

    @Test func aMessageNotifiesThoseWhoWereMembersWhenItWasSaid() throws {
        let world = try world()
        let first = try world.say(in: club, by: ada)
        let added = try world.add([dan], to: club, by: ada)
        let second = try world.say(in: club, by: ada)
        // Bob leaves while it waits; he may see what was said before.
        try world.happen(in: club, by: bob, leaving: [bob]) { $0.action.leave = .init() }
        let third = try world.say(in: club, by: carol)
        let back = try world.add([bob], to: club, by: ada)
        try world.settle()
        #expect(
            world.told
                == first.told.union(added.told).union(second.told).union(third.told)
                .union(back.told)
        )
        #expect(second.told.contains { $0.account == bob })
        #expect(!third.told.contains { $0.account == bob })
        #expect(world.tellings.count == world.told.count)
    }

    @Test func aMemberWhoseDeviceIsConnectedGetsTheGrace() throws {
        let world = try world(partitionCount: 1)
        try world.session(.connected, bob)
        try world.session(.connected, carol)
        let said = try world.say(in: club, by: ada)
        try world.readAll()
        world.clock.advance(.milliseconds(4900))
        for _ in 0..<3 { try world.readAll() }
        #expect(world.told.isEmpty)
        // A restart in between forgets nobody.
        try world.start()
        let offset = try #require(said.offsets[0])
        try world.session(.progressed, carol, acknowledged: offset.next)
        try world.settle()
        #expect(world.told.map(\.account) == [bob])
    }

    @Test func whatOnlySomeAreToldNotifiesNobodyElse() throws {
        let world = try world()
        let some = try world.say(in: club, by: ada, only: [ada, carol])
        try world.say(in: club, by: ada, only: [ada], isWithheld: true)
        try world.settle()
        #expect(world.told == some.told)
        #expect(world.told.map(\.account) == [carol])
    }

    @Test func whatWasTakenBackWhileItWaitedNotifiesNobody() throws {
        let world = try world()
        let gone = try world.say(in: club, by: ada)
        let kept = try world.say(in: club, by: ada)
        try world.readAll()
        try world.happen(in: club, by: ada) {
            $0.messageSeq = gone.seq
            $0.action.deleteMessage.messageID = Data(gone.id.bytes)
        }
        // Only its author is told of this one: it takes nothing from the others.
        try world.happen(in: club, by: ada, only: [ada], isWithheld: true) {
            $0.messageSeq = kept.seq
            $0.action.deleteMessage.messageID = Data(kept.id.bytes)
        }
        try world.settle()
        #expect(world.told == kept.told)
    }

    @Test func aMessageWhoseTimeIsOverNotifiesNobody() throws {
        let world = try world()
        try world.say(in: club, by: ada, expiresAt: world.clock.now() + .milliseconds(500))
        let later = try world.say(in: club, by: ada, expiresAt: world.clock.now() + .seconds(60))
        try world.settle()
        #expect(world.told == later.told)
    }

    @Test func aRecordThatCameTwiceNotifiesOnce() throws {
        let world = try world()
        let said = try world.say(in: club, by: ada, times: 3)
        try world.settle()
        #expect(world.told == said.told)
        #expect(world.tellings.count == 2)
    }

    @Test func whatWasReadOnAnotherDeviceIsNotPushed() throws {
        let world = try world()
        let first = try world.say(in: club, by: ada)
        let second = try world.say(in: club, by: ada)
        let letter = try world.post(from: ada, to: bob)
        let direct = ConversationID(directBetween: ada, and: bob)
        try world.readAll()
        try world.read(club, by: bob, upTo: first.seq)
        try world.read(direct, by: bob, upTo: UInt64(letter.origin.offset.number))
        try world.readAll()
        // It is known after a restart, too.
        try world.start()
        try world.settle()
        #expect(
            world.told
                == first.told.filter { $0.account != bob }.union(second.told)
        )
    }

    // MARK: Starting

    @Test func membersAreKnownWithoutACheckpoint() throws {
        let world = try PushWorld(starts: false)
        // The inbox doesn't reach back to when they came; Dan left before, Carol by the event that comes next.
        world.groups[club] = GroupState(seq: 7, members: [ada, bob, carol])
        try world.membership(of: ada, in: club, (1, 0))
        try world.membership(of: bob, in: club, (1, 3), (5, 0))
        try world.membership(of: carol, in: club, (2, 9))
        try world.membership(of: dan, in: club, (1, 7))
        let first = try world.say(in: club, by: ada)
        try world.happen(in: club, by: ada, leaving: [carol]) {
            $0.action.removeMember.accountID = Data(carol.bytes)
        }
        let second = try world.say(in: club, by: ada)
        try world.start()
        try world.settle()
        #expect(world.told == first.told.union(second.told))
        #expect(second.told.map(\.account) == [bob])
        // The next start asks its checkpoint and not the log.
        world.log.memberships = [:]
        try world.start()
        let third = try world.say(in: club, by: ada)
        try world.settle()
        #expect(world.told.isSuperset(of: third.told))
    }

    // MARK: Size

    @Test func aBigGroupCostsARowAPostAndHoldsNobodyUp() throws {
        let count = Limits.groupMembersMax
        let world = try PushWorld(starts: false)
        let crowd = (1..<UInt64(count)).map { AccountID(high: 0xC0, low: $0) }
        world.groups[club] = GroupState(seq: 1, members: Set(crowd + [ada]))
        for account in crowd + [ada] { try world.membership(of: account, in: club, (1, 0)) }
        try world.start()
        let said = try world.say(in: club, by: ada)
        let letter = try world.post(from: ada, to: bob)
        try world.readAll()
        #expect(try world.rows("waiting") == 2)
        world.clock.advance(.seconds(2))
        var calls = 0
        while world.provider.notifications.count <= said.told.count, calls < 1000 {
            try world.idle()
            calls += 1
            if calls == 2 {
                #expect(world.provider.notifications.contains { $0.messageID == letter.messageID })
            }
            if calls % 7 == 3 {
                // Whoever was notified before the restart is not notified again.
                #expect(try world.rows("waiting") <= 1)
                try world.start()
            }
        }
        #expect(world.told.isSuperset(of: said.told))
        #expect(world.tellings.count == said.told.count + 1)
        try world.idle()
        #expect(try world.rows("waiting") == 0)
        #expect(try world.rows("presences") == 0)
    }
}

extension PushWorld {
    /// How many rows a table of the checkpoint has.
    func rows(_ table: String) throws -> Int {
        try DatabaseQueue(path: path).read { database in
            try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? 0
        }
    }
}
