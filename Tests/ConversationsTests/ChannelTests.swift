import Conversations
import Events
import Testing

/// A few write, any number read, and who reads is not for the others to know.
@Suite struct ChannelTests {
    private let ada = Samples.ada
    private let bob = Samples.bob
    private let cleo = Samples.cleo
    private let eve = Samples.eve

    /// Ada's channel, which Bob moderates and the others follow.
    private func channel() throws -> Scene {
        let scene = try Scene(.channel, owner: ada, members: [bob, cleo, Samples.dan])
        try scene.give(.moderator, to: bob)
        return scene
    }

    @Test func followersNeitherPostNorAdd() throws {
        let scene = try channel()
        for account in [bob, cleo] {
            #expect(try scene.post(by: account) == "not_allowed")
            #expect(try scene.act(.addMembers([eve]), by: account) == "not_allowed")
        }
        try scene.give(.admin, to: bob)
        #expect(try scene.post(by: bob) == "accepted")
        #expect(try scene.act(.addMembers([eve]), by: bob) == "accepted")
    }

    @Test func accountsComeIntoAChannelOneAtATime() throws {
        let scene = try channel()
        let two = Samples.accounts(0..<2)
        #expect(try scene.act(.addMembers(two), by: ada) == "invalid_members")
        #expect(try scene.act(.addMembers([two[0]]), by: ada) == "accepted")
        let fresh = Scene(.channel, scene.fresh)
        let creation = ConversationAction.create(
            profile: ProfileChange(name: "news"),
            settings: .init(),
            members: [bob]
        )
        #expect(try fresh.act(creation, by: ada) == "invalid_members")
    }

    @Test func noSettingLetsFollowersWrite() throws {
        let scene = try channel()
        var change = ConversationSettings.Change()
        for field in [
            \ConversationSettings.Change.postFrom, \.addFrom, \.editProfileFrom,
        ] {
            change = .init()
            change[keyPath: field] = .member
            #expect(try scene.act(.setSettings(change), by: ada) == "invalid_settings")
            change[keyPath: field] = .moderator
            #expect(try scene.act(.setSettings(change), by: ada) == "accepted")
        }
        #expect(try scene.post(by: bob) == "accepted")
        #expect(try scene.post(by: cleo) == "not_allowed")
    }

    @Test func followersAreNotToldOfOneAnother() throws {
        let scene = try channel()
        let post = try scene.message(Samples.poll(), by: ada)
        #expect(try scene.told() == nil)
        try scene.act(.createInvite(Samples.secret, Invite()), by: ada)
        try scene.act(.join(Samples.secret), by: eve)
        #expect(try scene.told() == [ada, bob, eve])
        try scene.act(.react(post, emoji: "+"), by: cleo)
        #expect(try scene.told() == [ada, bob, cleo])
        try scene.act(.vote(post, options: [1]), by: cleo)
        #expect(try scene.told() == [ada, bob, cleo])
        try scene.act(.leave, by: cleo)
        #expect(try scene.told() == [ada, bob, cleo])
        try scene.act(.setBan(eve, isBanned: true), by: ada)
        #expect(try scene.told() == [ada, bob, eve])
    }

    @Test func aFollowerCannotFindOutWhoFollows() throws {
        let scene = try channel()
        for account in [cleo, Samples.dan, ada, eve] {
            let questions: [ConversationAction] = [
                .setRole(account, .member), .setRole(account, .owner), .removeMember(account),
                .transferOwnership(account), .setBan(account, isBanned: false),
                .setBan(account, isBanned: true), .decideJoin(account, isApproved: true),
                .addMembers([account]),
            ]
            for question in questions {
                #expect(try scene.act(question, by: cleo) == "not_allowed", "\(question)")
            }
        }
    }

    @Test func aChannelWithoutStaffGoesToItsFirstFollower() throws {
        let scene = try Scene(.channel, owner: ada, members: [cleo, bob])
        try scene.act(.leave, by: ada)
        #expect(scene.state.members.owner == cleo)
        #expect(try scene.told() == [ada, cleo])
        #expect(try scene.post(by: cleo) == "accepted")
    }
}
