import Conversations
import Events
import Testing

/// Who comes, goes and rises in a group.
@Suite struct GroupTests {
    private let ada = Samples.ada
    private let bob = Samples.bob
    private let cleo = Samples.cleo
    private let dan = Samples.dan
    private let eve = Samples.eve

    private func creation(
        _ profile: ProfileChange = ProfileChange(name: "walks"),
        members: [AccountID] = []
    ) -> ConversationAction {
        .create(profile: profile, settings: .init(), members: members)
    }

    // MARK: Creating

    @Test func whoeverCreatesAGroupOwnsItAndTheOthersAreMembers() throws {
        let scene = try Scene(.group, owner: ada, members: [bob, cleo])
        #expect(scene.state.kind == .group)
        #expect(scene.role(of: ada) == .owner)
        #expect(scene.role(of: bob) == .member)
        #expect(scene.state.members.count == 3)
        #expect(scene.state.lastSeq == 1)
        #expect(scene.state.messageCount == 0)
    }

    @Test(arguments: [ConversationKind.group, .channel])
    func aConversationIsCreatedOnlyUnderItsSubmissionsID(_ kind: ConversationKind) throws {
        let other = Samples.id(at: Samples.noon, 999)
        let scene = Scene(kind, Conversation(id: ConversationID(high: other.high, low: other.low)))
        #expect(try scene.act(creation(), by: ada) == "invalid_conversation")
        // Nor can anybody take the place in which two others will talk.
        let direct = Scene(kind, Conversation(id: Samples.conversation))
        #expect(try direct.act(creation(), by: eve) == "invalid_conversation")
        #expect(try Scene.direct().act(creation(), by: ada) == "unsupported")
    }

    @Test func aConversationIsCreatedOnce() throws {
        let scene = try Scene(.group, owner: ada, members: [bob])
        for account in [ada, bob, eve] {
            #expect(try scene.act(creation(), by: account) == "already_exists")
            var copied = scene.submission(.act(creation()), by: account)
            copied.id = try scene.last.submission
            let expected = account == ada ? "duplicate" : "already_exists"
            #expect(try scene.submit(copied).outcome == expected)
        }
        var channel = scene.submission(.act(creation()), by: eve)
        channel.kind = .channel
        #expect(try scene.submit(channel).outcome == "invalid_conversation")
    }

    @Test func nothingHappensInAConversationThatWasNotCreated() throws {
        for kind in [ConversationKind.group, .channel] {
            let scene = Scene(kind, try Scene(.group, owner: ada).fresh)
            #expect(try scene.post(by: ada) == "conversation_not_found")
            #expect(try scene.act(.join(Samples.secret), by: ada) == "conversation_not_found")
            #expect(try scene.act(.addMembers([bob]), by: ada) == "conversation_not_found")
            var unnamed = scene.posting(by: ada)
            unnamed.kind = nil
            #expect(try scene.submit(unnamed).outcome == "conversation_not_found")
        }
    }

    @Test func aGroupIsCreatedWith256OthersAtMostNoneTwiceAndNotTheOwner() throws {
        func outcome(_ members: [AccountID]) throws -> String {
            let scene = Scene(.group, try Scene(.group, owner: ada).fresh)
            return try scene.act(creation(members: members), by: ada)
        }
        #expect(try outcome(Samples.accounts(0..<256)) == "accepted")
        #expect(try outcome(Samples.accounts(0..<257)) == "invalid_members")
        #expect(try outcome([bob, cleo, bob]) == "invalid_members")
        #expect(try outcome([bob, ada]) == "invalid_members")
    }

    @Test func aNameHas1To100CharactersAndADescription1024AtMost() throws {
        func outcome(_ profile: ProfileChange) throws -> String {
            let scene = Scene(.group, try Scene(.group, owner: ada).fresh)
            return try scene.act(creation(profile), by: ada)
        }
        let emoji = "\u{1F600}"
        #expect(try outcome(ProfileChange()) == "invalid_profile")
        #expect(try outcome(ProfileChange(name: "")) == "invalid_profile")
        #expect(
            try outcome(ProfileChange(name: String(repeating: emoji, count: 100))) == "accepted"
        )
        #expect(
            try outcome(ProfileChange(name: String(repeating: "x", count: 101)))
                == "invalid_profile"
        )
        // One letter with so many accents is one character for the eye only.
        let accents = "e" + String(repeating: "\u{301}", count: 100)
        #expect(try outcome(ProfileChange(name: accents)) == "invalid_profile")
        let long = String(repeating: "x", count: 1025)
        #expect(try outcome(ProfileChange(name: "x", description: long)) == "invalid_profile")
        #expect(try outcome(ProfileChange(name: "x", picture: long)) == "invalid_profile")
        let scene = try Scene(.group, owner: ada)
        #expect(try scene.act(.setProfile(ProfileChange()), by: ada) == "no_change")
        #expect(try scene.act(.setProfile(ProfileChange(picture: "")), by: ada) == "accepted")
    }

    // MARK: Coming and going

    @Test func whoeverIsAddedSeesNothingFromBeforeAndCanDoNothingToIt() throws {
        let scene = try Scene(.group, owner: ada, members: [bob])
        let before = try scene.message(by: ada)
        #expect(try scene.act(.addMembers([cleo]), by: bob) == "accepted")
        #expect(scene.seen(by: cleo) == [3])
        #expect(scene.seen(by: bob) == [1, 2, 3])
        #expect(try scene.act(.react(before, emoji: "+"), by: cleo) == "message_not_found")
        #expect(try scene.act(.react(before, emoji: "+"), by: bob) == "accepted")
    }

    @Test func addingChangesOnlyWhoIsNoMemberYet() throws {
        let scene = try Scene(.group, owner: ada, members: [bob])
        try scene.give(.admin, to: bob)
        #expect(try scene.act(.addMembers([bob, cleo]), by: ada) == "accepted")
        #expect(try scene.last.memberChanges == [.init(cleo, .member)])
        #expect(scene.role(of: bob) == .admin)
        #expect(try scene.act(.addMembers([bob, cleo]), by: ada) == "no_change")
        #expect(try scene.act(.addMembers([]), by: ada) == "invalid_members")
        #expect(try scene.act(.addMembers([dan, dan]), by: ada) == "invalid_members")
    }

    @Test func aRequestAddsAtMost256Accounts() throws {
        let scene = try Scene(.group, owner: ada)
        #expect(
            try scene.act(.addMembers(Samples.accounts(0..<257)), by: ada) == "invalid_members"
        )
        #expect(try scene.act(.addMembers(Samples.accounts(0..<256)), by: ada) == "accepted")
        #expect(scene.state.members.count == 257)
    }

    @Test func aGroupHasAtMost10000Members() throws {
        let scene = try stored(members: 9_998, former: 0)
        #expect(scene.state.members.count == 9_999)
        #expect(try scene.act(.addMembers([bob, cleo]), by: ada) == "conversation_full")
        #expect(try scene.act(.addMembers([bob]), by: ada) == "accepted")
        #expect(try scene.act(.addMembers([cleo]), by: ada) == "conversation_full")
        #expect(try scene.act(.createInvite(Samples.secret, Invite()), by: ada) == "accepted")
        #expect(try scene.act(.join(Samples.secret), by: cleo) == "conversation_full")
        #expect(try scene.act(.removeMember(Samples.account(7)), by: ada) == "accepted")
        #expect(try scene.act(.join(Samples.secret), by: cleo) == "accepted")
    }

    @Test func aGroupRemembersAtMost40000Accounts() throws {
        let scene = try stored(members: 1, former: 39_997)
        #expect(scene.state.members.all.count == 39_999)
        #expect(try scene.act(.addMembers([bob, cleo]), by: ada) == "conversation_full")
        #expect(try scene.act(.addMembers([bob]), by: ada) == "accepted")
        #expect(try scene.act(.addMembers([cleo]), by: ada) == "conversation_full")
        // Whoever was there once can always come back.
        #expect(try scene.act(.addMembers([Samples.account(30_000)]), by: ada) == "accepted")
    }

    @Test func leavingAndComingBackGivesExactlyTheStays() throws {
        let scene = try Scene(.group, owner: ada, members: [bob])
        try scene.post(by: ada)
        #expect(try scene.act(.leave, by: bob) == "accepted")
        let missed = try scene.message(by: ada)
        #expect(scene.seen(by: bob) == [1, 2, 3])
        #expect(try scene.act(.addMembers([bob]), by: ada) == "accepted")
        #expect(try scene.act(.removeMember(bob), by: ada) == "accepted")
        try scene.post(by: ada)
        #expect(scene.seen(by: bob) == [1, 2, 3, 5, 6])
        #expect(try scene.act(.addMembers([bob]), by: ada) == "accepted")
        try scene.post(by: ada)
        #expect(scene.seen(by: bob) == [1, 2, 3, 5, 6, 8, 9])
        #expect(try scene.act(.react(missed, emoji: "+"), by: bob) == "message_not_found")
    }

    @Test func ofManyStaysTheNewestAreRemembered() throws {
        let scene = try Scene(.group, owner: ada)
        for _ in 0..<20 {
            #expect(try scene.act(.addMembers([bob]), by: ada) == "accepted")
            #expect(try scene.act(.leave, by: bob) == "accepted")
        }
        #expect(scene.state.members.all[bob]?.earlier.count == 16)
        #expect(scene.seen(by: bob) == scene.events.map(\.seq).suffix(34))
    }

    // MARK: Ranks

    @Test func theOwnerIsFollowedByTheNextInRankWhoCameFirst() throws {
        let scene = try Scene(.group, owner: ada, members: [bob])
        #expect(try scene.act(.addMembers([cleo, dan]), by: ada) == "accepted")
        try scene.give(.moderator, to: dan)
        #expect(try scene.act(.leave, by: ada) == "accepted")
        #expect(try scene.last.memberChanges == [.init(ada, nil), .init(dan, .owner)])
        // Nobody has a rank now: Bob came first.
        #expect(try scene.act(.leave, by: dan) == "accepted")
        #expect(scene.state.members.owner == bob)
        // Whoever comes back has lost his place.
        #expect(try scene.act(.addMembers([ada, dan]), by: cleo) == "accepted")
        #expect(try scene.act(.leave, by: bob) == "accepted")
        #expect(scene.state.members.owner == cleo)
        // Of those who came by one event the lower id.
        #expect(try scene.act(.leave, by: cleo) == "accepted")
        #expect(scene.state.members.owner == min(ada, dan))
    }

    @Test func aGroupThatAllHaveLeftIsClosed() throws {
        let scene = try Scene(.group, owner: ada, members: [bob])
        let open = InviteSecret(high: 1, low: 1)
        #expect(try scene.act(.createInvite(open, Invite()), by: ada) == "accepted")
        #expect(
            try scene.act(.createInvite(Samples.secret, Invite(needsApproval: true)), by: ada)
                == "accepted"
        )
        #expect(try scene.act(.join(Samples.secret), by: eve) == "accepted")
        #expect(try scene.act(.leave, by: ada) == "accepted")
        #expect(scene.state.invites.count == 2)
        #expect(try scene.act(.leave, by: bob) == "accepted")
        #expect(scene.state.members.count == 0)
        #expect(scene.state.members.owner == nil)
        // Otherwise there would be a group that nobody can run.
        for account in [ada, bob, eve] {
            #expect(try scene.act(.join(open), by: account) == "invalid_invite")
            #expect(try scene.post(by: account) == "not_a_member")
        }
        #expect(scene.state.waiting.isEmpty)
    }

    @Test func theOwnerBecomesAnAdminByMakingAnotherTheOwner() throws {
        let scene = try Scene(.group, owner: ada, members: [bob])
        #expect(try scene.act(.transferOwnership(ada), by: ada) == "no_change")
        #expect(try scene.act(.transferOwnership(eve), by: ada) == "invalid_members")
        #expect(try scene.act(.transferOwnership(bob), by: ada) == "accepted")
        #expect(scene.role(of: ada) == .admin)
        #expect(scene.state.members.owner == bob)
        #expect(try scene.act(.transferOwnership(ada), by: ada) == "not_allowed")
    }

    @Test func whoeverStepsDownCannotStepUpAgain() throws {
        let scene = try Scene(.group, owner: ada, members: [bob])
        try scene.give(.admin, to: bob)
        #expect(try scene.act(.setRole(bob, .moderator), by: bob) == "accepted")
        #expect(try scene.act(.setRole(bob, .admin), by: bob) == "not_allowed")
        #expect(try scene.act(.setRole(bob, .member), by: bob) == "accepted")
        #expect(try scene.act(.setRole(bob, .moderator), by: bob) == "not_allowed")
        // There is always an owner.
        #expect(try scene.act(.setRole(ada, .member), by: ada) == "not_allowed")
    }

    @Test func aBannedAccountIsOutUntilTheBanIsTakenBack() throws {
        let scene = try Scene(.group, owner: ada, members: [bob, cleo])
        #expect(try scene.act(.createInvite(Samples.secret, Invite()), by: ada) == "accepted")
        #expect(try scene.act(.setBan(bob, isBanned: true), by: ada) == "accepted")
        #expect(scene.role(of: bob) == nil)
        #expect(try scene.act(.setBan(bob, isBanned: true), by: ada) == "no_change")
        #expect(try scene.post(by: bob) == "not_a_member")
        #expect(try scene.act(.join(Samples.secret), by: bob) == "banned")
        #expect(try scene.act(.addMembers([dan, bob]), by: cleo) == "banned")
        #expect(try scene.act(.setBan(bob, isBanned: false), by: ada) == "accepted")
        #expect(scene.role(of: bob) == nil)
        #expect(try scene.act(.setBan(bob, isBanned: false), by: ada) == "no_change")
        #expect(try scene.act(.join(Samples.secret), by: bob) == "accepted")
    }

    @Test func atMost10000AreBanned() throws {
        let scene = try Scene(.group, owner: ada)
        for account in Samples.accounts(0..<10_000) {
            try scene.act(.setBan(account, isBanned: true), by: ada)
        }
        #expect(scene.state.banned.count == 10_000)
        #expect(try scene.act(.setBan(bob, isBanned: true), by: ada) == "too_many")
    }

    @Test func nobodyRemovesOrBansHimself() throws {
        let scene = try Scene(.group, owner: ada, members: [bob])
        try scene.give(.admin, to: bob)
        for account in [ada, bob] {
            #expect(try scene.act(.removeMember(account), by: account) == "not_allowed")
            #expect(try scene.act(.setBan(account, isBanned: true), by: account) == "not_allowed")
        }
        #expect(try scene.act(.removeMember(eve), by: ada) == "invalid_members")
        #expect(try scene.act(.setRole(eve, .admin), by: ada) == "invalid_members")
    }

    @Test func messagesOfAGroupHaveNoRecipient() throws {
        let scene = try Scene(.group, owner: ada, members: [bob])
        let post = MessagePost(recipient: bob, text: Array("hello".utf8))
        let submission = scene.submission(.postMessage(post), by: ada)
        #expect(try scene.submit(submission).outcome == "invalid_recipient")
    }

    // MARK: Parts

    /// A group of Ada and so many others that was stored.
    private func stored(members: UInt64, former: UInt64) throws -> Scene {
        let small = try Scene(.group, owner: ada)
        var all = small.state.members.all
        for number in 0..<members + former {
            var member = ConversationMembers.Member(role: .member, since: 1)
            if number >= members { (member.role, member.until) = (nil, 1) }
            all[Samples.account(number)] = member
        }
        let scene = Scene(
            .group,
            try Conversation(
                id: small.state.id,
                state: small.state.encodedState()[...],
                members: ConversationMembers(all)
            )
        )
        scene.now = Samples.noon + .seconds(1)
        return scene
    }
}

extension Scene {
    /// The same conversation before anything happened in it.
    var fresh: Conversation { Conversation(id: state.id) }
}
