import Events
import Testing

@testable import ChatClient
@testable import MartletClient

private let group = GroupScene.group
private let ada = GroupScene.ada
private let bob = GroupScene.bob
private let now = GroupScene.now

@Suite struct CommandTests {
    private static let hello = ids.next(SubmissionID.self)
    private static let poll = ids.next(SubmissionID.self)

    /// A group with a poll as message 2 and a text as message 1.
    private func model() -> ChatModel {
        var model = GroupScene.model()
        let question = Poll(question: "where?", options: ["air", "tree"])
        _ = model.apply(
            GroupScene.change(GroupScene.message(1, .poll(question), id: Self.poll))
        )
        _ = model.apply(
            GroupScene.change(GroupScene.message(2, .text("hello"), id: Self.hello))
        )
        return model
    }

    static let calls: [(String, ConversationRequest)] = [
        ("/group Swifts", .createGroup(name: "Swifts", members: [])),
        (
            #"/group "Swifts of Lisbon" +15551230009 ada "bob byrd""#,
            .createGroup(
                name: "Swifts of Lisbon",
                members: ["+15551230009", ada.description, bob.description]
            )
        ),
        ("/channel News of the swifts", .createChannel(name: "News of the swifts")),
        ("/add +1 555 1230", .addMembers(group, ["+15551230"])),
        (
            "/add ada carol@example.org",
            .addMembers(group, [ada.description, "carol@example.org"])
        ),
        ("/remove Bob Byrd", .removeMember(group, bob.description)),
        (#"/remove "bob byrd""#, .removeMember(group, bob.description)),
        (#"/role "Bob Byrd" admin"#, .setRole(group, bob.description, .admin)),
        ("/role ADA Member", .setRole(group, ada.description, .member)),
        ("/owner ada", .transferOwnership(group, ada.description)),
        ("/leave", .leave(group)),
        (
            #"/name The "new" name"#,
            .setProfile(group, ConversationProfile(name: #"The "new" name"#))
        ),
        ("/about  swifts ", .setProfile(group, ConversationProfile(description: "swifts"))),
        ("/about", .setProfile(group, ConversationProfile(description: ""))),
        ("/ban ada", .ban(group, ada.description)),
        ("/unban \(ada)", .unban(group, ada.description)),
        ("/invite", .createInvite(group, needsApproval: false)),
        ("/invite needs-approval", .createInvite(group, needsApproval: true)),
        ("/revoke \(GroupScene.token)", .revokeInvite(group, token: GroupScene.token)),
        ("/join \(GroupScene.token)", .acceptInvite(token: GroupScene.token)),
        ("/approve +15551230009", .decideRequest(group, "+15551230009", isApproved: true)),
        ("/decline ada", .decideRequest(group, ada.description, isApproved: false)),
        ("/react 1 👍", .react(group, hello, emoji: "👍")),
        ("/react 1", .react(group, hello, emoji: "")),
        ("/edit 1 hello  there", .edit(group, hello, text: "hello  there")),
        ("/delete 2", .delete(group, poll)),
        ("/pin 1", .pin(group, hello)),
        ("/unpin 1", .unpin(group, hello)),
        ("/vote 2 1 2", .vote(group, poll, options: [0, 1])),
        ("/vote 2", .vote(group, poll, options: [])),
        (
            "/disappear OFF",
            .setSettings(group, ConversationSettings(disappearAfter: .zero))
        ),
        (
            "/disappear 1d",
            .setSettings(group, ConversationSettings(disappearAfter: .seconds(86400)))
        ),
        ("/block ada", .block(ada.description)),
        ("/unblock +15551230009", .unblock("+15551230009")),
    ]

    @Test(arguments: calls)
    func aCommandMakesItsCall(line: String, request: ConversationRequest) {
        var model = model()
        let id = ids.next(SubmissionID.self)
        let line = line.replacing("+1 555 1230", with: "+15551230")
        #expect(model.run(line, id: id, now: now) == [.call(request, id)])
        #expect(model.unanswered == 1)
    }

    static let changes: [(String, PersonalRequest)] = [
        ("/mute", .setPreferences(group, ConversationPreferences(mutedUntil: ChatModel.forEver))),
        (
            "/mute 8h",
            .setPreferences(group, ConversationPreferences(mutedUntil: now + .seconds(28_800)))
        ),
        (
            "/mute OFF",
            .setPreferences(
                group,
                ConversationPreferences(mutedUntil: Timestamp(milliseconds: 0))
            )
        ), ("/archive", .setPreferences(group, ConversationPreferences(isArchived: true))),
        ("/unarchive", .setPreferences(group, ConversationPreferences(isArchived: false))),
        ("/star 1", .star(group, hello)), ("/unstar 2", .unstar(group, poll)),
        ("/delete 1 me", .hide(group, hello)), ("/delete 1 ME", .hide(group, hello)),
        ("/privacy receipts off", .setPrivacy(PrivacySettings(readReceipts: false))),
        (
            "/privacy presence Contacts receipts on",
            .setPrivacy(PrivacySettings(readReceipts: true, presence: .contacts))
        ), ("/contact bob byrd", .addContact(bob.description)),
        ("/contact +15551230009", .addContact("+15551230009")),
        ("/uncontact ada", .removeContact(ada.description)),
        ("/remove-device \(tablet)", .removeDevice(tablet)),
        ("/remove-device \(tablet.description.suffix(6))", .removeDevice(tablet)),
    ]

    private static let tablet = ids.next(DeviceID.self)

    @Test(arguments: changes)
    func whatOneSetsForOneselfIsItsCall(line: String, request: PersonalRequest) {
        var model = model()
        _ = model.rows(of: [AccountDevice(Self.tablet, name: "tablet")])
        let id = ids.next(SubmissionID.self)
        #expect(model.run(line, id: id, now: now) == [.set(request, id)])
        #expect(model.unanswered == 1)
        #expect(model.wasSet(id) == [.notice(PersonalText.done(request))])
        #expect(model.wasSet(id).isEmpty)
        #expect(model.unanswered == 0)
    }

    @Test func whatCouldNotBeSetIsSaidWithWhatWasTyped() {
        var model = model()
        let id = ids.next(SubmissionID.self)
        _ = model.run("/star 1", id: id, now: now)
        #expect(
            model.fail(id, "log_unavailable", "")
                == [.notice("/star 1: the server cannot take anything at the moment")]
        )
        #expect(model.unanswered == 0)
        #expect(!model.lines.contains { $0.isStarred })
    }

    static let complaints: [(String, String)] = [
        ("/mute soon", "/mute [8h|7d|off]"), ("/mute 1h 2h", "/mute [8h|7d|off]"),
        ("/star", "/star N"), ("/star 9", "there is no message 9 here"),
        ("/delete 1 you", "/delete N [me]"), ("/privacy receipts", "/privacy [WHAT HOW…]"),
        ("/privacy receipts maybe", "/privacy [WHAT HOW…]"),
        ("/privacy receipts on receipts off", "/privacy [WHAT HOW…]"),
        ("/contact", "whom?"), ("/remove-device", "/remove-device ID"),
        ("/remove-device phone", "there is no such device; /devices lists their ids"),
        ("/fly", "/fly is not a command; /help lists them"),
        ("/group", "/group NAME [WHO…]: make a group and go there"),
        ("/add", "/add WHO…: make accounts members"),
        ("/add dave", "nobody is called “dave” here"),
        ("/role ada", "/role WHO ROLE"),
        ("/role ada king", "a role is member, moderator or admin"),
        ("/react x 👍", "/react N [EMOJI]"),
        ("/react 0 👍", "/react N [EMOJI]"),
        ("/edit 7 text", "there is no message 7 here"),
        ("/vote 1 1", "message 1 is no poll"),
        ("/vote 2 x", "/vote N [A…]"),
        ("/poll where? | air", "/poll QUESTION | A | B…"),
        ("/poll where? | | tree", "/poll QUESTION | A | B…"),
        ("/disappear soon", "/disappear OFF|1h|1d|7d"),
        ("/join abc", "an invite's token has 52 letters and digits"),
        ("/invite please", "/invite [needs-approval]"),
        ("/block", "whom?"),
        ("/to nobody at all", "nobody is called “nobody at all” here"),
        ("/leave now", "/leave: leave the conversation"),
    ]

    @Test(arguments: complaints)
    func whatIsNotUnderstoodIsExplainedAndAsksForNothing(line: String, words: String) {
        var model = model()
        guard case .notice(let text)? = model.run(line, id: ids.next(), now: now).first else {
            Issue.record("no notice")
            return
        }
        #expect(text.hasPrefix(words))
        #expect(model.unanswered == 0)
    }

    @Test(arguments: [
        "/add ada", "/name x", "/invite", "/members", "/requests", "/leave", "/ban ada",
    ])
    func whatIsForGroupsIsNotDoneWithAPerson(line: String) {
        var model = ChatModel(me: GroupScene.me, target: ChatTarget(.account(ada)))
        #expect(
            model.run(line, id: ids.next(), now: now)
                == [.notice("this is no group or channel: /to one, or /group makes one")]
        )
    }

    @Test func inADirectConversationItsPersonIsBlockedAndItsMessagesDisappear() {
        var model = ChatModel(me: GroupScene.me, target: ChatTarget(.address("+15551230009")))
        let id = ids.next(SubmissionID.self)
        #expect(model.run("/block", id: id, now: now) == [.call(.block("+15551230009"), id)])
        guard case .notice? = model.run("/disappear 1h", id: ids.next(), now: now).first else {
            Issue.record("a conversation that is not known has settings")
            return
        }
        model.turn(to: ChatTarget(.account(ada)))
        let direct = ConversationID(directBetween: GroupScene.me, and: ada)
        let settings = ConversationSettings(disappearAfter: .seconds(3600))
        let second = ids.next(SubmissionID.self)
        #expect(
            model.run("/disappear 1h", id: second, now: now)
                == [.call(.setSettings(direct, settings), second)]
        )
    }

    @Test func aMessageAReplyAndAPollGoToTheGroup() {
        var model = model()
        let id = ids.next(SubmissionID.self)
        let text = OutgoingMessage(
            id: id,
            to: .conversation(group),
            text: "hi",
            clientTimestamp: now
        )
        #expect(model.say("hi", id: id, now: now) == [.submit(text)])
        let second = ids.next(SubmissionID.self)
        // Its own "hi" is message 1 now, and has no place yet.
        #expect(
            model.run("/reply 1 yes", id: second, now: now)
                == [.notice("message 1 is still on its way")]
        )
        let reply = OutgoingMessage(
            id: second,
            to: .conversation(group),
            content: .text("yes  indeed"),
            replyTo: Self.hello,
            clientTimestamp: now
        )
        #expect(model.run("/reply 2 yes  indeed", id: second, now: now) == [.submit(reply)])
        let third = ids.next(SubmissionID.self)
        let poll = OutgoingMessage(
            id: third,
            to: .conversation(group),
            content: .poll(Poll(question: "where to?", options: ["the air", "a tree"])),
            clientTimestamp: now
        )
        #expect(
            model.run("/poll where to? | the air|a tree ", id: third, now: now) == [.post(poll)]
        )
        #expect(model.unanswered == 3)
        #expect(GroupScene.screen(model).contains { $0.hasSuffix("○ 2. a tree ⋯") })
    }

    @Test func commandsForTheScreenChangeOnlyThat() {
        var model = model()
        func run(_ line: String) -> [ChatEffect] { model.run(line, id: ids.next(), now: now) }
        #expect(run("/help") == [.panel(.help(page: 1))])
        #expect(run("/help 2") == [.panel(.help(page: 2))])
        #expect(run("/list") == [.showList])
        #expect(run("/members") == [.showMembers(group)])
        #expect(run("/older") == [.scrollUp])
        #expect(run("/newest") == [.showEnd])
        #expect(run("/quit") == [.quit])
        #expect(run("/exit") == [.quit])
        #expect(run("/retry") == [.notice("nothing has failed")])
        #expect(run("/requests") == [.showRequests(group)])
        #expect(run("/starred") == [.look(.starred)])
        #expect(run("/privacy") == [.look(.privacy)])
        #expect(run("/contacts") == [.look(.contacts)])
        #expect(run("/devices") == [.look(.devices)])
        #expect(run("/link") == [.makeLink])
        #expect(run("/numbers").isEmpty)
        #expect(GroupScene.screen(model).contains("1 22:13 ada  hello"))
        #expect(run("/numbers").isEmpty)
        #expect(GroupScene.screen(model).contains("22:13 ada  hello"))
    }

    @Test func oneGoesToConversationsByNameIdOrPerson() {
        var model = model()
        func goes(_ line: String) -> OutgoingMessage.Recipient? {
            model.run(line, id: ids.next(), now: now) == [.turned]
                ? model.target.recipient : nil
        }
        #expect(goes("/to ada") == .account(ada))
        #expect(model.conversation == ConversationID(directBetween: GroupScene.me, and: ada))
        #expect(goes("/to swifts of lisbon") == .conversation(group))
        #expect(goes("/to +1 555 123 0009") == .address("+15551230009"))
        #expect(model.conversation == nil)
        #expect(goes("/to \(group)") == .conversation(group))
        let unknown = ids.next(ConversationID.self)
        #expect(goes("/to \(unknown)") == .conversation(unknown))
        #expect(goes("/to \(bob)") == .account(bob))
        model.take([
            ConversationSummary(
                conversationID: ConversationID(high: 5, low: 5),
                kind: "direct",
                name: "Carol",
                members: [GroupScene.me, GroupScene.carol]
            )
        ])
        #expect(goes("/to \(ConversationID(high: 5, low: 5))") == .account(GroupScene.carol))
        #expect(goes("/to carol") == .account(GroupScene.carol))
    }

    @Test func everyCommandHasItsHelpAndReadsItsOwnSynopsis() {
        #expect(Set(CommandTable.names).count == CommandTable.names.count)
        for spec in CommandTable.all {
            #expect(!spec.help.isEmpty && spec.help.count <= 60)
            #expect(spec.synopsis.count <= 26)
        }
    }

    @Test(arguments: [
        ("off", Duration?.some(.zero)), ("1h", .seconds(3600)), ("7D", .seconds(604_800)),
        ("90m", .seconds(5400)), ("h", nil), ("-1h", nil), ("1y", nil), ("", nil),
    ])
    func spansOfTimeAreReadAsPeopleWriteThem(text: String, span: Duration?) {
        #expect(TimeSpan.parse(text) == span)
    }
}
