import Conversations
import Events
import Testing

/// Links to join by.
@Suite struct InviteTests {
    private let ada = Samples.ada
    private let bob = Samples.bob
    private let cleo = Samples.cleo
    private let eve = Samples.eve
    private let secret = Samples.secret

    /// Ada's group with Bob, and an invite on these terms.
    private func group(_ invite: Invite) throws -> Scene {
        let scene = try Scene(.group, owner: ada, members: [bob])
        try #require(try scene.act(.createInvite(secret, invite), by: ada) == "accepted")
        return scene
    }

    @Test func whoeverHasTheSecretJoinsAsAMember() throws {
        let scene = try group(Invite())
        #expect(try scene.act(.join(InviteSecret(high: 0, low: 0)), by: eve) == "invalid_invite")
        #expect(try scene.act(.join(secret), by: eve) == "accepted")
        #expect(scene.role(of: eve) == .member)
        #expect(scene.seen(by: eve) == [3])
        #expect(try scene.act(.join(secret), by: eve) == "no_change")
    }

    @Test func anInviteEndsWhenItExpires() throws {
        let end = Samples.noon + .seconds(60)
        let scene = try group(Invite(expiresAt: end))
        scene.now = end - .milliseconds(1)
        #expect(try scene.act(.join(secret), by: cleo) == "accepted")
        scene.now = end
        #expect(try scene.act(.join(secret), by: eve) == "invalid_invite")
        // A server whose clock is behind does not bring it back.
        try scene.post(by: ada)
        scene.now = Samples.noon
        #expect(try scene.act(.join(secret), by: eve) == "invalid_invite")
    }

    @Test func anInviteThatHasExpiredIsNotMade() throws {
        let scene = try group(Invite())
        let old = InviteSecret(high: 7, low: 7)
        let invite = Invite(expiresAt: scene.now)
        #expect(try scene.act(.createInvite(old, invite), by: ada) == "invalid_invite")
        #expect(try scene.act(.createInvite(secret, Invite()), by: ada) == "no_change")
    }

    @Test func anInviteIsUsedAsOftenAsItSays() throws {
        let scene = try group(Invite(usesMax: 2))
        #expect(try scene.act(.join(secret), by: cleo) == "accepted")
        #expect(try scene.act(.join(secret), by: cleo) == "no_change")
        #expect(try scene.act(.join(secret), by: eve) == "accepted")
        #expect(try scene.act(.join(secret), by: Samples.dan) == "invalid_invite")
    }

    @Test func whoeverNeedsApprovalWaitsForADecision() throws {
        let scene = try group(Invite(needsApproval: true))
        try scene.give(.moderator, to: bob)
        for account in [cleo, eve] {
            #expect(try scene.act(.join(secret), by: account) == "accepted")
            #expect(try scene.told() == [ada, bob, account])
            #expect(try scene.act(.join(secret), by: account) == "no_change")
            #expect(try scene.post(by: account) == "not_a_member")
            #expect(
                try scene.act(.decideJoin(account, isApproved: true), by: account) == "not_a_member"
            )
        }
        #expect(scene.state.waiting == [cleo, eve])
        #expect(try scene.act(.decideJoin(eve, isApproved: false), by: bob) == "accepted")
        #expect(try scene.told() == [ada, bob, eve])
        #expect(try scene.act(.decideJoin(eve, isApproved: true), by: bob) == "no_change")
        #expect(try scene.act(.decideJoin(cleo, isApproved: true), by: bob) == "accepted")
        #expect(scene.role(of: cleo) == .member)
        #expect(scene.role(of: eve) == nil)
        #expect(scene.state.waiting.isEmpty)
        #expect(try scene.act(.join(secret), by: eve) == "accepted")
    }

    @Test func whoeverWaitsComesInByAnotherInviteOrWhenAdded() throws {
        let open = InviteSecret(high: 2, low: 2)
        let scene = try group(Invite(needsApproval: true))
        try scene.act(.createInvite(open, Invite()), by: ada)
        try scene.act(.join(secret), by: cleo)
        try scene.act(.join(secret), by: eve)
        #expect(try scene.act(.join(open), by: cleo) == "accepted")
        #expect(try scene.act(.addMembers([eve]), by: bob) == "accepted")
        #expect(scene.state.waiting.isEmpty)
        #expect(scene.state.members.count == 4)
    }

    @Test func aBanEndsTheWait() throws {
        let scene = try group(Invite(needsApproval: true))
        try scene.act(.join(secret), by: eve)
        #expect(try scene.act(.setBan(eve, isBanned: true), by: ada) == "accepted")
        #expect(try scene.told() == [ada])
        #expect(try scene.act(.decideJoin(eve, isApproved: true), by: ada) == "no_change")
        #expect(try scene.act(.join(secret), by: eve) == "banned")
    }

    @Test func aRevokedInviteIsOfNoUse() throws {
        let scene = try group(Invite())
        #expect(try scene.act(.revokeInvite(secret), by: ada) == "accepted")
        #expect(try scene.told() == [ada])
        #expect(try scene.act(.join(secret), by: eve) == "invalid_invite")
        #expect(try scene.act(.revokeInvite(secret), by: ada) == "invalid_invite")
    }

    @Test func linksAreForAdminsAlone() throws {
        let scene = try group(Invite())
        try scene.give(.moderator, to: bob)
        let other = InviteSecret(high: 3, low: 3)
        #expect(try scene.act(.createInvite(other, Invite()), by: bob) == "not_allowed")
        try scene.act(.createInvite(other, Invite()), by: ada)
        #expect(try scene.told() == [ada])
        // All members hear who came, but not by which link.
        try scene.act(.join(other), by: eve)
        #expect(try scene.told() == nil)
        var json = JSONWriter()
        EventJSON.append(try scene.last, to: &json)
        let text = String(decoding: json.bytes, as: UTF8.self)
        #expect(text.contains("member_joined"))
        #expect(!text.contains(other.description))
    }

    @Test func invitesThatAreOverMakeRoomForOthers() throws {
        let scene = try Scene(.group, owner: ada)
        let end = scene.now + .seconds(60)
        for number in UInt64(0)..<100 {
            let invite = Invite(expiresAt: number < 50 ? end : nil, usesMax: number == 99 ? 1 : 0)
            let secret = InviteSecret(high: 9, low: number)
            #expect(try scene.act(.createInvite(secret, invite), by: ada) == "accepted")
        }
        #expect(try scene.act(.createInvite(secret, Invite()), by: ada) == "too_many")
        #expect(try scene.act(.join(InviteSecret(high: 9, low: 99)), by: eve) == "accepted")
        #expect(try scene.act(.createInvite(secret, Invite()), by: ada) == "accepted")
        let another = InviteSecret(high: 8, low: 8)
        #expect(try scene.act(.createInvite(another, Invite()), by: ada) == "too_many")
        scene.now = end
        #expect(try scene.act(.createInvite(another, Invite()), by: ada) == "accepted")
        #expect(scene.state.invites.count == 51)
    }

    @Test func atMost1000Wait() throws {
        let scene = try group(Invite(needsApproval: true))
        for account in Samples.accounts(0..<1000) {
            #expect(try scene.act(.join(secret), by: account) == "accepted")
        }
        #expect(try scene.act(.join(secret), by: eve) == "too_many")
        let first = Samples.account(0)
        #expect(try scene.act(.decideJoin(first, isApproved: false), by: ada) == "accepted")
        #expect(try scene.act(.join(secret), by: eve) == "accepted")
    }

    @Test func noInviteLeadsIntoADirectConversation() throws {
        let scene = Scene.direct()
        try scene.post(by: ada)
        #expect(try scene.act(.createInvite(secret, Invite()), by: ada) == "unsupported")
        for account in [ada, eve] {
            #expect(try scene.act(.join(secret), by: account) == "unsupported")
        }
    }
}
