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
private let direct = ConversationID(directBetween: me, and: ada)
private let start = ContinuousClock.now

@Suite struct SignalModelTests {
    private func connected(_ model: ChatModel) -> ChatModel {
        var model = model
        _ = model.apply(.connected(InboxPosition(epoch: 1, offset: Offset(1))))
        return model
    }

    private func withAda() -> ChatModel {
        connected(ChatModel(me: me, target: ChatTarget(.account(ada))))
    }

    private func status(_ model: ChatModel, now: Timestamp? = nil) -> String {
        GroupScene.screen(model, columns: 100, now: now).first { $0.hasPrefix("── ") } ?? ""
    }

    private func signal(
        _ model: inout ChatModel,
        _ activity: Activity,
        of account: AccountID,
        in place: ConversationID = group,
        after: Duration = .zero
    ) {
        _ = model.apply(.signal(.activity(place, account, activity)), at: start + after)
    }

    // MARK: What others do

    @Test func whoWritesIsInTheStatusLineUntilItHasEnded() {
        var model = connected(GroupScene.model())
        signal(&model, .typing, of: ada)
        #expect(status(model).hasPrefix("── connected · ada is typing… ─"))
        signal(&model, .typing, of: bob)
        #expect(status(model).contains(" · Bob Byrd and ada are typing… "))
        signal(&model, .idle, of: ada)
        #expect(status(model).contains(" · Bob Byrd is typing… "))
        signal(&model, .recording, of: bob)
        #expect(status(model).contains(" · Bob Byrd is recording… "))
        signal(&model, .idle, of: bob)
        #expect(status(model).hasPrefix("── connected ─"))
    }

    @Test func whatIsNotSaidAgainIsForgotten() {
        var model = connected(GroupScene.model())
        signal(&model, .typing, of: ada)
        signal(&model, .typing, of: bob, after: .seconds(2))
        #expect(model.activities.nextEnd == start + .seconds(6))
        signal(&model, .typing, of: ada, after: .seconds(5))
        #expect(model.activities.nextEnd == start + .seconds(8))
        model.activities.expire(at: start + .milliseconds(7999))
        #expect(model.activities.current.count == 2)
        model.activities.expire(at: start + .seconds(8))
        #expect(Array(model.activities.current.keys) == [ada])
        model.activities.expire(at: start + .seconds(11))
        #expect(model.activityText == nil)
        #expect(model.activities.nextEnd == nil)
    }

    @Test func whoHasSentDoesNotWriteAnyMore() {
        var model = connected(GroupScene.model())
        signal(&model, .typing, of: ada)
        _ = model.apply(GroupScene.change(GroupScene.message(1, .text("a"), from: bob)))
        #expect(model.activityText == "ada is typing…")
        _ = model.apply(GroupScene.change(GroupScene.message(2, .text("a"))))
        #expect(model.activityText == nil)
    }

    @Test func onlyOthersInTheConversationOnShowAreOfInterest() {
        var model = connected(GroupScene.model())
        signal(&model, .typing, of: me)
        signal(&model, .typing, of: ada, in: direct)
        #expect(model.activityText == nil)
        signal(&model, .typing, of: ada)
        model.turn(to: ChatTarget(.account(ada)))
        #expect(model.activityText == nil)
        signal(&model, .typing, of: ada, in: direct)
        #expect(model.activityText == "ada is typing…")
        _ = model.apply(.disconnected(code: nil, retryIn: .seconds(1)))
        #expect(model.activityText == nil)
    }

    @Test func aCrowdThatWritesCostsNoMoreThanSome() {
        var activities = Activities()
        for number in 0..<10_000 {
            activities.take(.typing, of: AccountID(high: 9, low: UInt64(number)), at: start)
        }
        #expect(activities.current.count == Activities.accountsMax)
        activities.take(.idle, of: AccountID(high: 9, low: 0), at: start)
        #expect(activities.current.count == Activities.accountsMax - 1)
    }

    @Test func aNameCommandsNoTerminal() {
        var model = connected(GroupScene.model())
        model.names.call(ada, "\u{1B}[2J\u{202E}a\nb")
        signal(&model, .typing, of: ada)
        #expect(
            status(model).unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E }
        )
    }

    // MARK: Presence

    @Test func theOtherOfADirectConversationIsWatchedAndShown() {
        var model = withAda()
        #expect(model.watched == [ada])
        _ = model.apply(.signal(.presence(ada, .online)))
        #expect(status(model).hasPrefix("── connected · online ─"))
        signal(&model, .typing, of: ada, in: direct)
        #expect(status(model).contains(" is typing… "))
        #expect(!status(model).contains("online"))
        signal(&model, .idle, of: ada, in: direct)
        let seen = Presence.offline(lastSeen: now)
        _ = model.apply(.signal(.presence(ada, seen)))
        #expect(status(model, now: now + .seconds(60)).contains(" · last seen 22:13 "))
        let tomorrow = now + .seconds(86_400)
        #expect(status(model, now: tomorrow).contains(" · last seen 2023-11-14 22:13 "))
        _ = model.apply(.signal(.presence(ada, .offline(lastSeen: nil))))
        #expect(status(model).hasPrefix("── connected ─"))
    }

    @Test func presenceIsNotShownOfOthersNorAfterTheConnectionEnded() {
        var model = withAda()
        _ = model.apply(.signal(.presence(bob, .online)))
        #expect(model.shownPresence == nil)
        _ = model.apply(.signal(.presence(ada, .online)))
        model.turn(to: ChatTarget(.conversation(group)))
        #expect(model.watched.isEmpty)
        #expect(model.shownPresence == nil)
        model.turn(to: ChatTarget(.account(ada)))
        #expect(model.shownPresence == nil)
        _ = model.apply(.signal(.presence(ada, .online)))
        // Who turns to where he is keeps what he knows: nobody is asked again.
        model.turn(to: ChatTarget(.account(ada)))
        #expect(model.shownPresence == .online)
        _ = model.apply(.disconnected(code: nil, retryIn: .zero))
        _ = model.apply(.connected(InboxPosition(epoch: 1, offset: Offset(1))))
        #expect(model.shownPresence == nil)
    }

    @Test func whoIsBehindAnAddressIsLearnedFromMessagesAndOnlyThenWatched() {
        let address = ChatTarget(.address("+15551230009"))
        var model = connected(
            ChatModel(me: me, target: address, addresses: [address.text: direct])
        )
        #expect(model.watched.isEmpty)
        let message = MessageEvent(
            conversationID: direct,
            seq: 1,
            messageCount: 1,
            messageID: ids.next(),
            sender: me,
            recipient: ada,
            serverTimestamp: now,
            text: "a"
        )
        _ = model.add(EventPage(events: [.message(message)]), isOlder: false)
        #expect(model.watched == [ada])
        // A conversation that is only supposed to be the right one is nobody's to watch.
        var doubtful = connected(ChatModel(me: me, target: address))
        doubtful.suppose(direct)
        _ = doubtful.add(EventPage(events: [.message(message)]), isOlder: false)
        #expect(doubtful.watched.isEmpty)
        #expect(doubtful.writingPlace == nil)
    }

    @Test func nobodyIsToldThatOneWritesWhereThereIsNobodyToTell() {
        var model = connected(GroupScene.model())
        #expect(model.writingPlace == nil)
        _ = model.apply(GroupScene.change(GroupScene.message(1, .text("a"))))
        #expect(model.writingPlace == group)
        let removed = GroupScene.event(2, .memberRemoved, [MemberChange(me, nil)])
        _ = model.apply(GroupScene.change(removed))
        #expect(model.writingPlace == nil)
        let channel = ids.next(ConversationID.self)
        model.book.take(channel, kind: "channel", name: "News")
        model.turn(to: ChatTarget(.conversation(channel)))
        var post = GroupScene.message(1, .text("a"))
        post.conversationID = channel
        _ = model.add(EventPage(events: [.message(post)]), isOlder: false)
        #expect(model.highestSeq == 1)
        #expect(model.writingPlace == nil)
    }

    // MARK: What one does oneself

    private func typing(_ place: ConversationID = group) -> OwnActivity.Notice {
        OwnActivity.Notice(activity: .typing, conversation: place)
    }

    private func idle(_ place: ConversationID = group) -> OwnActivity.Notice {
        OwnActivity.Notice(activity: .idle, conversation: place)
    }

    @Test func othersAreToldAtTheFirstLetterNowAndThenAndAtTheEnd() {
        var own = OwnActivity()
        #expect(own.edited("h", in: group, at: start) == [typing()])
        #expect(own.edited("he", in: group, at: start + .seconds(1)).isEmpty)
        #expect(own.edited("he", in: group, at: start + .seconds(5)).isEmpty)
        #expect(own.edited("hel", in: group, at: start + .seconds(5)) == [typing()])
        #expect(own.edited("help", in: group, at: start + .seconds(7)).isEmpty)
        #expect(own.edited("", in: group, at: start + .seconds(8)) == [idle()])
        #expect(own.edited("", in: group, at: start + .seconds(9)).isEmpty)
        #expect(own.edited("a", in: group, at: start + .seconds(9)) == [typing()])
        #expect(own.edited("  ", in: group, at: start + .seconds(9)) == [idle()])
        #expect(OwnActivity.interval < Signal.activityLifetime)
    }

    @Test func commandsAreNobodysBusiness() {
        var own = OwnActivity()
        #expect(own.edited("/", in: group, at: start).isEmpty)
        #expect(own.edited("/star 1", in: group, at: start + .seconds(1)).isEmpty)
        #expect(own.edited("//", in: group, at: start + .seconds(2)) == [typing()])
        #expect(own.edited("/", in: group, at: start + .seconds(3)) == [idle()])
        #expect(own.edited("a", in: nil, at: start + .seconds(4)).isEmpty)
        #expect(own.edited("ab", in: group, at: start + .seconds(5)) == [typing()])
        #expect(own.edited("abc", in: direct, at: start + .seconds(6)) == [idle(), typing(direct)])
    }
}
