import KafkaWire
import NIOCore
import Testing

@testable import Broker

/// The group as a value: time is what the test says it is.
@Suite struct ConsumerGroupTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private var group = ConsumerGroup(
        id: "g",
        initialDelay: .milliseconds(50),
        membersMax: 3
    )
    private var token = 0

    private mutating func join(
        _ member: String = "",
        new: String = "",
        instance: String? = nil,
        version: Int16 = 4,
        assignors: [String] = ["range"],
        at now: NIODeadline = start
    ) -> Int {
        token += 1
        var request = JoinGroupRequest()
        request.groupID = "g"
        request.sessionTimeoutMilliseconds = 10_000
        request.rebalanceTimeoutMilliseconds = 60_000
        request.memberID = member
        request.instanceID = instance
        request.protocolType = "consumer"
        request.protocols = assignors.map { name in
            var assignor = JoinGroupRequest.GroupProtocol()
            assignor.name = name
            assignor.metadata = ByteBuffer(string: "meta \(name)")
            return assignor
        }
        let applicant = ConsumerGroup.Applicant(
            version: version,
            clientID: "c",
            clientHost: "h",
            newID: new,
            token: token
        )
        group.join(request, applicant, now: now)
        return token
    }

    private mutating func joins() -> [Int: JoinGroupResponse] {
        var found: [Int: JoinGroupResponse] = [:]
        for case .join(let token, let response) in group.takeAnswers() { found[token] = response }
        return found
    }

    private mutating func sync(
        _ member: String,
        generation: Int32,
        _ assignments: [String: String] = [:],
        at now: NIODeadline = start
    ) -> Int {
        token += 1
        var request = SyncGroupRequest()
        request.groupID = "g"
        request.generation = generation
        request.memberID = member
        request.assignments = assignments.map { member, text in
            var entry = SyncGroupRequest.Assignment()
            entry.memberID = member
            entry.assignment = ByteBuffer(string: text)
            return entry
        }
        group.sync(request, token: token, now: now)
        return token
    }

    private mutating func syncs() -> [Int: SyncGroupResponse] {
        var found: [Int: SyncGroupResponse] = [:]
        for case .sync(let token, let response) in group.takeAnswers() { found[token] = response }
        return found
    }

    private mutating func beat(
        _ member: String,
        _ generation: Int32,
        at now: NIODeadline = start
    ) -> ErrorCode {
        var request = HeartbeatRequest()
        request.memberID = member
        request.generation = generation
        return group.heartbeat(request, now: now)
    }

    /// A sign of life of a member that an earlier broker had.
    private mutating func survive(
        _ member: String,
        _ generation: Int32,
        at now: NIODeadline = start
    ) -> ErrorCode {
        group.reinstate(
            member,
            of: generation,
            instanceID: nil,
            until: Self.start + .seconds(5),
            now: now
        )
        return beat(member, generation, at: now)
    }

    /// Two members, a and b, stable in generation 1; a leads.
    private mutating func settle() {
        _ = join(new: "a", version: 3)
        _ = join(new: "b", version: 3)
        group.tick(now: Self.start + .milliseconds(50))
        _ = sync("b", generation: 1)
        _ = sync("a", generation: 1, ["a": "p0", "b": "p1"])
        _ = group.takeAnswers()
    }

    @Test mutating func aNewcomerMustComeBackWithItsID() {
        let first = join(new: "m1")
        let answer = joins()[first]
        #expect(answer?.error == .memberIDRequired)
        #expect(answer?.memberID == "m1")
        let second = join("m1")
        group.tick(now: Self.start + .milliseconds(50))
        #expect(joins()[second]?.generation == 1)
        let stranger = join("m2")
        #expect(joins()[stranger]?.error == .unknownMemberID)
    }

    @Test mutating func theLeaderAssignsAndAllAreTold() {
        let first = join(new: "a", version: 3)
        let second = join(new: "b", version: 3)
        #expect(joins().isEmpty)
        group.tick(now: Self.start + .milliseconds(50))
        let joined = joins()
        #expect(joined[first]?.leader == "a")
        #expect(joined[first]?.members.map(\.memberID) == ["a", "b"])
        #expect(joined[second]?.members.isEmpty == true)
        let follower = sync("b", generation: 1)
        #expect(syncs().isEmpty)
        let leader = sync("a", generation: 1, ["a": "p0", "b": "p1"])
        let assigned = syncs()
        #expect(assigned[follower]?.assignment == ByteBuffer(string: "p1"))
        #expect(assigned[leader]?.assignment == ByteBuffer(string: "p0"))
        #expect(group.phase == .stable)
    }

    @Test mutating func aThirdMemberMakesTheOthersJoinAgain() {
        settle()
        let third = join(new: "c", version: 3)
        #expect(beat("a", 1) == .rebalanceInProgress)
        let first = join("a")
        #expect(joins().isEmpty)
        let second = join("b")
        let joined = joins()
        #expect(joined[first]?.generation == 2)
        #expect(joined[second]?.generation == 2)
        #expect(joined[third]?.generation == 2)
        #expect(joined[first]?.members.count == 3)
        #expect(beat("a", 1) == .illegalGeneration)
        let fourth = join(new: "d", version: 3)
        #expect(joins()[fourth]?.error == .groupMaxSizeReached)
    }

    @Test mutating func whoIsNotHeardOfIsRemoved() {
        settle()
        let later = Self.start + .seconds(9)
        #expect(beat("a", 1, at: later) == .none)
        group.tick(now: Self.start + .seconds(11))
        #expect(group.members.keys.sorted() == ["a"])
        #expect(beat("a", 1, at: later) == .rebalanceInProgress)
        let again = join("a", at: later)
        #expect(joins()[again]?.generation == 2)
        #expect(beat("b", 1, at: later) == .unknownMemberID)
    }

    @Test mutating func aRebalanceDoesNotWaitForEver() {
        settle()
        let third = join(new: "c", version: 3)
        var now = Self.start
        for _ in 0..<11 {
            now = now + .seconds(6)
            _ = beat("a", 1, at: now)
            _ = beat("b", 1, at: now)
            group.tick(now: now)
        }
        #expect(joins()[third]?.generation == 2)
        #expect(group.members.keys.sorted() == ["c"])
    }

    @Test mutating func theLastToLeaveLeavesAnEmptyGroup() {
        settle()
        #expect(group.leave(memberID: "b", instanceID: nil, now: Self.start) == .none)
        #expect(group.leave(memberID: "b", instanceID: nil, now: Self.start) == .unknownMemberID)
        #expect(group.leave(memberID: "a", instanceID: nil, now: Self.start) == .none)
        #expect(group.phase == .empty)
        #expect(group.deadline == nil)
    }

    @Test mutating func aStaticMembersNewSelfFencesTheOld() {
        let first = join(new: "x-1", instance: "x", version: 5)
        group.tick(now: Self.start + .milliseconds(50))
        #expect(joins()[first]?.error == ErrorCode.none)
        let second = join(new: "x-2", instance: "x", version: 5)
        #expect(joins()[second]?.error == ErrorCode.none)
        #expect(group.members.keys.sorted() == ["x-2"])
        let old = join("x-1", instance: "x", version: 5)
        #expect(joins()[old]?.error == .fencedInstanceID)
    }

    @Test mutating func theAssignorIsOneThatAllKnow() {
        let first = join(new: "a", version: 3, assignors: ["sticky", "range"])
        _ = join(new: "b", version: 3, assignors: ["range", "other"])
        let third = join(new: "c", version: 3, assignors: ["other"])
        group.tick(now: Self.start + .milliseconds(50))
        let joined = joins()
        #expect(joined[first]?.protocolName.name == "range")
        #expect(joined[third]?.error == .inconsistentGroupProtocol)
        #expect(group.members.keys.sorted() == ["a", "b"])
    }

    @Test mutating func commitsAreTakenOnlyFromTheCurrentGeneration() {
        settle()
        func verdict(_ member: String, _ generation: Int32) -> ErrorCode {
            var request = OffsetCommitRequest()
            request.memberID = member
            request.generation = generation
            var copy = group
            return copy.checkCommit(request, now: Self.start)
        }
        #expect(verdict("a", 1) == .none)
        #expect(verdict("a", 0) == .illegalGeneration)
        #expect(verdict("z", 1) == .unknownMemberID)
        #expect(verdict("", -1) == .unknownMemberID)
        _ = join(new: "c", version: 3)
        #expect(verdict("a", 1) == .none)
    }

    // MARK: Members of an earlier broker

    @Test mutating func aNewcomerWaitsForThoseWhoWereThereBeforeTheRestart() {
        #expect(survive("a", 7) == .none)
        #expect(group.phase == .stable)
        let third = join(new: "c", version: 3)
        group.tick(now: Self.start + .milliseconds(50))
        #expect(joins().isEmpty)
        #expect(survive("a", 7) == .rebalanceInProgress)
        // Of the second nothing was known when the newcomer came.
        #expect(survive("b", 7) == .rebalanceInProgress)
        let first = join("a")
        #expect(joins().isEmpty)
        let second = join("b")
        let joined = joins()
        #expect([first, second, third].map { joined[$0]?.generation } == [8, 8, 8])
        let leader = joined.values.first { $0.leader == $0.memberID }
        #expect(leader?.members.map(\.memberID).sorted() == ["a", "b", "c"])
        #expect(leader?.members.allSatisfy { $0.metadata.readableBytes > 0 } == true)
        #expect(leader?.protocolType == "consumer")
    }

    @Test mutating func whatBelongedToWhoDiedWithTheBrokerIsGivenToOthers() {
        #expect(survive("a", 7) == .none)
        #expect(group.deadline == Self.start + .seconds(5))
        let later = Self.start + .seconds(5)
        group.tick(now: later)
        #expect(beat("a", 7, at: later) == .rebalanceInProgress)
        let first = join("a", at: later)
        #expect(joins()[first]?.members.map(\.memberID) == ["a"])
        _ = sync("a", generation: 8, ["a": "p0"], at: later)
        #expect(beat("a", 8, at: later) == .none)
        group.tick(now: later + .seconds(5))
        #expect(group.phase == .stable)
    }

    @Test mutating func whoJoinsAgainSaysHowLongItMayBeSilent() {
        #expect(survive("a", 7) == .none)
        #expect(group.members["a"]?.rebalanceTimeout != .seconds(60))
        _ = join("a", at: Self.start + .seconds(5))
        #expect(group.members["a"]?.rebalanceTimeout == .seconds(60))
        #expect(group.members["a"]?.sessionTimeout == .seconds(10))
        #expect(group.members["a"]?.clientID == "c")
        #expect(group.members["a"]?.clientHost == "h")
    }

    @Test mutating func ofTwoGenerationsBeforeTheRestartTheNewerCounts() {
        #expect(survive("zombie", 5) == .none)
        #expect(survive("a", 6) == .none)
        #expect(survive("zombie", 5) == .unknownMemberID)
        #expect(group.members.keys.sorted() == ["a"])
    }

    @Test mutating func nobodyIsTakenBackOnceAGenerationHasBegun() {
        settle()
        #expect(survive("z", 9) == .unknownMemberID)
        #expect(beat("a", 1) == .none)
    }

    @Test mutating func whoIsTakenBackAndFallsSilentIsRemoved() {
        #expect(survive("a", 7) == .none)
        #expect(survive("b", 7) == .none)
        let later = Self.start + .seconds(9)
        group.tick(now: later)
        let first = join("a", at: later)
        #expect(joins().isEmpty)
        group.tick(now: Self.start + .seconds(11))
        #expect(joins()[first]?.members.map(\.memberID) == ["a"])
    }

    @Test mutating func whoNeverHeardItsAssignmentJoinsAgain() {
        #expect(survive("a", 7) == .none)
        let asked = sync("a", generation: 7)
        #expect(syncs()[asked]?.error == .rebalanceInProgress)
        let first = join("a")
        #expect(joins()[first]?.generation == 8)
    }
}
