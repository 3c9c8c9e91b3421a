import EventLog
import Events
import Foundation
import SwiftProtobuf
import Testing

@testable import Push

struct PushProjectionTests {
    @Test func aRecipientWhoIsAwayIsNotifiedOnceAndTheSenderNever() throws {
        let world = try PushWorld()
        let posted = try world.post(from: ada, to: bob)
        try world.readAll()
        world.clock.advance(.milliseconds(900))
        try world.readAll()
        #expect(world.provider.notifications.isEmpty)
        world.clock.advance(.milliseconds(200))
        try world.readAll()
        let notification = try #require(world.provider.notifications.first)
        #expect(notification.account == bob)
        #expect(notification.messageID == posted.messageID)
        #expect(notification.origin == posted.origin)
        #expect(notification.collapseID.utf8.count <= 64)
        for _ in 0..<3 {
            world.clock.advance(.seconds(10))
            try world.readAll()
        }
        try world.start()
        world.clock.advance(.seconds(10))
        try world.readAll()
        #expect(world.provider.notifications.count == 1)
    }

    @Test func aConnectedDeviceHasFiveSecondsToAcknowledge() throws {
        let world = try PushWorld()
        try world.session(.connected, bob)
        let first = try world.post(from: ada, to: bob)
        let second = try world.post(from: ada, to: bob)
        try world.readAll()
        world.clock.advance(.milliseconds(4900))
        try world.readAll()
        #expect(world.provider.notifications.isEmpty)
        try world.session(.progressed, bob, acknowledged: first.offset.next)
        world.clock.advance(.milliseconds(400))
        try world.readAll()
        #expect(world.provider.notifications.map(\.messageID) == [second.messageID])
    }

    @Test func theLastOffsetAcknowledgedIsNotTheNext() throws {
        let world = try PushWorld()
        let posted = try world.post(from: ada, to: bob)
        // "Everything below this": the entry itself is not acknowledged.
        try world.session(.disconnected, bob, acknowledged: posted.offset)
        try world.readAll()
        world.clock.advance(.seconds(2))
        try world.readAll()
        #expect(world.provider.notifications.count == 1)
    }

    @Test func whatWasAcknowledgedBeforeItWasSeenNeverWaits() throws {
        let world = try PushWorld()
        let posted = try world.post(from: ada, to: bob)
        try world.session(.disconnected, bob, acknowledged: posted.offset.next)
        try world.readOn(.sessions)
        try world.readOn(.inbox)
        world.clock.advance(.seconds(60))
        try world.readAll()
        #expect(world.provider.notifications.isEmpty)
    }

    @Test func nothingIsDecidedBeforeSessionsWereReadUpToThen() throws {
        let world = try PushWorld()
        var posted: [PushWorld.Posted] = []
        for _ in 0..<20 { posted.append(try world.post(from: ada, to: bob)) }
        for entry in posted.dropLast() {
            try world.session(.progressed, bob, acknowledged: entry.offset.next)
        }
        // An hour later push comes back and reads the inbox first.
        world.clock.advance(.seconds(3600))
        try world.readOn(.inbox)
        for _ in 0..<18 {
            try world.readOn(.sessions, count: 1)
            world.clock.advance(.seconds(1))
            try world.idle()
            #expect(world.provider.notifications.isEmpty)
        }
        try world.readOn(.sessions)
        try world.idle()
        #expect(
            world.provider.notifications.map(\.messageID) == [posted[19].messageID]
        )
    }

    @Test func aBrokerThatDoesNotAnswerDelaysAndLosesNothing() throws {
        let world = try PushWorld()
        world.log.isDown = true
        try world.post(from: ada, to: bob)
        for _ in 0..<5 {
            try world.readAll()
            world.clock.advance(.seconds(5))
        }
        #expect(world.provider.notifications.isEmpty)
        world.log.isDown = false
        try world.readAll()
        #expect(world.provider.notifications.count == 1)
    }

    @Test func decisionsGoOnWhileTheSessionsNeverRest() throws {
        let world = try PushWorld()
        try world.post(from: ada, to: bob)
        try world.readAll()
        let busy = AccountID(high: 3, low: 3)
        for _ in 0..<20 {
            // More is always written before what is there has been read.
            for number in 1...4 {
                try world.session(.progressed, busy, UInt64(number))
            }
            world.clock.advance(.milliseconds(300))
            try world.readOn(.sessions, count: 3)
        }
        #expect(world.provider.notifications.count == 1)
    }

    @Test func sessionsThatRetentionTookAreNotWaitedFor() throws {
        let world = try PushWorld()
        world.log.ends[TopicPartition(.sessions, Partition(0))] = LogAdmin.Watermarks(
            low: Offset(500),
            high: Offset(500)
        )
        try world.post(from: ada, to: bob)
        try world.readAll()
        world.clock.advance(.seconds(2))
        try world.readAll()
        #expect(world.provider.notifications.count == 1)
    }

    @Test func aProviderThatFailsGetsTheNotificationAgain() throws {
        let world = try PushWorld()
        world.provider.setDown(true)
        for _ in 0..<3 { try world.post(from: ada, to: bob) }
        for _ in 0..<4 {
            try world.readAll()
            world.clock.advance(.seconds(3))
        }
        try world.start()
        world.provider.setDown(false)
        try world.readAll()
        #expect(world.provider.notifications.count == 3)
        #expect(Set(world.provider.notifications.map(\.messageID)).count == 3)
        #expect(Set(world.provider.notifications.map(\.collapseID)).count == 1)
    }

    @Test func aRecordThatCameTwiceNotifiesOnce() throws {
        let world = try PushWorld()
        try world.post(from: ada, to: bob, times: 3)
        try world.readAll()
        world.clock.advance(.seconds(2))
        try world.readAll()
        try world.readAll()
        #expect(world.provider.notifications.count == 1)
    }

    @Test func onlyThePartitionOfTheRecipientNotifies() throws {
        let world = try PushWorld(partitionCount: 4)
        let others = (0..<20).map { AccountID(high: 0xF, low: $0) }
        for other in others { try world.post(from: ada, to: other) }
        try world.readAll()
        world.clock.advance(.seconds(2))
        try world.readAll()
        #expect(world.provider.notifications.map(\.account).sorted() == others)
    }

    @Test func aLateEndOfAnOldSessionLeavesTheNewOneAlone() throws {
        let world = try PushWorld()
        try world.session(.connected, bob, 1)
        try world.session(.connected, bob, 2)
        try world.session(.disconnected, bob, 1)
        try world.post(from: ada, to: bob)
        try world.readAll()
        world.clock.advance(.seconds(2))
        try world.readAll()
        #expect(world.provider.notifications.isEmpty)
        world.clock.advance(.seconds(4))
        try world.readAll()
        #expect(world.provider.notifications.count == 1)
    }

    @Test func anInboxThatWasMadeAnewForgetsWhatWasAcknowledged() {
        var partition = PushPartition(waiting: WaitingRoom())
        partition.setPresence(acknowledged(5), of: bob)
        let answers = [0, 7, 8, 0, 1].map { partition.noteInbox(Offset($0)) }
        #expect(answers == [false, false, false, true, false])
        #expect(partition.presence(of: bob)?.acknowledged == Offset(0))
    }

    private func acknowledged(_ offset: Int64) -> Presence {
        var presence = Presence()
        presence.acknowledged = Offset(offset)
        return presence
    }

    @Test func anOldMessageIsNotNotified() throws {
        let world = try PushWorld()
        try world.post(from: ada, to: bob)
        world.clock.advance(.seconds(7 * 24 * 3600))
        try world.readAll()
        world.clock.advance(.seconds(10))
        try world.readAll()
        #expect(world.provider.notifications.isEmpty)
    }

    @Test func aRecordThatCannotBeReadBlocksNothing() throws {
        let world = try PushWorld()
        for topic in [Topic.inbox, .sessions, .accounts] {
            try world.append(
                topic,
                0,
                PBInboxRecord.with { $0.event.messagePosted.recipient = Data([1]) }
            )
            try world.append(topic, 0, PBOrigin.with { $0.topic = 3 })
        }
        try world.post(from: ada, to: bob)
        try world.readAll()
        world.clock.advance(.seconds(2))
        try world.readAll()
        #expect(world.provider.notifications.count == 1)
    }

    /// Everything happens at random, the process is killed at random; at the end everybody who stayed away was notified of
    /// everything, and nobody of what had been acknowledged long before.
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func killsAtRandomMomentsLoseNoNotification(seed: UInt64) throws {
        let world = try PushWorld(partitionCount: 2)
        var random = SeededRandom(seed: seed)
        let away = (0..<4).map { AccountID(high: 0xA, low: $0) }
        let here = (0..<4).map { AccountID(high: 0xB, low: $0) }
        for account in here { try world.session(.connected, account) }
        var expected: [PushWorld.Posted] = []
        var answered: [PushWorld.Posted] = []
        for _ in 0..<400 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<3:
                guard let account = away.randomElement(using: &random) else { break }
                expected.append(try world.post(from: ada, to: account))
            case 3..<5:
                guard let account = here.randomElement(using: &random) else { break }
                let posted = try world.post(from: ada, to: account)
                answered.append(posted)
                try world.session(.progressed, account, acknowledged: posted.offset.next)
            case 5..<7:
                let partition = Int32.random(in: 0...1, using: &random)
                let topic = Bool.random(using: &random) ? Topic.inbox : .sessions
                try world.readOn(topic, partition, count: Int.random(in: 1...20, using: &random))
            case 7:
                world.clock.advance(
                    .milliseconds(Int.random(in: 1...1500, using: &random))
                )
            case 8:
                try world.idle()
            default:
                if Int.random(in: 0..<4, using: &random) == 0 { try world.start() }
            }
        }
        try world.readAll()
        world.clock.advance(.seconds(10))
        try world.readAll()
        for _ in 0..<5 { try world.idle() }
        let notified = Dictionary(grouping: world.provider.notifications, by: \.messageID)
        #expect(Set(notified.keys) == Set(expected.map(\.messageID)))
        for (_, repeats) in notified {
            #expect(Set(repeats.map(\.collapseID)).count == 1)
        }
        #expect(answered.allSatisfy { notified[$0.messageID] == nil })
    }
}

/// SplitMix64: the same seed gives the same numbers.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
