import TestKit
import Testing

extension Referees {
    @Suite struct ConsumerGroupTests {
        /// Two members of a group and the way in which they share.
        struct Pair: Sendable, CustomTestStringConvertible {
            let first: Library
            let second: Library
            let assignor: String

            var testDescription: String { "\(first), \(second), \(assignor)" }
        }

        static let pairs = [
            Pair(first: .confluent, second: .confluent, assignor: "range"),
            Pair(first: .confluent, second: .confluent, assignor: "cooperative-sticky"),
            Pair(first: .kafkaPython, second: .aiokafka, assignor: "roundrobin"),
            Pair(first: .aiokafka, second: .confluent, assignor: "range"),
            Pair(first: .confluent, second: .kafkaPython, assignor: "range"),
        ]

        @Test(arguments: pairs)
        func aKilledMembersPartitionsGoToTheOtherAndNoRecordIsMissed(pair: Pair) async throws {
            try await TestBroker.run { broker in
                let topic = GroupTopic(broker, name: "shared", partitions: 4)
                try await topic.create()
                try await topic.produce(400)
                let first = try await topic.member(pair.first, "first", pair.assignor)
                let second = try await topic.member(pair.second, "second", pair.assignor)
                try await first.wait(for: "a share of the partitions") {
                    let shares = [try first.owned, try second.owned]
                    return shares.allSatisfy { !$0.isEmpty }
                        && shares.flatMap { $0 }.sorted() == Array(0..<topic.partitions)
                }
                try await topic.produce(400)
                try await topic.waitUntilSeen(by: [first, second])

                try await first.wait(for: "its share to be committed") {
                    let committed = try first.committed
                    return try first.owned.allSatisfy { committed[$0] == 200 }
                }
                let inheritance = try first.owned
                await first.kill()
                try await topic.produce(400)
                try await second.wait(for: "all partitions") {
                    try second.owned == Array(0..<topic.partitions)
                }
                try await topic.waitUntilSeen(by: [first, second])
                // What the dead one had committed was not read again, and nothing behind it was left out.
                for partition in inheritance {
                    let inherited = try second.all(Told.Record.self)
                        .filter { $0.partition == partition && $0.offset >= 100 }
                        .map(\.offset)
                    #expect(inherited == Array(200..<300), "partition \(partition)")
                }
                try await topic.waitUntilCommitted(by: second)
                try await topic.expectGroup(state: "stable", members: ["second"])
                try await second.stop()
                try await topic.expectGroup(state: "empty", members: [])
                try await topic.expectNewMemberContinues(pair.first, pair.assignor)
            }
        }

        @Test(arguments: Library.allCases)
        func aMemberThatLeavesHandsOverLongBeforeItsSessionEnds(library: Library) async throws {
            try await TestBroker.run { broker in
                let topic = GroupTopic(broker, name: "left", partitions: 2)
                try await topic.create()
                try await topic.produce(100)
                let names = ["first", "second"]
                var members: [ClientProgram] = []
                for name in names {
                    // Twice as long as `wait` has patience.
                    members.append(
                        try await topic.member(library, name, "range", sessionMs: 240_000)
                    )
                }
                let (first, second) = (members[0], members[1])
                try await first.wait(for: "one partition each") {
                    try first.owned.count == 1 && second.owned.count == 1
                }
                try await first.stop()
                try await second.wait(for: "both partitions") { try second.owned == [0, 1] }
                try await topic.produce(100)
                try await topic.waitUntilSeen(by: [first, second])
                try await second.stop()
            }
        }

        @Test(arguments: Library.allCases)
        func committedOffsetsAndTheGroupSurviveTheBrokersDeath(library: Library) async throws {
            try await TestBroker.run { broker in
                let topic = GroupTopic(broker, name: "kept", partitions: 3)
                try await topic.create()
                try await topic.produce(300)
                let member = try await topic.member(library, "steady", "range")
                try await topic.waitUntilCommitted(by: member)
                let before = try await topic.offsets()

                try await broker.killAndRestartBroker()
                #expect(try await topic.offsets() == before)
                try await topic.produce(300)
                try await topic.waitUntilSeen(by: [member])
                try await topic.waitUntilCommitted(by: member)
                let records = try member.all(Told.Record.self)
                let refusals = try member.all(Told.CommitRefused.self).map(\.error)
                #expect(records.count == 600, "each record once: all were committed; \(refusals)")
                try await member.stop()

                try await broker.killAndRestartBroker()
                try await topic.expectNewMemberContinues(library, "range")
            }
        }

        @Test(arguments: [Library.confluent, .kafkaPython])
        func aGroupIsDeletedOnlyWhenNobodyIsInIt(library: Library) async throws {
            try await TestBroker.run { broker in
                let topic = GroupTopic(broker, name: "gone", partitions: 1)
                try await topic.create()
                try await topic.produce(10)
                let member = try await topic.member(.confluent, "only", "range")
                try await topic.waitUntilCommitted(by: member)
                #expect(try await topic.delete(library) == 68)
                try await member.stop()
                #expect(try await topic.delete(library) == 0)
                #expect(try await topic.delete(library) == 69)
            }
        }
    }
}
