import Conversations
import Events
import Testing

/// What can be done to a message, by whom and for how long.
@Suite struct MessageActionTests {
    private let ada = Samples.ada
    private let bob = Samples.bob
    private let cleo = Samples.cleo
    private let eve = Samples.eve
    private let tick = Duration.milliseconds(1)

    /// Ada's group, which Cleo moderates.
    private func group() throws -> Scene {
        let scene = try Scene(.group, owner: ada, members: [bob, cleo])
        try scene.give(.moderator, to: cleo)
        return scene
    }

    private func edit(_ id: SubmissionID, _ text: String = "better") -> ConversationAction {
        .editMessage(id, content: Samples.text(text))
    }

    @Test func aMessageIsEditedByItsAuthorFor15Minutes() throws {
        for scene in [try group(), Scene.direct()] {
            let id = try scene.message(by: bob)
            let seq = try scene.last.seq
            #expect(try scene.act(edit(id), by: ada) == "not_allowed")
            scene.now = scene.now + .seconds(15 * 60)
            #expect(try scene.act(edit(id), by: bob) == "accepted")
            #expect(try scene.last.messageSeq == seq)
            #expect(try scene.last.messageCount == 1)
            scene.now = scene.now + tick
            #expect(try scene.act(edit(id), by: bob) == "too_late")
        }
    }

    @Test func onlyATextBecomesAnotherText() throws {
        let scene = try group()
        let id = try scene.message(by: bob)
        #expect(try scene.act(edit(id, ""), by: bob) == "invalid_message")
        let long = String(repeating: "x", count: 4097)
        #expect(try scene.act(edit(id, long), by: bob) == "message_too_long")
        #expect(
            try scene.act(.editMessage(id, content: Samples.poll()), by: bob) == "invalid_message"
        )
        #expect(try scene.act(.editMessage(id, content: []), by: bob) == "invalid_message")
        let poll = try scene.message(Samples.poll(), by: bob)
        #expect(try scene.act(edit(poll), by: bob) == "not_allowed")
    }

    @Test func whoeverMayNotPostMayNotEdit() throws {
        let scene = try group()
        let id = try scene.message(by: bob)
        var change = ConversationSettings.Change()
        change.postFrom = .moderator
        try scene.act(.setSettings(change), by: ada)
        #expect(try scene.act(edit(id), by: bob) == "not_allowed")
        #expect(try scene.act(.deleteMessage(id), by: bob) == "accepted")
    }

    @Test func aMessageIsTakenBackByItsAuthorForTwoDays() throws {
        for scene in [try group(), Scene.direct()] {
            let late = try scene.message(by: bob)
            scene.now = scene.now + tick
            let id = try scene.message(by: bob)
            scene.now = scene.now + .seconds(2 * 24 * 60 * 60)
            #expect(try scene.act(.deleteMessage(late), by: bob) == "too_late")
            #expect(try scene.act(.deleteMessage(id), by: bob) == "accepted")
        }
    }

    @Test func aModeratorTakesBackOthersMessages() throws {
        let scene = try group()
        let (mine, owners) = (try scene.message(by: bob), try scene.message(by: ada))
        #expect(try scene.act(.deleteMessage(owners), by: bob) == "not_allowed")
        #expect(try scene.act(.deleteMessage(mine), by: cleo) == "accepted")
        #expect(try scene.act(.deleteMessage(owners), by: cleo) == "accepted")
        // In a direct conversation there is nobody above the other.
        let direct = Scene.direct()
        let id = try direct.message(by: bob)
        #expect(try direct.act(.deleteMessage(id), by: ada) == "not_allowed")
    }

    @Test func nothingCanBeDoneToAMessageThatWasTakenBack() throws {
        let scene = try group()
        let id = try scene.message(by: bob)
        #expect(try scene.act(.pin(id, isPinned: true), by: cleo) == "accepted")
        #expect(try scene.act(.deleteMessage(id), by: bob) == "accepted")
        #expect(scene.state.pins.isEmpty)
        for action in [edit(id), .deleteMessage(id), .react(id, emoji: "+")] {
            #expect(try scene.act(action, by: bob) == "message_not_found")
        }
        #expect(try scene.act(.pin(id, isPinned: true), by: cleo) == "message_not_found")
    }

    @Test func aMessageOfAnotherConversationIsNotFound() throws {
        let direct = Scene.direct()
        let id = try direct.message(by: ada)
        #expect(try group().act(.react(id, emoji: "+"), by: ada) == "message_not_found")
    }

    @Test func aReactionIsOneCharacterOrNone() throws {
        let scene = try group()
        let id = try scene.message(by: ada)
        let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}"
        for emoji in ["\u{1F600}", "\u{2764}\u{FE0F}", "\u{1F1EA}\u{1F1FA}", family, ""] {
            #expect(try scene.act(.react(id, emoji: emoji), by: bob) == "accepted")
        }
        // Else whoever may not post could write in reactions.
        let accents = "e" + String(repeating: "\u{301}", count: 16)
        for text in ["buy", "\u{1F600}\u{1F600}", accents] {
            #expect(try scene.act(.react(id, emoji: text), by: bob) == "invalid_reaction")
        }
    }

    @Test func aVoteNamesOptionsOfThePoll() throws {
        let scene = try group()
        let one = try scene.message(Samples.poll(3), by: ada)
        let several = try scene.message(Samples.poll(12, isMultiple: true), by: ada)
        let text = try scene.message(by: ada)
        func vote(_ id: SubmissionID, _ options: [UInt32]) throws -> String {
            try scene.act(.vote(id, options: options), by: bob)
        }
        #expect(try vote(one, [2]) == "accepted")
        #expect(try vote(one, []) == "accepted")
        #expect(try vote(one, [3]) == "invalid_reaction")
        #expect(try vote(one, [0, 1]) == "invalid_reaction")
        #expect(try vote(several, Array(0..<12)) == "accepted")
        #expect(try vote(several, [1, 1]) == "invalid_reaction")
        #expect(try vote(several, [12]) == "invalid_reaction")
        #expect(try vote(text, [0]) == "invalid_reaction")
    }

    @Test func atMostTenMessagesArePinned() throws {
        let scene = try group()
        let ids = try (0..<11).map { _ in try scene.message(by: bob) }
        for id in ids.prefix(10) {
            #expect(try scene.act(.pin(id, isPinned: true), by: cleo) == "accepted")
        }
        #expect(scene.state.pins == Array(ids.dropLast()))
        #expect(try scene.act(.pin(ids[10], isPinned: true), by: cleo) == "too_many")
        #expect(try scene.act(.pin(ids[0], isPinned: true), by: cleo) == "no_change")
        #expect(try scene.act(.pin(ids[0], isPinned: false), by: cleo) == "accepted")
        #expect(try scene.act(.pin(ids[0], isPinned: false), by: cleo) == "no_change")
        #expect(try scene.act(.pin(ids[10], isPinned: true), by: cleo) == "accepted")
        #expect(scene.state.pins == Array(ids.dropFirst()))
    }

    @Test func pinsOfMessagesThatAreGoneCanBeTakenOff() throws {
        let scene = try group()
        var change = ConversationSettings.Change()
        change.disappearAfterSeconds = 60
        try scene.act(.setSettings(change), by: ada)
        let id = try scene.message(by: bob)
        try scene.act(.pin(id, isPinned: true), by: cleo)
        scene.now = scene.now + .seconds(60)
        // Nor need the moderator have been there when it was written.
        try scene.act(.addMembers([Samples.dan]), by: ada)
        try scene.give(.moderator, to: Samples.dan)
        #expect(try scene.act(.pin(id, isPinned: false), by: bob) == "not_allowed")
        #expect(try scene.act(.pin(id, isPinned: false), by: Samples.dan) == "accepted")
        #expect(scene.state.pins.isEmpty)
    }

    @Test func aLiveLocationMovesByItsAuthorUntilItEnds() throws {
        let scene = try group()
        let end = scene.now + .seconds(3600)
        let id = try scene.message(Samples.liveLocation(until: end), by: bob)
        let move = ConversationAction.moveLiveLocation(id, location: Samples.location("home"))
        #expect(try scene.act(move, by: ada) == "not_allowed")
        #expect(
            try scene.act(.moveLiveLocation(id, location: [0xFF]), by: bob) == "invalid_message"
        )
        let long = Samples.location(String(repeating: "x", count: 101))
        #expect(try scene.act(.moveLiveLocation(id, location: long), by: bob) == "invalid_message")
        scene.now = end - tick
        #expect(try scene.act(move, by: bob) == "accepted")
        scene.now = end
        #expect(try scene.act(move, by: bob) == "too_late")
        let text = try scene.message(by: bob)
        let other = ConversationAction.moveLiveLocation(text, location: Samples.location())
        #expect(try scene.act(other, by: bob) == "too_late")
    }

    @Test func aLiveLocationLasts8HoursAtMost() throws {
        let scene = try group()
        let (now, day) = (scene.now, Duration.seconds(8 * 60 * 60))
        #expect(try scene.post(Samples.liveLocation(until: now), by: bob) == "invalid_message")
        #expect(
            try scene.post(Samples.liveLocation(until: now + day + tick), by: bob)
                == "invalid_message"
        )
        #expect(try scene.post(Samples.liveLocation(until: now + day), by: bob) == "accepted")
    }

    @Test func messagesDisappearSoLongAfterTheyWerePosted() throws {
        for scene in [try group(), Scene.direct()] {
            let stays = try scene.message(by: ada)
            var change = ConversationSettings.Change()
            change.disappearAfterSeconds = 60
            #expect(try scene.act(.setSettings(change), by: ada) == "accepted")
            #expect(try scene.act(.setSettings(change), by: ada) == "no_change")
            let id = try scene.message(by: bob)
            guard case .messagePosted(let post) = try scene.last.body else { return }
            #expect(post.expiresAt == scene.now + .seconds(60))
            scene.now = scene.now + .seconds(60) - tick
            #expect(try scene.act(.react(id, emoji: "+"), by: ada) == "accepted")
            scene.now = scene.now + tick
            #expect(try scene.act(.react(id, emoji: "+"), by: ada) == "message_not_found")
            #expect(try scene.act(.deleteMessage(id), by: bob) == "message_not_found")
            #expect(try scene.act(.react(stays, emoji: "+"), by: bob) == "accepted")
        }
    }

    @Test func whenAMessageDisappearsIsNotForItsAuthorToSay() throws {
        let scene = try group()
        var post = MessagePost(text: Array("hello".utf8))
        post.expiresAt = scene.now + .seconds(1)
        try scene.submit(scene.submission(.postMessage(post), by: bob))
        guard case .messagePosted(let posted) = try scene.last.body else { return }
        #expect(posted.expiresAt == nil)
        #expect(posted.content == post.content)
    }

    @Test func messagesDisappearWithinAYear() throws {
        let scene = try group()
        var change = ConversationSettings.Change()
        change.disappearAfterSeconds = 365 * 24 * 60 * 60 + 1
        #expect(try scene.act(.setSettings(change), by: ada) == "invalid_settings")
        change.disappearAfterSeconds = 365 * 24 * 60 * 60
        #expect(try scene.act(.setSettings(change), by: ada) == "accepted")
    }

    @Test func aMessageMentionsAtMost64Accounts() throws {
        let scene = try group()
        for (count, expected) in [(64, "accepted"), (65, "invalid_message")] {
            var post = MessagePost(text: Array("hello".utf8))
            post.mentions = Samples.accounts(0..<UInt64(count))
            let decision = try scene.submit(scene.submission(.postMessage(post), by: bob))
            #expect(decision.outcome == expected)
        }
    }

    @Test func nobodyTakesTheIdOfAnothersMessage() throws {
        let scene = try group()
        let id = try scene.message(by: ada)
        let other = try scene.message(by: ada)
        // Else what is done to "the message" might be done to either, and a retry of the first be taken for a new one.
        var post = scene.posting(by: bob)
        post.id = id
        #expect(try scene.submit(post).outcome == "invalid_id")
        var action = scene.submission(.act(.react(other, emoji: "+")), by: bob)
        action.id = id
        #expect(try scene.submit(action).outcome == "invalid_id")
        var retry = scene.posting(by: ada)
        retry.id = id
        #expect(try scene.submit(retry).outcome == "duplicate")
        try scene.act(.deleteMessage(id), by: ada)
        #expect(try scene.submit(post).outcome == "invalid_id")
        // Elsewhere the id is free.
        let direct = Scene.direct()
        var elsewhere = direct.posting(by: bob)
        elsewhere.id = id
        #expect(try direct.submit(elsewhere).outcome == "accepted")
    }
}
