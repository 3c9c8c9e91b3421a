import Events
import Testing

@testable import ChatClient
@testable import MartletClient

private let ada = GroupScene.ada
private let bob = GroupScene.bob
private let group = GroupScene.group
private let now = GroupScene.now

@Suite struct HistoryModelTests {
    /// Messages 1 to `count` of the group, by seq - 1.
    private func messages(_ count: Int) -> [MessageEvent] {
        (1...count).map { GroupScene.message(UInt64($0), .text("m\($0)")) }
    }

    /// A page of the messages at these places.
    private func page(
        _ messages: [MessageEvent],
        _ seqs: ClosedRange<Int>,
        missing: [MissingRange] = []
    ) -> EventPage {
        EventPage(
            events: messages[(seqs.lowerBound - 1)..<seqs.upperBound].reversed().map {
                .message($0)
            },
            nextBeforeSeq: seqs.lowerBound > 1 ? UInt64(seqs.lowerBound) : nil,
            missing: missing
        )
    }

    /// A page that goes the other way.
    private func newer(_ messages: [MessageEvent], _ seqs: ClosedRange<Int>) -> EventPage {
        EventPage(
            events: messages[(seqs.lowerBound - 1)..<seqs.upperBound].map { .message($0) },
            nextAfterSeq: seqs.upperBound < messages.count ? UInt64(seqs.upperBound) : nil
        )
    }

    private func seqs(_ model: ChatModel) -> [Int] { model.lines.compactMap(\.seq).map { Int($0) } }

    private func texts(_ model: ChatModel) -> [String] { model.historyMarks.map(\.text) }

    private func scroll(_ model: inout ChatModel, up: Bool) -> [ChatEffect] {
        model.fetch(towards: model.historyMarks, goingUp: up)
    }

    // MARK: Scrolling

    @Test func scrollingUpAsksForEachPageOnceAndSaysSo() {
        var model = GroupScene.model()
        let all = messages(50)
        _ = model.add(page(all, 21...50), isOlder: false)
        #expect(GroupScene.screen(model, rows: 60).contains { $0.hasSuffix("messages: PageUp") })
        #expect(scroll(&model, up: true) == [.load(.before(21))])
        #expect(scroll(&model, up: true).isEmpty)
        let loading = "loading older messages…"
        #expect(texts(model) == [loading])
        #expect(GroupScene.screen(model, rows: 60).contains { $0.hasSuffix(loading) })
        #expect(model.add(page(all, 1...20), for: .before(21)).isEmpty)
        #expect(seqs(model) == Array(1...50))
        #expect(!GroupScene.screen(model, rows: 60).joined().contains("loading"))
        #expect(texts(model) == ["the beginning of the conversation"])
        #expect(scroll(&model, up: true).isEmpty)
        // The same page again, which nobody waits for, changes nothing.
        #expect(model.add(page(all, 1...20), for: .before(21)).isEmpty)
        #expect(seqs(model) == Array(1...50))
    }

    @Test func aPageThatDoesNotComeIsToldWithHowToTryAgain() {
        var model = GroupScene.model()
        _ = model.add(page(messages(50), 21...50), isOlder: false)
        _ = scroll(&model, up: true)
        #expect(model.notFetched(.before(21), "the server does not answer").isEmpty)
        #expect(
            texts(model) == ["no older messages: the server does not answer; PageUp tries again"]
        )
        #expect(scroll(&model, up: true) == [.load(.before(21))])
        #expect(texts(model) == ["loading older messages…"])
        var empty = GroupScene.model()
        _ = empty.fetch(.newest)
        #expect(texts(empty) == ["loading messages…"])
        _ = empty.notFetched(.newest, "the server cannot be reached")
        #expect(scroll(&empty, up: true) == [.load(.newest)])
        _ = empty.notFetched(.newest, "the server cannot be reached")
        let connected = DeviceSession.Change.connected(InboxPosition(epoch: 1, offset: Offset(9)))
        #expect(empty.apply(connected) == [.load(.newest)])
        #expect(empty.apply(connected).isEmpty)
    }

    @Test func pagesWithNothingToShowAreFollowedButNotForEver() {
        var model = GroupScene.model()
        let place = MessagePlace(ids.next(), seq: 1)
        var seq: UInt64 = 500
        func reaction() -> EventPage {
            seq -= 1
            return EventPage(
                events: [
                    .conversation(GroupScene.event(seq, .reaction(place, emoji: "👍")))
                ],
                nextBeforeSeq: seq
            )
        }
        #expect(model.add(reaction(), isOlder: false) == [.load(.before(seq))])
        for _ in 0..<9 {
            let request = HistoryRequest.before(seq)
            #expect(model.add(reaction(), for: request) == [.load(.before(seq))])
        }
        let request = HistoryRequest.before(seq)
        #expect(model.add(reaction(), for: request).isEmpty)
        #expect(scroll(&model, up: true) == [.load(.before(seq))])
    }

    @Test func whatCannotBeReadIsSaidInItsPlace() {
        var model = GroupScene.model()
        let all = messages(50)
        let damaged = MissingRange(fromSeq: 11, toSeq: 40, reason: .archiveCorrupt)
        var part = page(all, 1...10)
        part.events = page(all, 41...50).events + part.events
        part.missing = [damaged]
        _ = model.add(part, isOlder: false)
        let screen = GroupScene.screen(model, rows: 40, columns: 80)
        let text = "messages 11 to 40 can't be read at the moment (archive damaged)"
        let place = screen.firstIndex { $0.hasSuffix(text) }
        #expect(place.map { screen[$0 - 1].hasSuffix("m10") } == true)
        #expect(place.map { screen[$0 + 1].hasSuffix("m41") } == true)
    }

    @Test func farUpTheNewestAreForgottenAndComeBackOnTheWayDown() {
        var model = GroupScene.model()
        model.linesMax = 500
        let all = messages(model.linesMax + 200)
        let last = all.count
        _ = model.add(page(all, (last - 99)...last), isOlder: false)
        let pending = ids.next(SubmissionID.self)
        _ = model.say("on its way", id: pending, now: now)
        var low = last - 99
        while low > 1 {
            let next = max(1, low - 100)
            #expect(scroll(&model, up: true) == [.load(.before(UInt64(low)))])
            _ = model.add(page(all, next...(low - 1)), for: .before(UInt64(low)))
            low = next
        }
        #expect(model.lines.count == model.linesMax)
        #expect(model.lines.first?.seq == 1)
        #expect(model.lines.last?.id == pending)
        #expect(model.history.end == .open)
        // What comes now is not for the screen, and is counted.
        let news = GroupScene.message(UInt64(last + 1), .text("news"))
        #expect(model.apply(GroupScene.change(news)).isEmpty)
        #expect(GroupScene.screen(model).joined().contains("1 new below, /newest"))
        let top = model.linesMax - 1
        #expect(scroll(&model, up: false) == [.load(.after(UInt64(top)))])
        let effects = model.add(
            newer(all + [news], (top + 1)...(top + 100)),
            for: .after(UInt64(top))
        )
        #expect(effects.isEmpty)
        #expect(model.lines.count == model.linesMax)
        #expect(model.lines.first { $0.seq != nil }?.seq == 101)
        #expect(texts(model).first == "… older messages: PageUp")
        #expect(model.run("/newest", id: ids.next(), now: now) == [.load(.newest), .showEnd])
        let end = page(all + [news], (last - 28)...(last + 1))
        #expect(model.add(end, for: .newest) == [.read(group, UInt64(last + 1))])
        #expect(model.history.end == .live)
        #expect(!GroupScene.screen(model).joined().contains("new below"))
    }

    // MARK: While a page is under way

    @Test func whatHappensToAMessageWhileItsPageIsFetchedIsNotLost() {
        var model = GroupScene.model()
        let all = messages(50)
        _ = model.add(page(all, 21...50), isOlder: false)
        let places = all.map { MessagePlace($0.messageID, seq: $0.seq) }
        // The store is behind the socket: a page that is asked for after this may still not have it.
        let early = ConversationChange.edited(places[0], .text("edited early"))
        _ = model.apply(GroupScene.change(GroupScene.event(51, early)))
        _ = scroll(&model, up: true)
        let changes: [ConversationChange] = [
            .edited(places[1], .text("edited")), .edited(places[1], .text("edited twice")),
            .deleted(places[2]), .edited(places[3], .text("too late")), .deleted(places[3]),
            .reaction(places[4], emoji: "👍"),
        ]
        for (number, change) in changes.enumerated() {
            _ = model.apply(GroupScene.change(GroupScene.event(UInt64(52 + number), change)))
        }
        // Of message 3 the page knows already that it was deleted, and it stays so.
        var read = all
        read[2].content = .deleted
        _ = model.add(page(read, 1...20), for: .before(21))
        #expect(
            model.lines.prefix(5).map(\.text) == [
                "edited early", "edited twice", "this message was deleted",
                "this message was deleted", "m5",
            ]
        )
        #expect(model.lines[0].isEdited && model.lines[1].isEdited)
        #expect(model.lines[4].tally.emojis.map(\.emoji) == ["👍"])
        // And what happens from then on happens to what is on show.
        let again = ConversationChange.edited(places[0], .text("edited late"))
        _ = model.apply(GroupScene.change(GroupScene.event(60, again)))
        #expect(model.lines[0].text == "edited late")
    }

    @Test func aReactionThatAPageCountsAlreadyIsNotCountedTwice() {
        var model = GroupScene.model()
        let message = GroupScene.message(1, .text("hello"))
        let place = MessagePlace(message.messageID, seq: 1)
        _ = model.apply(GroupScene.change(GroupScene.event(2, .reaction(place, emoji: "👍"))))
        var told = message
        told.updates.reactions = [MessageUpdates.Reaction(emoji: "👍", count: 1)]
        let reaction = GroupScene.event(2, .reaction(place, emoji: "👍"))
        let page = EventPage(events: [.conversation(reaction), .message(told)])
        _ = model.add(page, isOlder: false)
        #expect(model.lines[0].tally.emojis.map(\.count) == [1])
    }

    @Test func aDeletionThatThePageKnowsIsNotUndoneByAnEditBeforeIt() {
        var model = GroupScene.model()
        let all = messages(40)
        _ = model.add(page(all, 21...40), isOlder: false)
        _ = scroll(&model, up: true)
        let place = MessagePlace(all[0].messageID, seq: 1)
        let edit = ConversationChange.edited(place, .text("edited"))
        _ = model.apply(GroupScene.change(GroupScene.event(41, edit)))
        var read = all
        read[0].content = .deleted
        _ = model.add(page(read, 1...20), for: .before(21))
        #expect(model.lines[0].content == .deleted)
    }

    @Test func whatIsDeletedForOneselfWhileItsPageIsFetchedDoesNotAppear() {
        var model = GroupScene.model()
        let all = messages(40)
        _ = model.add(page(all, 21...40), isOlder: false)
        _ = scroll(&model, up: true)
        let hidden = PersonalChange.hidden(group, all[4].messageID)
        _ = model.apply(
            .event(
                .personal(PersonalEvent(hidden, serverTimestamp: now)),
                InboxPosition(epoch: 1, offset: Offset(1))
            )
        )
        _ = model.add(page(all, 1...20), for: .before(21))
        #expect(seqs(model).contains(4) && !seqs(model).contains(5))
    }

    // MARK: Gaps

    @Test func afterAGapWhatIsNotHereIsMarkedAndCanBeFetchedFromBothEnds() {
        var model = GroupScene.model()
        let all = messages(100)
        _ = model.add(page(all, 1...10), isOlder: false)
        let gap = DeviceSession.Change.gap(InboxPosition(epoch: 1, offset: Offset(9)))
        #expect(model.apply(gap) == [.load(.newest)])
        // It is under way, and was perhaps read before: it will be asked for again.
        #expect(model.apply(gap).isEmpty)
        #expect(
            model.add(page(all, 71...100), for: .newest) == [
                .read(group, 100), .load(.newest),
            ]
        )
        #expect(model.add(page(all, 71...100), for: .newest) == [.read(group, 100)])
        #expect(
            texts(model) == [
                "the beginning of the conversation", "… more messages: PageUp or PageDown",
            ]
        )
        #expect(scroll(&model, up: false) == [.load(.after(10))])
        #expect(texts(model).last == "loading more messages…")
        // One end at a time.
        #expect(scroll(&model, up: true).isEmpty)
        _ = model.add(newer(all, 11...40), for: .after(10))
        #expect(scroll(&model, up: true) == [.load(.before(71))])
        _ = model.add(page(all, 41...70), for: .before(71))
        #expect(seqs(model) == Array(1...100))
        #expect(texts(model) == ["the beginning of the conversation"])
    }

    @Test func whatWasDeletedAndEditedDuringAGapIsNotShownAsItWas() {
        var model = GroupScene.model()
        let all = messages(40)
        _ = model.add(page(all, 11...40), isOlder: false)
        _ = scroll(&model, up: true)
        _ = model.add(page(all, 1...10), for: .before(11))
        let gap = DeviceSession.Change.gap(InboxPosition(epoch: 1, offset: Offset(9)))
        _ = model.apply(gap)
        let first = MessagePlace(all[0].messageID, seq: 1)
        let second = MessagePlace(all[1].messageID, seq: 2)
        let newest = EventPage(
            events: [
                .conversation(GroupScene.event(42, .edited(second, .text("edited")))),
                .conversation(GroupScene.event(41, .deleted(first))),
            ]
                + page(all, 13...40).events,
            nextBeforeSeq: 13
        )
        _ = model.add(newest, for: .newest)
        #expect(model.lines[0].content == .deleted)
        #expect(model.lines[1].content == .text("edited") && model.lines[1].isEdited)
        #expect(model.lines[2].content == .text("m3"))
    }
}
