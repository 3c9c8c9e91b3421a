import Conversations
import Events
import Testing

/// What holds whatever anybody asks; the seed is in the arguments.
@Suite struct RandomPlayTests {
    static let kinds: [ConversationKind] = [.direct, .group, .channel]
    static let seeds = UInt64(1)...20
    private let steps = 400

    @Test(arguments: kinds, seeds)
    func everyStepHoldsTogether(_ kind: ConversationKind, _ seed: UInt64) throws {
        var play = RandomPlay(kind, seed: seed)
        var model = MembershipModel()
        for _ in 0..<steps {
            let before = play.scene.state
            let submission = play.next()
            let wasAccepted = play.scene.log.contains(submission.key)
            let decision = try play.scene.submit(submission)
            guard case .accept(let events) = decision else {
                #expect(play.scene.state == before)
                let age = submission.serverTime - submission.id.uuidTimestamp
                if wasAccepted, age <= Limits.submissionAgeMax { #expect(decision == .duplicate) }
                continue
            }
            #expect(!wasAccepted)
            try #require(events.count == 1)
            model.apply(events[0])
            expectNumbers(events[0], after: before)
            expectRights(events[0], after: before)
            expectMembers(play.scene.state, model)
            #expect(try play.scene.stored() == play.scene.state)
        }
        #expect(play.scene.events.count > 20)
        guard kind != .direct else { return }
        #expect(model.accounts == Set(play.scene.state.members.all.keys))
        for (account, member) in play.scene.state.members.all {
            for seq in 1...play.scene.state.lastSeq {
                #expect(member.sees(seq) == model.saw(seq, account), "\(account) \(seq)")
            }
        }
    }

    @Test(arguments: kinds, seeds)
    func theSameSubmissionsAgainGiveTheSame(_ kind: ConversationKind, _ seed: UInt64) throws {
        var play = RandomPlay(kind, seed: seed)
        let start = play.scene.copy()
        let decisions = try (0..<steps).map { _ in try play.scene.submit(play.next()) }
        #expect(try play.asked.map { try start.submit($0) } == decisions)
        #expect(start.events == play.scene.events)
        #expect(start.state == play.scene.state)
        #expect(start.log == play.scene.log)
        // The fold of the events alone is the state that deciding left, from any event on.
        var folded = Conversation(id: start.state.id)
        for event in start.events { folded.apply(event) }
        #expect(folded == start.state)
        // Routed once more over the final state, whatever was accepted is a duplicate.
        for (submission, decision) in zip(play.asked, decisions) where decision.events.count == 1 {
            #expect(try start.decide(submission) == .duplicate)
        }
    }

    @Test(arguments: [ConversationKind.group, .channel], seeds)
    func outsidersChangeNothing(_ kind: ConversationKind, _ seed: UInt64) throws {
        // The accounts of the play have left, were put out, banned, are waiting, or never were members.
        let accounts = Samples.accounts(0..<7)
        let owner = Samples.ada
        let scene = try Scene(kind, owner: owner, members: Array(accounts[..<4]))
        try scene.give(.admin, to: accounts[0])
        for account in accounts[..<4] where kind == .group { try scene.post(by: account) }
        try scene.act(.createInvite(Samples.secret, Invite(needsApproval: true)), by: owner)
        try scene.act(.leave, by: accounts[0])
        try scene.act(.removeMember(accounts[1]), by: owner)
        try scene.act(.setBan(accounts[2], isBanned: true), by: owner)
        try scene.act(.leave, by: accounts[3])
        try scene.act(.setBan(accounts[4], isBanned: true), by: owner)
        try scene.act(.join(Samples.secret), by: accounts[5])
        try #require(scene.state.members.count == 1)
        let before = scene.state
        var play = RandomPlay(kind, seed: seed, in: scene)
        for _ in 0..<steps {
            guard case .reject = try scene.submit(play.next()) else {
                Issue.record("an outsider was not refused")
                return
            }
        }
        #expect(scene.state == before)
    }

    /// Were some action never accepted, the tests above would say nothing of it.
    @Test func thePlaysReachEveryAction() throws {
        var accepted: [String: Int] = [:]
        var refused: Set<String> = []
        for kind in Self.kinds {
            for seed in Self.seeds {
                var play = RandomPlay(kind, seed: seed)
                for _ in 0..<steps {
                    let submission = play.next()
                    let outcome = try play.scene.submit(submission).outcome
                    if case .act(let action) = submission.request, outcome == "accepted" {
                        accepted[ActionSamples.name(of: action), default: 0] += 1
                    }
                    refused.insert(outcome)
                }
                accepted["withheld", default: 0] += play.scene.events.count(where: \.isWithheld)
            }
        }
        let names = Set(try ActionSamples.namesInTheTopic()).union(["withheld"])
        for name in names { #expect(accepted[name] ?? 0 >= 10, "\(name)") }
        let codes = [
            "duplicate", "not_a_member", "not_allowed", "banned", "blocked", "message_not_found",
            "too_late", "no_change", "invalid_invite", "invalid_id", "too_old", "invalid_reaction",
            "invalid_settings", "already_exists",
        ]
        #expect(refused.isSuperset(of: codes), "\(Set(codes).subtracting(refused))")
    }

    // MARK: What holds after each event

    private func expectNumbers(_ event: TimelineEvent, after before: Conversation) {
        #expect(event.seq == before.lastSeq + 1)
        #expect(event.serverTime >= before.lastServerTime)
        var count = before.messageCount
        if case .messagePosted(let post) = event.body {
            count += event.isWithheld ? 0 : 1
            let seconds = before.settings.disappearAfterSeconds
            #expect(
                post.expiresAt == (seconds == 0 ? nil : event.serverTime + .seconds(Int64(seconds)))
            )
        }
        #expect(event.messageCount == count)
    }

    private func expectRights(_ event: TimelineEvent, after before: Conversation) {
        var after = before
        after.apply(event)
        if event.isWithheld {
            var expected = before
            var empty = event
            empty.body = .unknown
            expected.apply(empty)
            #expect(after == expected)
            #expect(after.audience(of: event) == .accounts([event.sender]))
        }
        guard let role = before.members.role(of: event.sender) else {
            // Who is no member can only begin something or come in.
            switch event.body {
            case .acted(.create), .acted(.join): #expect(before.kind != .direct)
            default: #expect(event.kind == .direct && before.kind == nil)
            }
            return
        }
        for change in event.memberChanges where change.account != event.sender {
            switch event.body {
            case .acted(.leave), .acted(.transferOwnership): #expect(role == .owner)
            default:
                #expect(before.members.role(of: change.account).map { $0 < role } ?? true)
                #expect(change.role.map { $0 < role || $0 == .member } ?? true)
            }
        }
    }

    private func expectMembers(_ state: Conversation, _ model: MembershipModel) {
        guard state.kind != .direct else { return }
        let members = state.members
        let roles = members.all.compactMapValues(\.role)
        #expect(roles == model.roles)
        #expect(members.count == roles.count)
        let owners = roles.filter { $0.value == .owner }.map(\.key)
        #expect(owners == (roles.isEmpty ? [] : [members.owner]))
        #expect(state.banned.isDisjoint(with: roles.keys))
        #expect(state.waiting.isDisjoint(with: roles.keys))
        #expect(state.waiting.isDisjoint(with: state.banned))
        for role in Role.allCases {
            #expect(
                members.accounts(from: role) == roles.filter { $0.value >= role }.keys.sorted()
            )
        }
    }
}
