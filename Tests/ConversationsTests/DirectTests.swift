import Conversations
import Events
import Testing

/// Blocks, and what two accounts can do.
@Suite struct DirectTests {
    private let ada = Samples.ada
    private let bob = Samples.bob
    private let eve = Samples.eve

    /// Ada and Bob have talked, and Bob has blocked Ada.
    private func blocked() throws -> (Scene, before: SubmissionID) {
        let scene = Scene.direct()
        let before = try scene.message(by: ada)
        try #require(try scene.act(.setBlock(ada, isBlocked: true), by: bob) == "accepted")
        return (scene, before)
    }

    @Test func aBlockedAccountsMessageIsAcceptedAndToldToNobodyElse() throws {
        let (scene, _) = try blocked()
        #expect(try scene.told() == [bob])
        let id = try scene.message(by: ada)
        #expect(try scene.last.isWithheld)
        #expect(try scene.told() == [ada])
        #expect(try scene.act(.react(id, emoji: "+"), by: ada) == "accepted")
        #expect(try scene.told() == [ada])
        #expect(try scene.act(.deleteMessage(id), by: ada) == "accepted")
        #expect(try scene.told() == [ada])
    }

    @Test func aBlockCanComeFirst() throws {
        let scene = Scene.direct()
        #expect(try scene.act(.setBlock(ada, isBlocked: false), by: bob) == "no_change")
        #expect(try scene.act(.setBlock(ada, isBlocked: true), by: bob) == "accepted")
        #expect(scene.state.members.count == 2)
        #expect(try scene.act(.setBlock(ada, isBlocked: true), by: bob) == "no_change")
        #expect(try scene.post(by: ada) == "accepted")
        #expect(try scene.told() == [ada])
    }

    @Test func whoeverHasBlockedSaysNothingButTakesBack() throws {
        let scene = Scene.direct()
        let mine = try scene.message(by: bob)
        let move = ConversationAction.moveLiveLocation(
            try scene.message(Samples.liveLocation(until: scene.now + .seconds(60)), by: bob),
            location: Samples.location()
        )
        let theirs = try scene.message(Samples.poll(), by: ada)
        try scene.act(.setBlock(ada, isBlocked: true), by: bob)
        var change = ConversationSettings.Change()
        change.disappearAfterSeconds = 1
        #expect(try scene.post(by: bob) == "blocked")
        for action in [
            .editMessage(mine, content: Samples.text("x")), .react(theirs, emoji: "+"), move,
            .vote(theirs, options: [1]), .pin(theirs, isPinned: true), .setSettings(change),
        ] {
            #expect(try scene.act(action, by: bob) == "blocked", "\(action)")
        }
        #expect(try scene.act(.deleteMessage(mine), by: bob) == "accepted")
        #expect(try scene.told() == nil)
        try scene.act(.setBlock(ada, isBlocked: false), by: bob)
        #expect(try scene.post(by: bob) == "accepted")
    }

    @Test func unblockingDoesNotRevealWhatWasWithheld() throws {
        let (scene, before) = try blocked()
        let withheld = try scene.message(by: ada)
        try scene.act(.setBlock(ada, isBlocked: false), by: bob)
        #expect(try scene.act(.react(withheld, emoji: "+"), by: bob) == "message_not_found")
        #expect(try scene.act(.pin(withheld, isPinned: true), by: bob) == "message_not_found")
        // Nor does anything that its author does to it.
        for action in [
            .editMessage(withheld, content: Samples.text("x")), .react(withheld, emoji: "+"),
            .pin(withheld, isPinned: true), .deleteMessage(withheld),
        ] as [ConversationAction] {
            #expect(try scene.act(action, by: ada) == "accepted", "\(action)")
            #expect(try scene.told() == [ada], "\(action)")
        }
        #expect(scene.state.pins.isEmpty)
        #expect(try scene.act(.react(before, emoji: "+"), by: bob) == "accepted")
        #expect(try scene.told() == nil)
    }

    @Test func whatWasNeverToldDoesNotBindTheOther() throws {
        let (scene, before) = try blocked()
        var change = ConversationSettings.Change()
        change.disappearAfterSeconds = 1
        for action in [
            .setSettings(change), .pin(before, isPinned: true), .deleteMessage(before),
        ] as [ConversationAction] {
            #expect(try scene.act(action, by: ada) == "accepted", "\(action)")
            #expect(try scene.told() == [ada], "\(action)")
        }
        try scene.act(.setBlock(ada, isBlocked: false), by: bob)
        #expect(scene.state.settings.disappearAfterSeconds == 0)
        #expect(scene.state.pins.isEmpty)
        #expect(try scene.act(.react(before, emoji: "+"), by: bob) == "accepted")
    }

    @Test func withheldMessagesAreNoUnreadOnes() throws {
        let (scene, _) = try blocked()
        let counts = [1, 1, 1].map { UInt64($0) }
        for count in counts {
            try scene.post(by: ada)
            #expect(try scene.last.messageCount == count)
        }
        try scene.act(.setBlock(ada, isBlocked: false), by: bob)
        try scene.post(by: ada)
        #expect(try scene.last.messageCount == 2)
    }

    @Test func bothCanBlock() throws {
        let (scene, before) = try blocked()
        #expect(try scene.act(.setBlock(bob, isBlocked: true), by: ada) == "accepted")
        #expect(try scene.told() == [ada])
        for account in [ada, bob] {
            #expect(try scene.post(by: account) == "blocked")
        }
        #expect(try scene.act(.deleteMessage(before), by: ada) == "accepted")
        #expect(try scene.told() == [ada])
        try scene.act(.setBlock(ada, isBlocked: false), by: bob)
        #expect(try scene.post(by: ada) == "blocked")
        #expect(try scene.post(by: bob) == "accepted")
        #expect(try scene.told() == [bob])
    }

    @Test func othersCanNeitherBlockNorActNorLearn() throws {
        for scene in [Scene.direct(), try blocked().0] {
            let id = scene.events.first?.submission ?? Samples.id(at: Samples.noon, 77)
            let before = scene.state
            #expect(
                try scene.act(.setBlock(ada, isBlocked: true), by: eve) == "invalid_conversation"
            )
            #expect(
                try scene.act(.setBlock(eve, isBlocked: true), by: ada) == "invalid_conversation"
            )
            #expect(
                try scene.act(.setBlock(bob, isBlocked: true), by: bob) == "invalid_conversation"
            )
            let expected = scene.events.isEmpty ? "conversation_not_found" : "not_a_member"
            for action in [.react(id, emoji: "+"), .leave, .addMembers([eve])]
                as [ConversationAction]
            {
                #expect(try scene.act(action, by: eve) == expected)
            }
            #expect(try scene.post(by: eve) == "invalid_conversation")
            #expect(scene.state == before)
        }
    }

    @Test func twoHaveNoRolesNoProfileAndNoExit() throws {
        let scene = Scene.direct()
        try scene.post(by: ada)
        for action in [
            .leave, .addMembers([eve]), .removeMember(bob), .setRole(bob, .admin),
            .transferOwnership(bob), .setProfile(ProfileChange(name: "x")),
            .setBan(bob, isBanned: true), .decideJoin(eve, isApproved: true),
            .revokeInvite(Samples.secret),
        ] as [ConversationAction] {
            #expect(try scene.act(action, by: ada) == "unsupported", "\(action)")
        }
        var change = ConversationSettings.Change()
        change.postFrom = .owner
        #expect(try scene.act(.setSettings(change), by: ada) == "invalid_settings")
    }
}
