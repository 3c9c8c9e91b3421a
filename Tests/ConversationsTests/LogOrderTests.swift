import Conversations
import Events
import Testing

/// Two things asked at the same time: the log's order alone says what comes of them.
@Suite struct LogOrderTests {
    private let ada = Samples.ada
    private let bob = Samples.bob
    private let cleo = Samples.cleo
    private let eve = Samples.eve

    /// Ada's group with Bob and Cleo, and an invite.
    private func group() throws -> Scene {
        let scene = try Scene(.group, owner: ada, members: [bob, cleo])
        try #require(try scene.act(.createInvite(Samples.secret, Invite()), by: ada) == "accepted")
        return scene
    }

    /// What comes of the two in either order, as `first/second` and `first/second` of the other one.
    private func outcomes(
        _ first: Submission.Request,
        by one: AccountID,
        _ second: Submission.Request,
        by other: AccountID
    ) throws -> (together: [String], states: [Conversation]) {
        let scene = try group()
        let submissions = [
            scene.submission(first, by: one), scene.submission(second, by: other),
        ]
        var texts: [String] = []
        var states: [Conversation] = []
        for order in [[0, 1], [1, 0]] {
            let branch = scene.copy()
            var outcome = ["", ""]
            for index in order { outcome[index] = try branch.submit(submissions[index]).outcome }
            texts.append(outcome.joined(separator: "/"))
            states.append(branch.state)
        }
        return (texts, states)
    }

    private var hello: Submission.Request {
        .postMessage(MessagePost(text: Array("hello".utf8)))
    }

    @Test func removingAndPosting() throws {
        let (texts, states) = try outcomes(.act(.removeMember(bob)), by: ada, hello, by: bob)
        #expect(texts == ["accepted/not_a_member", "accepted/accepted"])
        #expect(states.map(\.messageCount) == [0, 1])
        #expect(states.map { $0.members.role(of: bob) } == [nil, nil])
        // The one who was put out sees up to the event that did it.
        #expect(states.map { $0.members.all[bob]?.until } == [3, 4])
    }

    @Test func banningAndJoining() throws {
        let (texts, states) = try outcomes(
            .act(.setBan(eve, isBanned: true)),
            by: ada,
            .act(.join(Samples.secret)),
            by: eve
        )
        #expect(texts == ["accepted/banned", "accepted/accepted"])
        #expect(states.map { $0.members.role(of: eve) } == [nil, nil])
        #expect(states.map { $0.members.all[eve] == nil } == [true, false])
        #expect(states.map { $0.banned } == [[eve], [eve]])
    }

    @Test func transferringAndLeaving() throws {
        let (texts, states) = try outcomes(
            .act(.transferOwnership(bob)),
            by: ada,
            .act(.leave),
            by: bob
        )
        // He was the owner for a moment; then the admin that the old owner had become is next.
        #expect(texts == ["accepted/accepted", "invalid_members/accepted"])
        #expect(states.map { $0.members.owner } == [ada, ada])
        #expect(states.map { $0.lastSeq } == [4, 3])
    }

    @Test func revokingAndJoining() throws {
        let (texts, states) = try outcomes(
            .act(.revokeInvite(Samples.secret)),
            by: ada,
            .act(.join(Samples.secret)),
            by: eve
        )
        #expect(texts == ["accepted/invalid_invite", "accepted/accepted"])
        #expect(states.map { $0.members.role(of: eve) } == [nil, .member])
    }

    @Test func restrictingAndPosting() throws {
        var change = ConversationSettings.Change()
        change.postFrom = .admin
        let (texts, states) = try outcomes(.act(.setSettings(change)), by: ada, hello, by: bob)
        #expect(texts == ["accepted/not_allowed", "accepted/accepted"])
        #expect(states.map(\.messageCount) == [0, 1])
    }

    @Test func twoWhoPutEachOtherOut() throws {
        let scene = try group()
        for account in [bob, cleo] { try scene.give(.admin, to: account) }
        // Equals in rank can't; were it not so, the log's order would decide who stays.
        #expect(try scene.act(.removeMember(cleo), by: bob) == "not_allowed")
        #expect(try scene.act(.removeMember(bob), by: cleo) == "not_allowed")
    }

    @Test func demotingAndUsingTheRole() throws {
        let scene = try group()
        try scene.give(.admin, to: bob)
        let demotion = scene.submission(.act(.setRole(bob, .member)), by: ada)
        let ban = scene.submission(.act(.setBan(cleo, isBanned: true)), by: bob)
        let other = scene.copy()
        #expect(try scene.submit(demotion).outcome == "accepted")
        #expect(try scene.submit(ban).outcome == "not_allowed")
        #expect(try other.submit(ban).outcome == "accepted")
        #expect(try other.submit(demotion).outcome == "accepted")
        #expect(scene.role(of: cleo) == .member)
        #expect(other.role(of: cleo) == nil)
    }
}
