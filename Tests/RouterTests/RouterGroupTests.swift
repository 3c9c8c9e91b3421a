import Conversations
import EventLog
import Events
import Foundation
import GRDB
import SwiftProtobuf
import Testing

@testable import Router

@Suite struct RouterGroupTests {
    private let model = RouterModel()
    private let database: DatabaseQueue
    /// The conversation that submission 1 makes.
    private let group: ConversationID

    init() throws {
        database = try DatabaseQueue()
        let id = RouterModel.id(1, at: RouterModel.noon)
        group = ConversationID(high: id.high, low: id.low)
    }

    private func home(_ account: Int) -> Partition {
        Partitioner.partition(of: RouterModel.account(account), count: model.inboxPartitions)
    }

    private func makeGroup(_ members: ClosedRange<Int>, kind: ConversationKind = .group) throws {
        try model.submit(
            1,
            .act(
                .create(
                    profile: ProfileChange(name: "swifts"),
                    settings: .init(),
                    members: kind == .group ? members.map(RouterModel.account) : []
                )
            ),
            by: 0,
            in: group,
            kind: kind
        )
    }

    private func text(_ text: String) -> Submission.Request {
        .postMessage(MessagePost(text: text.utf8))
    }

    @Test func aPostToAGroupIsOneInboxRecordPerPartitionWithAMember() throws {
        try makeGroup(1...200)
        let record = try model.submit(2, text("hello"), by: 0, in: group)
        try model.route(database)
        let records = model.outputs.filter { $0.topic == .inbox }.compactMap {
            try? PBInboxRecord(serializedBytes: $0.value ?? [])
        }
        let posts = records.filter { $0.origin.offset == record.offset.number }
        #expect(posts.count == model.inboxPartitions)
        #expect(posts.map(\.origin.index).sorted() == (0..<UInt32(posts.count)).map { $0 })
        #expect(posts.allSatisfy { $0.joined.isEmpty && $0.left.isEmpty && $0.only.isEmpty })
    }

    @Test func whoComesIsToldInItsPartitionAndInMemberships() throws {
        try makeGroup(1...3)
        try model.submit(2, .act(.removeMember(RouterModel.account(2))), by: 0, in: group)
        try model.submit(3, .act(.addMembers([RouterModel.account(2)])), by: 0, in: group)
        try model.route(database)
        let inbox = try model.inbox()
        let created = try #require(inbox[home(2)]?.first)
        #expect(created.joined.contains(Data(RouterModel.account(2).bytes)))
        #expect(
            created.joined.allSatisfy {
                Partitioner.partition(of: [UInt8]($0), count: 12) == home(2)
            }
        )
        let removed = try #require(inbox[home(2)]?.dropFirst().first)
        #expect(removed.left == [Data(RouterModel.account(2).bytes)])
        let key = RouterModel.account(2).bytes + group.bytes
        let membership = try #require(try model.memberships()[key])
        #expect(membership.role == .member)
        #expect(membership.visible.map(\.fromSeq) == [1, 3])
        #expect(membership.visible.map(\.untilSeq) == [2, 0])
        let record = model.outputs.first { $0.topic == .memberships && $0.key == key }
        #expect(record?.partition == home(2))
    }

    @Test func aFollowerOfAChannelIsToldToThoseWhoRunItAlone() throws {
        try makeGroup(1...1, kind: .channel)
        for account in 1...40 {
            let tail = UInt64(account) + 1
            try model.submit(
                tail,
                .act(.addMembers([RouterModel.account(account)])),
                by: 0,
                in: group
            )
        }
        try model.route(database)
        for (partition, records) in try model.inbox() {
            for record in records.dropFirst(partition == home(0) ? 1 : 0) {
                let told = Set(record.only.map { [UInt8]($0) })
                #expect(!told.isEmpty)
                let changed = record.event.memberChanges.map { [UInt8]($0.accountID) }
                #expect(told.isSubset(of: Set(changed + [RouterModel.account(0).bytes])))
            }
        }
        let outputs = model.outputs.filter { $0.topic == .inbox }.count
        #expect(outputs <= 1 + 2 * 40)
    }

    @Test func whoIsBlockedIsToldAndTheOtherIsNot() throws {
        let (one, other) = (RouterModel.account(1), RouterModel.account(2))
        let direct = ConversationID(directBetween: one, and: other)
        try model.submit(
            1,
            .act(.setBlock(one, isBlocked: true)),
            by: 2,
            in: direct,
            kind: .direct
        )
        try model.post(2, from: 1, to: 2)
        try model.route(database)
        let events = try model.timeline()
        #expect(events.map(\.isWithheld) == [false, true])
        let withheld = try model.inbox().values.flatMap(\.self).filter { $0.event.withheld }
        #expect(withheld.map(\.only) == [[Data(one.bytes)]])
    }

    @Test func whoHasBlockedWhomIsInMemberships() throws {
        let (one, other) = (RouterModel.account(1), RouterModel.account(2))
        let direct = ConversationID(directBetween: one, and: other)
        try model.post(1, from: 1, to: 2)
        let block = try model.submit(2, .act(.setBlock(one, isBlocked: true)), by: 2, in: direct)
        try model.submit(3, .act(.setBlock(other, isBlocked: true)), by: 1, in: direct)
        try model.route(database)
        var memberships = try model.memberships()
        #expect(memberships.count == 2)
        let membership = try #require(memberships[other.bytes + direct.bytes])
        #expect(membership.blocked == Data(one.bytes))
        #expect(membership.conversationKind == .direct && membership.visible.isEmpty)
        #expect(Origin(membership.origin) == block.origin())
        #expect(memberships[one.bytes + direct.bytes]?.blocked == Data(other.bytes))
        let records = model.outputs.filter { $0.topic == .memberships }
        #expect(records.map(\.partition) == [home(2), home(1)])
        // From the checkpoint; and what is refused says nothing.
        try model.submit(4, .act(.setBlock(one, isBlocked: false)), by: 2, in: direct)
        try model.submit(5, .act(.setBlock(one, isBlocked: false)), by: 2, in: direct)
        try model.route(database)
        memberships = try model.memberships()
        #expect(memberships[other.bytes + direct.bytes]?.blocked.isEmpty == true)
        #expect(memberships[one.bytes + direct.bytes]?.blocked == Data(other.bytes))
        #expect(model.outputs.filter { $0.topic == .memberships }.count == 3)
    }

    @Test func blocksAreTheSameWithoutACheckpoint() throws {
        let (one, other) = (RouterModel.account(1), RouterModel.account(2))
        let direct = ConversationID(directBetween: one, and: other)
        for tail in UInt64(1)...9 {
            let action = ConversationAction.setBlock(one, isBlocked: tail % 2 == 1)
            try model.submit(tail, .act(action), by: 2, in: direct, kind: .direct)
        }
        try model.route(database)
        let records = model.outputs.filter { $0.topic == .memberships }
        #expect(records.count == 9)
        // Its last submissions are routed again, and say the same again.
        try model.route(try DatabaseQueue(), window: 4)
        let again = model.outputs.filter { $0.topic == .memberships }.dropFirst(9)
        #expect(again.map(\.value) == records.suffix(4).map(\.value))
        #expect(
            try model.memberships()[other.bytes + direct.bytes]?.blocked == Data(one.bytes)
        )
    }

    @Test func anActionInADirectConversationSaysWhomItIsFor() throws {
        let direct = ConversationID(
            directBetween: RouterModel.account(1),
            and: RouterModel.account(2)
        )
        try model.post(1, from: 1, to: 2)
        let id = RouterModel.id(1, at: RouterModel.noon)
        try model.submit(2, .act(.react(id, emoji: "+")), by: 2, in: direct)
        try model.route(database)
        let reactions = try model.inbox().values.flatMap(\.self).filter { $0.event.seq == 2 }
        #expect(
            Set(reactions.flatMap(\.only))
                == [1, 2].map { Data(RouterModel.account($0).bytes) }.set
        )
    }

    @Test func messagesAreFoundInMemoryAndOnDiskAndADeletionStays() throws {
        try makeGroup(1...2)
        try model.submit(2, text("first"), by: 1, in: group)
        let first = RouterModel.id(2, at: RouterModel.noon)
        try model.submit(3, .act(.editMessage(first, content: .text("second"))), by: 1, in: group)
        try model.route(database)
        // From the checkpoint now.
        try model.submit(4, .act(.editMessage(first, content: .text("third"))), by: 1, in: group)
        try model.submit(5, .act(.deleteMessage(first)), by: 1, in: group)
        try model.submit(6, .act(.react(first, emoji: "+")), by: 2, in: group)
        try model.route(database)
        try model.submit(7, .act(.react(first, emoji: "+")), by: 2, in: group)
        try model.route(database)
        #expect(try model.timeline().map(\.seq) == [1, 2, 3, 4, 5])
        #expect(try model.timeline().map(\.messageSeq) == [0, 0, 2, 2, 2])
        let codes = try model.inbox().values.flatMap(\.self).map(\.rejection.code)
        #expect(codes.filter { $0 == "message_not_found" }.count == 2)
    }

    @Test func aGroupIsTheSameFromTheCheckpointAndFromTheTimeline() throws {
        try makeGroup(1...20)
        try model.submit(2, .act(.setRole(RouterModel.account(1), .admin)), by: 0, in: group)
        try model.submit(3, .act(.leave), by: 0, in: group)
        try model.route(database)
        for other in [database, try DatabaseQueue()] {
            let copy = RouterModel()
            copy.submissions = model.submissions
            copy.outputs = model.outputs
            try copy.submit(4, .act(.removeMember(RouterModel.account(5))), by: 1, in: group)
            try copy.submit(5, text("still here?"), by: 5, in: group)
            try copy.submit(6, text("yes"), by: 6, in: group)
            try copy.route(other)
            #expect(try copy.timeline().map(\.seq) == [1, 2, 3, 4, 5])
            let codes = try copy.inbox().values.flatMap(\.self).map(\.rejection.code)
            #expect(codes.filter { $0 == "not_a_member" }.count == 1)
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate static func text(_ text: String) -> Self { MessageContent.encodedText(text.utf8) }
}

extension Array where Element: Hashable {
    fileprivate var set: Set<Element> { Set(self) }
}
