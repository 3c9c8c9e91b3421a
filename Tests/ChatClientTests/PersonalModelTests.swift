import Events
import Testing

@testable import ChatClient
@testable import MartletClient

private let me = GroupScene.me
private let ada = GroupScene.ada
private let bob = GroupScene.bob
private let group = GroupScene.group
private let now = GroupScene.now
private let phone = DeviceID(high: 5, low: 1)
private let tablet = DeviceID(high: 5, low: 2)

private func told(_ change: PersonalChange) -> DeviceSession.Change {
    .event(
        .personal(PersonalEvent(change, serverTimestamp: now)),
        InboxPosition(epoch: 1, offset: Offset(1))
    )
}

private func read(_ seq: UInt64, in conversation: ConversationID = group) -> DeviceSession.Change {
    .event(
        .read(ReadEvent(conversationID: conversation, seq: seq)),
        InboxPosition(epoch: 1, offset: Offset(1))
    )
}

@Suite struct PersonalModelTests {
    // MARK: Messages

    @Test func aMarkIsShownAtItsMessageAndGoesAway() {
        var model = GroupScene.model()
        let message = GroupScene.message(1, .text("hello"))
        _ = model.apply(GroupScene.change(message))
        _ = model.apply(told(.starred(group, message.messageID)))
        #expect(GroupScene.screen(model).contains("22:13 ada  hello ★"))
        _ = model.apply(told(.unstarred(group, message.messageID)))
        #expect(GroupScene.screen(model).contains("22:13 ada  hello"))
    }

    @Test func aMarkOfAPageIsShownUnlessAnEventHasSaidOtherwise() {
        var updates = MessageUpdates()
        updates.isStarred = true
        let first = GroupScene.message(1, .text("one"), updates: updates)
        let second = GroupScene.message(2, .text("two"), updates: updates)
        var model = GroupScene.model()
        _ = model.apply(told(.unstarred(group, second.messageID)))
        let page = EventPage(events: [.message(second), .message(first)])
        _ = model.add(page, isOlder: false)
        let screen = GroupScene.screen(model)
        #expect(screen.contains("22:13 ada  one ★"))
        #expect(screen.contains("22:13 ada  two"))
        // What was told before a gap may not hold any more.
        _ = model.apply(.gap(InboxPosition(epoch: 1, offset: Offset(9))))
        _ = model.add(page, isOlder: false)
        #expect(GroupScene.screen(model).contains("22:13 ada  two ★"))
    }

    @Test func whatWasDeletedForOneselfIsGoneAndComesBackFromNoPage() {
        var model = GroupScene.model()
        let first = GroupScene.message(1, .text("one"))
        let second = GroupScene.message(2, .text("two"), replyTo: first.messageID)
        _ = model.apply(GroupScene.change(first))
        _ = model.apply(GroupScene.change(second))
        _ = model.apply(told(.hidden(group, first.messageID)))
        #expect(model.lines.map(\.id) == [second.messageID])
        #expect(GroupScene.screen(model).contains("22:13 ada  │ an earlier message"))
        let stale = EventPage(events: [.message(first), .message(second)])
        _ = model.add(stale, isOlder: false)
        #expect(model.lines.map(\.id) == [second.messageID])
        model.turn(to: ChatTarget(.account(ada)))
        model.turn(to: ChatTarget(.conversation(group)))
        _ = model.add(stale, isOlder: false)
        #expect(model.lines.map(\.id) == [second.messageID])
    }

    @Test func aPageTellsWhatWasDeletedElsewhereWhileThisDeviceWasAway() {
        var model = GroupScene.model()
        let first = GroupScene.message(1, .text("one"))
        let second = GroupScene.message(2, .text("two"))
        _ = model.apply(GroupScene.change(first))
        var gone = first
        gone.content = .hidden
        let page = EventPage(events: [.message(second), .message(gone)], nextBeforeSeq: 1)
        let effects = model.add(page, isOlder: false)
        #expect(model.lines.map(\.id) == [second.messageID])
        #expect(effects == [.read(group, 2)])
        #expect(model.history.oldestSeq == 1)
    }

    // MARK: Reading elsewhere

    private func elsewhere(_ seq: UInt64) -> DeviceSession.Change {
        GroupScene.change(GroupScene.message(seq, .text("m\(seq)")))
    }

    @Test func whatWasReadOnAnotherDeviceIsNotNewAnyMore() {
        var model = ChatModel(me: me, target: ChatTarget(.account(bob)))
        for seq: UInt64 in [1, 2, 5] { _ = model.apply(elsewhere(seq)) }
        #expect(model.elsewhere[group]?.count == 3)
        _ = model.apply(read(2))
        #expect(model.elsewhere[group]?.count == 1)
        _ = model.apply(read(1))
        #expect(model.elsewhere[group]?.count == 1)
        _ = model.apply(read(5))
        #expect(model.elsewhere[group] == nil)
        // A message that comes after its mark was read too.
        _ = model.apply(elsewhere(4))
        #expect(model.elsewhere[group] == nil)
        _ = model.apply(elsewhere(6))
        #expect(model.elsewhere[group]?.count == 1)
        #expect(GroupScene.screen(model).joined().contains("1 new elsewhere"))
    }

    @Test func aMarkTakesAwayNoInvitationAndASecondCopyCountsOnce() {
        var model = ChatModel(me: me, target: ChatTarget(.account(bob)))
        let added = GroupScene.event(3, .membersAdded, [MemberChange(me, .member)])
        _ = model.apply(GroupScene.change(added))
        _ = model.apply(read(2))
        #expect(model.elsewhere[group]?.count == 0)
        let message = GroupScene.message(4, .text("a"))
        _ = model.apply(GroupScene.change(message))
        _ = model.apply(GroupScene.change(message))
        #expect(model.elsewhere[group]?.count == 1)
    }

    @Test func moreNewMessagesThanCanBeCountedAreStillRead() {
        var unread = Unread(sender: ada)
        for seq in 1...UInt64(Unread.countMax) + 500 { unread.add(seq, from: ada) }
        #expect(unread.count == Unread.countMax)
        #expect(unread.read(upTo: 1499) == false)
        #expect(unread.read(upTo: 1500) == true)
    }

    // MARK: Lists

    private func summary(_ preferences: ConversationPreferences) -> ConversationSummary {
        ConversationSummary(
            conversationID: group,
            kind: "group",
            name: "Swifts",
            lastSeq: 9,
            unread: 4,
            readSeq: 2,
            preferences: preferences
        )
    }

    @Test func theListShowsWhatIsMutedArchivedAndReadElsewhere() {
        var model = ChatModel(me: me, target: ChatTarget(.account(bob)))
        let both = summary(
            ConversationPreferences(mutedUntil: now + .seconds(1), isArchived: true)
        )
        let text = { model.rows(of: [both], at: now)[0] }
        #expect(
            text() == "…\(group.description.suffix(6)) · group · 4 new · muted · archived  \(group)"
        )
        _ = model.apply(told(.preferences(group, ConversationPreferences(isArchived: false))))
        #expect(text().contains("4 new · muted  "))
        #expect(!model.rows(of: [both], at: now + .seconds(1))[0].contains("muted"))
        let off = ConversationPreferences(mutedUntil: Timestamp(milliseconds: 0))
        _ = model.apply(told(.preferences(group, off)))
        #expect(!text().contains("muted"))
        _ = model.apply(read(9))
        #expect(!text().contains("new"))
    }

    @Test func howFarTheListSaysThatOneHasReadCountsToo() {
        var model = ChatModel(me: me, target: ChatTarget(.account(bob)))
        model.take([summary(ConversationPreferences())])
        _ = model.apply(elsewhere(2))
        #expect(model.elsewhere[group] == nil)
        _ = model.apply(elsewhere(3))
        #expect(model.elsewhere[group]?.count == 1)
    }

    @Test func markedMessagesAreListedWithWhereTheyAre() {
        var model = GroupScene.model()
        #expect(model.rows(of: StarredPage(messages: []))[0].hasPrefix("no message is marked"))
        let unread = model.rows(of: StarredPage(messages: [], missingCount: 2))
        #expect(unread == ["2 more marked that can't be read at the moment"])
        let page = StarredPage(
            messages: [
                GroupScene.message(1, .text("hello")),
                MessageEvent(
                    conversationID: ConversationID(directBetween: me, and: bob),
                    seq: 1,
                    messageCount: 1,
                    messageID: ids.next(),
                    sender: me,
                    recipient: bob,
                    serverTimestamp: now,
                    text: "psst"
                ),
            ],
            next: "x"
        )
        #expect(
            model.rows(of: page) == [
                "Swifts of Lisbon · ada: hello", "Bob Byrd · you: psst", "… and older ones",
            ]
        )
        #expect(
            model.rows(of: [AccountPage.Entry(AccountID(high: 8, low: 8), name: "Dora")])[0]
                .hasPrefix("Dora  ")
        )
        #expect(model.run("/to dora", id: ids.next(), now: now) == [.turned])
    }

    @Test func whoWaitsIsListedOnceAndOnlyWhereItIs() {
        var model = GroupScene.model()
        let entry = AccountPage.Entry(GroupScene.carol, name: "Carol")
        model.take(waiting: [entry], in: ConversationID(high: 1, low: 1))
        #expect(model.waitingRows == nil)
        model.take(waiting: [entry], in: group)
        model.take(waiting: [entry], in: group)
        #expect(model.waitingRows?.dropFirst() == ["Carol"])
        let id = ids.next(SubmissionID.self)
        #expect(
            model.run("/approve carol", id: id, now: now)
                == [
                    .call(
                        .decideRequest(group, GroupScene.carol.description, isApproved: true),
                        id
                    )
                ]
        )
    }

    // MARK: Devices

    private func model() -> ChatModel {
        ChatModel(me: me, device: phone, target: ChatTarget(.account(bob)))
    }

    @Test func devicesAreListedAndWhatBecomesOfThemIsSaid() {
        var model = model()
        #expect(
            model.rows(of: [AccountDevice(phone, name: "phone"), AccountDevice(tablet)])
                == ["phone  \(phone)  this one", "no name  \(tablet)"]
        )
        #expect(
            Completion.complete("/remove-device \(tablet.description.dropLast(2))", model.choices)?
                .candidates.isEmpty == false
        )
        guard
            case .notice(let added)? = model.apply(told(.deviceAdded(tablet, name: "\u{1B}[2J")))
                .first
        else {
            Issue.record("a device was added and nothing was said")
            return
        }
        #expect(added.hasPrefix("a device was added to your account"))
        let screen = GroupScene.screen(model, notice: added)
        #expect(!screen.joined().contains("\u{1B}"))
        guard case .notice(let gone)? = model.apply(told(.deviceRemoved(tablet))).first else {
            Issue.record("a device was removed and nothing was said")
            return
        }
        #expect(gone.hasPrefix("a device was removed from your account"))
        #expect(model.devices.map(\.deviceID) == [phone])
    }

    @Test func aRemovalThatWasAskedForHereIsToldByItsAnswer() {
        var model = model()
        let id = ids.next(SubmissionID.self)
        _ = model.run("/remove-device \(tablet)", id: id, now: now)
        #expect(model.apply(told(.deviceRemoved(tablet))).isEmpty)
        #expect(model.wasSet(id) == [.notice("the device is signed out for good")])
        let second = ids.next(SubmissionID.self)
        _ = model.run("/remove-device \(tablet)", id: second, now: now)
        _ = model.fail(second, "not_found", "")
        #expect(!model.apply(told(.deviceRemoved(tablet))).isEmpty)
    }

    @Test func aDeviceDoesNotAnnounceItself() {
        var model = model()
        #expect(model.apply(told(.deviceAdded(phone, name: "phone"))).isEmpty)
    }

    @Test func aRemovedDeviceSaysSo() {
        var model = model()
        _ = model.apply(.connected(InboxPosition(epoch: 1, offset: Offset(1))))
        #expect(model.apply(told(.deviceRemoved(phone))).isEmpty)
        #expect(GroupScene.screen(model).joined().contains("this device was removed"))
        _ = model.apply(.stopped(ClientError(.deviceRemoved)))
        #expect(GroupScene.screen(model).joined().contains("this device was removed"))
        #expect(!model.isConnected)
    }

    @Test func aLinkCanBeCopiedWholeOrIsNotShown() {
        let token = String(repeating: "abcdefghij", count: 25)
        let panel = ChatPanel.link(token: token, minutes: 5)
        for columns in [30, 79, 300] {
            let lines = panel.lines(columns: columns, rows: 20)
            #expect(lines.allSatisfy { DisplayWidth.of($0) <= max(columns, 45) })
            let quoted = lines.dropFirst().joined().split(separator: "'").last
            #expect(quoted.map(String.init) == token)
        }
        #expect(!panel.lines(columns: 30, rows: 8).joined().contains("abc"))
    }

    @Test func privacyIsSaidInWords() {
        let all = PrivacySettings(readReceipts: true, presence: .everyone)
        #expect(
            PersonalText.lines(of: all) == [
                "others see what you have read, and you what they have",
                "everyone sees when you are online",
            ]
        )
        let none = PrivacySettings(readReceipts: false, presence: .nobody)
        #expect(
            PersonalText.lines(of: none) == [
                "nobody sees what you have read, nor you what others have",
                "nobody sees when you are online",
            ]
        )
    }
}
