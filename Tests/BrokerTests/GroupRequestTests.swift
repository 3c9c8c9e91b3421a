import KafkaWire
import NIOCore
import Testing

@testable import Broker

@Suite struct GroupRequestTests {
    private static func commit(_ offset: Int64, topic: String = "t") -> OffsetCommitRequest {
        var partition = OffsetCommitRequest.Partition()
        partition.index = 0
        partition.offset = offset
        partition.metadata = "note"
        var entry = OffsetCommitRequest.Topic()
        entry.name = topic
        entry.partitions = [partition]
        var request = OffsetCommitRequest()
        request.groupID = "g"
        request.topics = [entry]
        return request
    }

    private static func committed(_ client: WireClient) throws -> [Int64] {
        var request = OffsetFetchRequest()
        request.groupID = "g"
        request.topics = nil
        return try client.call(request, version: 7).topics.flatMap(\.partitions).map(\.offset)
    }

    @Test func committedOffsetsSurviveARestartAndGoWithTheirTopic() async throws {
        let first = try await TestBroker()
        var client = try first.client()
        _ = try client.createTopic("t")
        for (version, offset) in zip(OffsetCommitRequest.versions, Int64(1)...) {
            let answer = try client.call(Self.commit(offset), version: version)
            #expect(answer.topics[0].partitions[0].error == .none)
            #expect(try Self.committed(client) == [offset])
        }
        await first.stopKeepingFolder()
        let second = try await TestBroker(directory: first.directory)
        client = try second.client()
        #expect(try Self.committed(client) == [7])
        var deletion = DeleteTopicsRequest()
        deletion.names = ["t"]
        _ = try client.call(deletion, version: 5)
        #expect(try Self.committed(client).isEmpty)
        await second.stopKeepingFolder()
        let third = try await TestBroker(directory: first.directory)
        #expect(try Self.committed(try third.client()).isEmpty)
        await third.stop()
        await first.stop()
    }

    @Test func aGroupWithoutMembersCanBeDeleted() async throws {
        try await withBroker { broker in
            let client = try broker.client()
            _ = try client.call(Self.commit(5), version: 8)
            #expect(try client.call(ListGroupsRequest(), version: 4).groups.map(\.groupID) == ["g"])
            var deletion = DeleteGroupsRequest()
            deletion.groups = ["g", "none"]
            let errors = try client.call(deletion, version: 2).results.map(\.error)
            #expect(errors == [.none, .groupIDNotFound])
            #expect(try Self.committed(client).isEmpty)
        }
    }

    @Test func twoMembersJoinOverTheWire() async throws {
        try await withBroker(.forTests { $0.groupInitialDelay = .milliseconds(200) }) { broker in
            let clients = [try broker.client(), try broker.client()]
            var request = JoinGroupRequest()
            request.groupID = "g"
            request.sessionTimeoutMilliseconds = 10_000
            request.rebalanceTimeoutMilliseconds = 10_000
            request.protocolType = "consumer"
            var assignor = JoinGroupRequest.GroupProtocol()
            assignor.name = "range"
            request.protocols = [assignor]
            let sent = try clients.map { try $0.send(request, version: 2) }
            let joined = try zip(clients, sent).map { client, correlation in
                try client.receive(JoinGroupRequest.self, version: 2, correlation: correlation)
            }
            #expect(joined.map(\.generation) == [1, 1])
            #expect(joined[0].leader == joined[1].leader)
            let leader = try #require(joined.firstIndex { $0.memberID == $0.leader })
            #expect(joined[leader].members.count == 2)
            var beat = HeartbeatRequest()
            beat.groupID = "g"
            beat.generation = 1
            beat.memberID = joined[0].memberID
            #expect(try clients[0].call(beat, version: 4).error == .none)
            var describe = DescribeGroupsRequest()
            describe.groups = ["g", "none"]
            let groups = try clients[0].call(describe, version: 5).groups
            #expect(groups.map(\.state) == ["CompletingRebalance", "Dead"])
            #expect(groups[0].members.count == 2)
        }
    }

    @Test func aRestartTakesNothingFromTheMembersOfAGroup() async throws {
        var beat = HeartbeatRequest()
        beat.groupID = "g"
        beat.generation = 3
        beat.memberID = "m"
        var commit = Self.commit(5)
        commit.generation = 3
        commit.memberID = "n"
        // Long enough for a machine that is busy with other tests.
        try await withBroker(.forTests { $0.groupReinstatement = .minutes(10) }) { broker in
            let client = try broker.client()
            #expect(try client.call(beat, version: 4).error == .none)
            #expect(
                try client.call(commit, version: 8).topics[0].partitions[0].error == .none
            )
            var describe = DescribeGroupsRequest()
            describe.groups = ["g"]
            let group = try client.call(describe, version: 5).groups[0]
            #expect(group.members.map(\.memberID).sorted() == ["m", "n"])
            beat.generation = 2
            beat.memberID = "zombie"
            #expect(try client.call(beat, version: 4).error == .unknownMemberID)
        }
        try await withBroker(.forTests { $0.groupReinstatement = .seconds(0) }) { broker in
            let client = try broker.client()
            #expect(try client.call(beat, version: 4).error == .unknownMemberID)
            #expect(try client.call(ListGroupsRequest(), version: 4).groups.isEmpty)
        }
    }
}
