import Events
import Testing

@testable import ChatClient
@testable import MartletClient

private let me = GroupScene.me
private let ada = GroupScene.ada
private let bob = GroupScene.bob
private let carol = GroupScene.carol
private let group = GroupScene.group
private let now = GroupScene.now

@Suite struct GroupModelTests {
    private static let there = MessagePlace(ids.next(), seq: 1)

    static let lines: [(ConversationChange, [MemberChange], String)] = [
        (
            .created(ConversationProfile(name: "Swifts"), ConversationSettings()),
            [MemberChange(ada, .owner), MemberChange(bob, .member), MemberChange(me, .member)],
            "ada made the group “Swifts” with Bob Byrd and you"
        ),
        (.membersAdded, [MemberChange(bob, .member)], "ada added Bob Byrd"),
        (
            .membersAdded,
            [MemberChange(bob, .member), MemberChange(me, .member), MemberChange(carol, .member)],
            "ada added Bob Byrd, you and …\(carol.description.suffix(6))"
        ),
        (.memberRemoved, [MemberChange(bob, nil)], "ada removed Bob Byrd"),
        (.memberLeft, [MemberChange(ada, nil)], "ada left"),
        (
            .memberLeft, [MemberChange(ada, nil), MemberChange(me, .owner)],
            "ada left; you are the owner now"
        ),
        (.roleChanged, [MemberChange(bob, .admin)], "ada made Bob Byrd an admin"),
        (.roleChanged, [MemberChange(bob, .moderator)], "ada made Bob Byrd a moderator"),
        (
            .ownershipTransferred, [MemberChange(bob, .owner), MemberChange(ada, .admin)],
            "ada made Bob Byrd the owner"
        ),
        (
            .profileChanged(ConversationProfile(name: "X", description: "")), [],
            "ada: the name is now “X”, there is no description now"
        ),
        (
            .settingsChanged(
                ConversationSettings(postFrom: .admin, disappearAfter: .seconds(86400))
            ), [],
            "ada: admins and above may write, messages disappear after 1 day"
        ),
        (.settingsChanged(ConversationSettings(disappearAfter: .zero)), [], "ada: messages stay"),
        (.banned(bob), [MemberChange(bob, nil)], "ada banned Bob Byrd"),
        (.unbanned(bob), [], "ada lifted the ban of Bob Byrd"),
        (
            .inviteCreated(ConversationInvite(token: "t7", usesMax: 3, needsApproval: true)), [],
            "ada made an invite: t7, needs approval, for 3"
        ),
        (.inviteRevoked(token: "abcdefgh"), [], "ada revoked the invite …cdefgh"),
        (.joinRequested, [], "ada asks to be let in"),
        (.memberJoined, [MemberChange(ada, .member)], "ada joined by an invite"),
        (.joinApproved(bob), [MemberChange(bob, .member)], "ada let Bob Byrd in"),
        (.joinDeclined(bob), [], "ada did not let Bob Byrd in"),
        (.pinned(there), [], "ada pinned “look  here”"),
        (.unpinned(MessagePlace(ids.next(), seq: 0)), [], "ada unpinned a message"),
        (.blocked(bob), [], "ada blocked Bob Byrd"),
        (.unblocked(bob), [], "ada unblocked Bob Byrd"),
    ]

    @Test(arguments: lines)
    func whatHappensIsOneLine(change: ConversationChange, members: [MemberChange], words: String) {
        var model = GroupScene.model()
        _ = model.apply(
            GroupScene.change(
                GroupScene.message(1, .text("look\n here"), id: Self.there.messageID)
            )
        )
        _ = model.apply(GroupScene.change(GroupScene.event(2, change, members)))
        #expect(GroupScene.screen(model, columns: 100).contains("22:13 \(words)"))
    }

    @Test func anEditReplacesTheMessageAndADeletionTakesItAway() {
        var model = GroupScene.model()
        let first = GroupScene.message(1, .text("helo"))
        let place = MessagePlace(first.messageID, seq: 1)
        _ = model.apply(GroupScene.change(first))
        _ = model.apply(
            GroupScene.change(GroupScene.event(2, .reaction(place, emoji: "👍"), from: bob))
        )
        _ = model.apply(GroupScene.change(GroupScene.event(3, .edited(place, .text("hello")))))
        #expect(GroupScene.screen(model).contains("22:13 ada  hello (edited) 👍"))
        // An event that was had before changes nothing.
        _ = model.apply(GroupScene.change(GroupScene.event(3, .edited(place, .text("helo")))))
        #expect(model.lines[0].text == "hello")
        _ = model.apply(GroupScene.change(GroupScene.event(4, .deleted(place))))
        #expect(GroupScene.screen(model).contains("22:13 ada  this message was deleted"))
        #expect(!GroupScene.screen(model).joined().contains("👍"))
        #expect(model.lines.count == 1)
    }

    @Test func anAccountHasOneReactionAndTheMostFrequentComesFirst() {
        var model = GroupScene.model()
        let first = GroupScene.message(1, .text("hello"))
        let place = MessagePlace(first.messageID, seq: 1)
        _ = model.apply(GroupScene.change(first))
        let reactions = [(ada, "❤️"), (bob, "👍"), (me, "👍"), (ada, "👍"), (bob, "")]
        for (number, (account, emoji)) in reactions.enumerated() {
            _ = model.apply(
                GroupScene.change(
                    GroupScene.event(
                        UInt64(number + 2),
                        .reaction(place, emoji: emoji),
                        from: account
                    )
                )
            )
            if number == 2 {
                #expect(GroupScene.screen(model).contains("22:13 ada  hello 👍2 ❤️"))
            }
        }
        #expect(GroupScene.screen(model).contains("22:13 ada  hello 👍2"))
    }

    @Test func votesAreCountedOncePerAccount() {
        var model = GroupScene.model()
        let poll = Poll(question: "where?", options: ["air", "tree"])
        let first = GroupScene.message(1, .poll(poll))
        let place = MessagePlace(first.messageID, seq: 1)
        _ = model.apply(GroupScene.change(first))
        let votes: [(AccountID, [Int])] = [(ada, [0]), (bob, [0, 1]), (ada, [1]), (me, [1])]
        for (number, (account, options)) in votes.enumerated() {
            let voted = ConversationChange.voted(place, options: options)
            _ = model.apply(
                GroupScene.change(GroupScene.event(UInt64(number + 2), voted, from: account))
            )
        }
        let screen = GroupScene.screen(model)
        #expect(screen.contains("22:13 ada  where?"))
        #expect(screen.contains("           ○ 1. air · 1"))
        #expect(screen.contains("           ● 2. tree · 3"))
    }

    @Test func aPageTellsWhatBecameOfMessagesAndEventsGoOnFromThere() {
        var model = GroupScene.model()
        var updates = MessageUpdates()
        updates.editedAt = now
        updates.reactions = [MessageUpdates.Reaction(emoji: "👍", count: 2)]
        updates.ownReaction = "👍"
        let message = GroupScene.message(1, .text("hello"), updates: updates)
        let place = MessagePlace(message.messageID, seq: 1)
        let events: [ConversationEvent] = [
            GroupScene.event(2, .reaction(place, emoji: "👍"), from: bob),
            GroupScene.event(3, .edited(place, .text("hello"))),
            GroupScene.event(4, .memberLeft, from: bob, [MemberChange(bob, nil)]),
        ]
        let page = EventPage(
            events: events.reversed().map { .conversation($0) }
                + [.message(message)]
        )
        #expect(model.add(page, isOlder: false) == [.read(group, 1)])
        #expect(model.lines.count == 2)
        #expect(GroupScene.screen(model).contains("22:13 ada  hello (edited) 👍2"))
        // Bob's earlier reaction is in the count already, and is known to be his.
        let moved = ConversationChange.reaction(place, emoji: "🎉")
        _ = model.apply(GroupScene.change(GroupScene.event(5, moved, from: bob)))
        _ = model.apply(GroupScene.change(GroupScene.event(6, moved, from: me)))
        #expect(GroupScene.screen(model).contains("22:13 ada  hello (edited) 🎉2"))
    }

    @Test func olderPagesAreAskedForFromTheOldestEventEvenIfItIsNotShown() {
        var model = GroupScene.model()
        let place = MessagePlace(ids.next(), seq: 1)
        let event = GroupScene.event(40, .reaction(place, emoji: "👍"))
        let page = EventPage(events: [.conversation(event)], nextBeforeSeq: 40)
        _ = model.add(page, isOlder: false)
        #expect(model.lines.isEmpty)
        #expect(model.history.oldestSeq == 40)
        #expect(!model.history.hasBeginning)
    }

    @Test func aRejectedRequestShowsWhatWasTypedAndTheCodesWords() {
        var model = GroupScene.model()
        let id = ids.next(SubmissionID.self)
        _ = model.run("/ban ada", id: id, now: now)
        _ = model.answered(
            id,
            SubmittedRequest(submissionID: id, conversationID: group, serverTimestamp: now)
        )
        #expect(model.unanswered == 0)
        let rejection = RejectedEvent(
            messageID: id,
            conversationID: group,
            code: "not_allowed",
            detail: "the role in this conversation does not allow that"
        )
        _ = model.apply(.event(.rejected(rejection), InboxPosition(epoch: 1, offset: Offset(9))))
        #expect(
            GroupScene.screen(model)
                .contains("22:13 ✗ /ban ada: your role here does not allow that")
        )
        #expect(RejectionText.words("brand_new", detail: "the moon is full") == "the moon is full")
        #expect(RejectionText.words("brand_new") == "brand_new")
    }

    @Test func aRequestThatFailsAfterOneWentElsewhereIsStillTold() {
        var model = GroupScene.model()
        let id = ids.next(SubmissionID.self)
        _ = model.run("/leave", id: id, now: now)
        _ = model.run("/to +15551230009", id: ids.next(), now: now)
        #expect(
            model.fail(id, "timeout", "") == [.notice("/leave: the server does not answer")]
        )
        let message = ids.next(SubmissionID.self)
        _ = model.say("hello", id: message, now: now)
        _ = model.run("/to \(group)", id: ids.next(), now: now)
        #expect(
            model.apply(.submission(message, .rejected(code: "blocked", detail: "")))
                == [
                    .notice(
                        "“hello” was not sent: you have blocked this account; /unblock it first"
                    )
                ]
        )
    }

    @Test(arguments: [true, false])
    func whoMakesAGroupGoesThereWhicheverComesFirst(answerIsFirst: Bool) {
        var model = GroupScene.model()
        let id = ids.next(SubmissionID.self)
        let new = ConversationID(high: id.high, low: id.low)
        _ = model.run("/group Swallows +15551230009", id: id, now: now)
        let answer = SubmittedRequest(
            submissionID: id,
            conversationID: new,
            serverTimestamp: now
        )
        let created = GroupScene.change(
            GroupScene.event(
                1,
                .created(ConversationProfile(name: "Swallows"), ConversationSettings()),
                from: me,
                [MemberChange(me, .owner), MemberChange(carol, .member)],
                id: id,
                in: new
            )
        )
        let direct = ConversationID(directBetween: me, and: carol)
        let learned = ChatEffect.learned(direct, address: "+15551230009")
        if answerIsFirst {
            #expect(model.answered(id, answer) == [.turned])
            #expect(model.apply(created) == [learned])
        } else {
            #expect(model.apply(created) == [learned, .turned])
            #expect(model.answered(id, answer).isEmpty)
        }
        #expect(model.target == ChatTarget(.conversation(new)))
        #expect(model.title == "Swallows · group, 2 members")
        // The number that was typed is known to be hers.
        #expect(
            GroupScene.screen(model)
                .contains("22:13 you made the group “Swallows” with +15551230009")
        )
        #expect(model.memberRows == ["you  owner", "+15551230009"])
    }

    @Test func whatHappensElsewhereIsNoticedIfItIsAboutOneself() {
        var model = ChatModel(me: me, target: ChatTarget(.account(ada)))
        let created = GroupScene.event(
            1,
            .created(ConversationProfile(name: "Swifts of Lisbon"), ConversationSettings()),
            from: bob,
            [MemberChange(bob, .owner), MemberChange(me, .member)]
        )
        let who = "…\(bob.description.suffix(6))"
        #expect(
            model.apply(GroupScene.change(created))
                == [.notice("\(who) added you to “Swifts of Lisbon”; /to \"Swifts of Lisbon\"")]
        )
        _ = model.apply(GroupScene.change(GroupScene.message(2, .text("psst"), from: bob)))
        #expect(model.elsewhere[group]?.count == 1)
        #expect(
            model.run("/who", id: ids.next(), now: now)
                == [.notice("new from Swifts of Lisbon (1); /to one of them")]
        )
        let added = GroupScene.event(3, .membersAdded, from: bob, [MemberChange(carol, .member)])
        #expect(model.apply(GroupScene.change(added)).isEmpty)
        let removed = GroupScene.event(4, .memberRemoved, from: bob, [MemberChange(me, nil)])
        #expect(
            model.apply(GroupScene.change(removed))
                == [.notice("\(who) removed you from “Swifts of Lisbon”")]
        )
    }

    @Test func whoWaitsIsListedUntilSomebodyDecides() {
        var model = GroupScene.model()
        _ = model.apply(GroupScene.change(GroupScene.event(1, .joinRequested, from: carol)))
        let short = "…\(carol.description.suffix(6))"
        let id = ids.next(SubmissionID.self)
        #expect(
            model.run("/approve \(short)", id: id, now: now)
                == [.call(.decideRequest(group, carol.description, isApproved: true), id)]
        )
        #expect(model.run("/requests", id: ids.next(), now: now) == [.showRequests(group)])
        #expect(model.waitingRows?.dropFirst() == [carol.description])
        let approved = GroupScene.event(2, .joinApproved(carol), [MemberChange(carol, .member)])
        _ = model.apply(GroupScene.change(approved))
        #expect(model.waitingRows == nil)
        #expect(model.members[carol] == .member)
    }

    @Test func membersComeAndGoWithTheEvents() {
        var model = GroupScene.model()
        #expect(model.memberRows == ["you  owner", "ada  admin", "Bob Byrd"])
        let left = GroupScene.event(1, .memberLeft, from: bob, [MemberChange(bob, nil)])
        _ = model.apply(GroupScene.change(left))
        #expect(model.memberRows == ["you  owner", "ada  admin"])
        #expect(model.title == "Swifts of Lisbon · group, 2 members")
        let renamed = ConversationChange.profileChanged(ConversationProfile(name: "Swallows"))
        _ = model.apply(GroupScene.change(GroupScene.event(2, renamed)))
        #expect(model.title == "Swallows · group, 2 members")
    }

    @Test func ticksOfGroupMessagesTurnAsAnyOthers() throws {
        var model = GroupScene.model()
        let id = ids.next(SubmissionID.self)
        _ = model.say("hello", id: id, now: now)
        #expect(GroupScene.screen(model).contains("22:13 you  hello ⋯"))
        let accepted = AcceptedMessage(
            messageID: id,
            conversationID: group,
            serverTimestamp: now
        )
        #expect(model.apply(.submission(id, .accepted(accepted))).isEmpty)
        #expect(GroupScene.screen(model).contains("22:13 you  hello ✓"))
        _ = model.apply(GroupScene.change(GroupScene.message(1, .text("hello"), from: me, id: id)))
        let ticks = TicksEvent(conversationID: group, deliveredSeq: 1, readSeq: 1)
        _ = model.apply(.event(.ticks(ticks), InboxPosition(epoch: 1, offset: Offset(2))))
        #expect(GroupScene.screen(model).contains("22:13 you  hello ✓✓"))
        #expect(model.state(of: try #require(model.lines.last)) == .read)
    }

    @Test func unknownKindsAreNeitherShownNorCounted() {
        var model = GroupScene.model()
        let before = GroupScene.screen(model)
        let position = InboxPosition(epoch: 1, offset: Offset(2))
        #expect(model.apply(.event(.unknown(kind: "levitated"), position)).isEmpty)
        #expect(GroupScene.screen(model) == before)
    }

    @Test func aMessageWhoseTimeIsOverIsNotShownAnyMore() {
        var model = GroupScene.model()
        var message = GroupScene.message(1, .text("burn this"))
        message.expiresAt = now
        _ = model.apply(GroupScene.change(message))
        #expect(model.expire(at: Timestamp(milliseconds: now.milliseconds - 1)) == false)
        #expect(model.lines[0].text == "burn this")
        #expect(model.expire(at: now) == true)
        #expect(model.expire(at: now) == false)
        #expect(GroupScene.screen(model).contains("22:13 ada  this message has disappeared"))
    }

    @Test func theListNamesConversationsAndWhatIsNew() {
        var model = GroupScene.model()
        let list = [
            ConversationSummary(
                conversationID: ConversationID(high: 4, low: 4),
                kind: "channel",
                name: "News",
                memberCount: 7,
                unread: 2
            ),
            ConversationSummary(
                conversationID: ConversationID(directBetween: me, and: carol),
                kind: "direct",
                name: "Carol",
                members: [carol, me]
            ),
        ]
        model.take(list)
        let rows = model.rows(of: list, at: now)
        #expect(rows[0].hasPrefix("News · channel · 7 members · 2 new  "))
        #expect(rows[1].hasPrefix("Carol  "))
        #expect(model.choices.destinations.contains("News"))
        #expect(model.choices.accounts.contains("Carol"))
        #expect(!model.choices.accounts.contains("News"))
    }

    @Test func aNameThatCommandsTheTerminalIsNotCompleted() {
        var model = GroupScene.model()
        for name in ["a\u{1B}[2J", "a\nb", "a\"b"] {
            model.names.call(carol, name)
            #expect(model.choices.accounts == ["ada", "Bob Byrd"])
        }
    }
}
