import Events
import Testing

@testable import ChatClient
@testable import MartletClient

private let me = GroupScene.me
private let ada = GroupScene.ada
private let bob = GroupScene.bob
private let group = GroupScene.group
private let now = GroupScene.now
private let direct = ConversationID(directBetween: me, and: bob)

@Suite struct SearchModelTests {
    private func run(_ line: String, _ model: inout ChatModel) -> [ChatEffect] {
        model.run(line, id: ids.next(), now: now)
    }

    private func request(
        _ words: String,
        in conversation: ConversationID? = nil,
        before: String? = nil,
        limit: Int = 10
    ) -> MessageSearch.Request {
        MessageSearch.Request(
            words: words,
            conversation: conversation,
            before: before,
            limit: limit
        )
    }

    /// Hits in the group, the first of them the newest.
    private func hits(_ seqs: [UInt64]) -> [MessageEvent] {
        seqs.map { GroupScene.message($0, .text("the swift number \($0)")) }
    }

    private func elsewhere(_ seq: UInt64, _ text: String) -> MessageEvent {
        MessageEvent(
            conversationID: direct,
            seq: seq,
            messageCount: seq,
            messageID: ids.next(),
            sender: me,
            recipient: bob,
            serverTimestamp: now,
            text: text
        )
    }

    /// A page with everything up to this seq, or up to these messages.
    private func newest(_ top: UInt64) -> EventPage {
        let seqs = (max(top, 30) - 29)...top
        return EventPage(
            events: seqs.reversed().map { .message(GroupScene.message($0, .text("m\($0)"))) },
            nextBeforeSeq: seqs.lowerBound > 1 ? seqs.lowerBound : nil
        )
    }

    private func around(_ hit: MessageEvent, _ seqs: ClosedRange<UInt64>) -> EventPage {
        EventPage(
            events: seqs.map { seq in
                var message = hit
                guard seq != hit.seq else { return .message(hit) }
                message.seq = seq
                message.messageID = ids.next()
                message.content = .text("m\(seq)")
                return .message(message)
            },
            nextBeforeSeq: seqs.lowerBound,
            nextAfterSeq: seqs.upperBound
        )
    }

    // MARK: Searching

    @Test(arguments: [
        ("/search swift", "swift", false),
        (#"/search "a swift"  flies"#, #""a swift"  flies"#, false),
        ("/search --here swift*", "swift*", true), (#"/search "--here""#, #""--here""#, false),
        ("/search --herein", "--herein", false),
    ])
    func wordsAreSearchedForAsTheyWereTyped(line: String, words: String, isHere: Bool) {
        var model = GroupScene.model()
        let wanted = request(words, in: isHere ? group : nil)
        #expect(run(line, &model) == [.panel(.search), .search(wanted)])
    }

    @Test(arguments: [
        ("/search", "/search WORDS"), ("/search --here", "/search [--here] [WORDS]"),
        ("/open 1", "/open N: goes to a hit"), ("/open", "/open N"), ("/open x", "/open N"),
        ("/export", "/export FILE"), ("/newest now", "/newest"),
    ])
    func whatIsNotUnderstoodIsExplained(line: String, words: String) {
        var model = GroupScene.model()
        guard case .notice(let text)? = run(line, &model).first else {
            Issue.record("no notice")
            return
        }
        #expect(text.hasPrefix(words))
    }

    @Test func hereIsNowhereBeforeThereIsAConversation() {
        var model = ChatModel(me: me, target: ChatTarget(.address("+15551230009")))
        guard case .notice? = run("/search --here swift", &model).first else {
            Issue.record("searched in no conversation")
            return
        }
        #expect(model.search == nil)
    }

    @Test func pagesOfHitsFollowOneAnotherAndGoBack() {
        var model = GroupScene.model()
        model.hitsPerPage = 2
        let first = request("swift", limit: 2)
        _ = run("/search swift", &model)
        // It is under way: once is enough.
        #expect(run("/search", &model) == [.panel(.search)])
        let page = SearchPage(messages: hits([90, 70]), nextBefore: "x")
        #expect(model.found(page, for: first).isEmpty)
        #expect(model.found(page, for: first).isEmpty)
        #expect(model.search?.hits.count == 2)
        let second = request("swift", before: "x", limit: 2)
        #expect(run("/search", &model) == [.panel(.search), .search(second)])
        _ = model.found(SearchPage(messages: hits([50])), for: second)
        #expect(model.search?.first == 2)
        #expect(
            run("/search", &model) == [.panel(.search), .notice("that is all that was found")]
        )
        #expect(model.findNewer() == [.panel(.search)])
        #expect(model.search?.first == 0)
        #expect(model.findOlder() == [.panel(.search)])
        #expect(model.search?.first == 2)
    }

    @Test func anAnswerToAnEarlierSearchIsNotTheAnswerToThis() {
        var model = GroupScene.model()
        _ = run("/search swift", &model)
        _ = run("/search martlet", &model)
        _ = model.found(SearchPage(messages: hits([9])), for: request("swift"))
        #expect(model.search?.hits.isEmpty == true)
        model.notFound(request("swift"), "no")
        #expect(model.search?.failure == nil)
    }

    @Test func emptyPagesAreFollowedButNotForEver() {
        var model = GroupScene.model()
        _ = run("/search swift", &model)
        var next = request("swift")
        for number in 0..<9 {
            let page = SearchPage(messages: [], nextBefore: "\(number)")
            let following = request("swift", before: "\(number)")
            #expect(model.found(page, for: next) == [.search(following)])
            next = following
        }
        #expect(model.found(SearchPage(messages: [], nextBefore: "9"), for: next).isEmpty)
    }

    @Test func soManyHitsAreKeptAndNoMore() {
        var model = GroupScene.model()
        _ = run("/search swift", &model)
        let many = SearchPage(
            messages: hits(Array(1...UInt64(MessageSearch.hitsMax))),
            nextBefore: "x"
        )
        _ = model.found(many, for: request("swift"))
        #expect(model.search?.next == nil)
        #expect(
            GroupScene.screen(model, columns: 90, panel: .search)
                .joined().contains("more words find fewer")
        )
    }

    @Test func aRefusalIsToldInTheServersWordsAndCanBeTriedAgain() {
        var model = GroupScene.model()
        _ = run(#"/search "swift"#, &model)
        let asked = request(#""swift"#)
        model.notFound(asked, "a quotation mark is not closed")
        let screen = GroupScene.screen(model, panel: .search)
        #expect(screen.contains(#" “"swift”: a quotation mark is not closed"#))
        #expect(run("/search", &model) == [.panel(.search), .search(asked)])
    }

    // MARK: Going there

    /// A model with the newest 30 of 100 messages, and a search that found these.
    private func found(_ messages: [MessageEvent]) -> ChatModel {
        var model = GroupScene.model()
        _ = model.add(newest(100), isOlder: false)
        _ = run("/search swift", &model)
        _ = model.found(SearchPage(messages: messages), for: request("swift"))
        return model
    }

    @Test func aHitOfTheConversationOnShowIsThereAtOnceOrWithWhatIsAroundIt() {
        let hit = hits([40])[0]
        var model = found([hit])
        #expect(run("/open 2", &model).first.map { "\($0)" }?.contains("no hit 2") == true)
        #expect(run("/open 1", &model) == [.load(.around(40))])
        #expect(GroupScene.screen(model).joined().contains("going there…"))
        #expect(model.add(around(hit, 31...50), for: .around(40)) == [.show(hit.messageID)])
        #expect(!GroupScene.screen(model).joined().contains("going there…"))
        #expect(
            model.historyMarks.map(\.text) == [
                "… older messages: PageUp", "… more messages: PageUp or PageDown",
            ]
        )
        #expect(run("/open 1", &model) == [.show(hit.messageID)])
        // What comes is at the end, as always.
        let news = GroupScene.message(101, .text("news"))
        #expect(model.apply(GroupScene.change(news)) == [.read(group, 101)])
        #expect(model.lines.last?.text == "news")
    }

    @Test func aHitElsewhereOpensThatConversationThereAndLeavesWhatIsNewUnread() {
        let hit = elsewhere(40, "a swift")
        var model = found([hit])
        var news = elsewhere(100, "news")
        news.sender = bob
        _ = model.apply(GroupScene.change(news))
        #expect(run("/open 1", &model) == [.jumped, .load(.around(40))])
        #expect(model.target == ChatTarget(.account(bob)))
        #expect(model.conversation == direct)
        #expect(model.add(around(hit, 31...50), for: .around(40)) == [.show(hit.messageID)])
        #expect(GroupScene.screen(model, columns: 80).joined().contains("1 new below, /newest"))
        // Nothing is read that one has not come to.
        news.seq = 101
        news.messageID = ids.next()
        #expect(model.apply(GroupScene.change(news)).isEmpty)
        #expect(!model.lines.contains { $0.text == "news" })
        var up: UInt64 = 50
        while model.history.end == .open {
            let request = HistoryRequest.after(up)
            #expect(
                model.fetch(towards: model.historyMarks, goingUp: false) == [.load(request)]
            )
            var page = around(news, (up + 1)...min(up + 30, 101))
            page.nextBeforeSeq = nil
            page.nextAfterSeq = up + 30 < 101 ? up + 30 : nil
            let effects = model.add(page, for: request)
            #expect(effects == (up + 30 < 101 ? [] : [.read(direct, 101)]))
            up += 30
        }
        #expect(model.lines.compactMap(\.seq) == (31...101).map { UInt64($0) })
        #expect(model.elsewhere[direct] == nil)
        news.seq = 102
        news.messageID = ids.next()
        #expect(model.apply(GroupScene.change(news)) == [.read(direct, 102)])
        #expect(model.lines.last?.seq == 102)
    }

    @Test func whoWritesWhileFarUpIsWhereTheNewestAre() {
        let hit = elsewhere(40, "a swift")
        var model = found([hit])
        _ = run("/open 1", &model)
        _ = model.add(around(hit, 31...50), for: .around(40))
        let id = ids.next(SubmissionID.self)
        let effects = model.say("hello", id: id, now: now)
        #expect(effects.first == .load(.newest))
        #expect(effects.count == 2)
        #expect(model.lines.last?.id == id)
        var sent = elsewhere(81, "hello")
        sent.messageID = id
        _ = model.apply(GroupScene.change(sent))
        let page = around(elsewhere(80, "m80"), 61...80)
        _ = model.add(
            EventPage(events: page.events.reversed(), nextBeforeSeq: 61),
            for: .newest
        )
        #expect(model.lines.last?.id == id)
        #expect(model.history.end == .live)
        #expect(
            model.historyMarks.map(\.text) == [
                "… older messages: PageUp", "… more messages: PageUp or PageDown",
            ]
        )
    }

    @Test func aMessageThatIsGoneOrDoesNotComeIsToldAndShownNowhere() {
        let hit = hits([40])[0]
        var model = found([hit])
        _ = run("/open 1", &model)
        var gone = hit
        gone.content = .hidden
        #expect(
            model.add(around(gone, 31...50), for: .around(40))
                == [.notice("the message is gone, or cannot be read at the moment")]
        )
        let second = hits([10])[0]
        model = found([second])
        _ = run("/open 1", &model)
        #expect(
            model.notFetched(.around(10), "the server does not answer")
                == [.notice("the message could not be fetched: the server does not answer")]
        )
        #expect(run("/open 1", &model) == [.load(.around(10))])
    }

    @Test func whoGoesOnBeforeHeHasArrivedArrivesWhereHeWentLast() {
        let two = hits([40, 10])
        var model = found(two)
        _ = run("/open 1", &model)
        #expect(run("/open 2", &model) == [.load(.around(10))])
        #expect(model.add(around(two[0], 31...50), for: .around(40)).isEmpty)
        #expect(
            model.add(around(two[1], 5...15), for: .around(10)) == [.show(two[1].messageID)]
        )
    }

    @Test func oneExportAtATime() {
        var model = GroupScene.model()
        #expect(run("/export my data.zip", &model) == [.export("my data.zip")])
        #expect(run("/export b.zip", &model) == [.notice("an export is under way")])
        model.exportedBytes = 12_345_678
        #expect(GroupScene.screen(model).joined().contains("exporting, 12.3 MB"))
    }

    @Test(
        arguments: [
            (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1500, "1.5 kB"),
            (2_000_000_000, "2.0 GB"),
        ] as [(Int64, String)]
    )
    func sizesAreWrittenAsPeopleReadThem(bytes: Int64, words: String) {
        #expect(ByteText.words(bytes) == words)
    }
}

@Suite struct SearchTermsTests {
    private func marked(_ query: String, _ text: String) -> String {
        let characters = Array(text)
        return SearchTerms(query).marks(in: characters).map { String(characters[$0]) }
            .joined(separator: "|")
    }

    @Test(arguments: [
        ("swift", "A Swift, swiftly: SWIFT", "Swift|SWIFT"),
        ("swift*", "A Swift, swiftly: SWIFT", "Swift|swiftly|SWIFT"),
        ("\"a swift\"", "a swift is a martlet, a, swift", "a swift|a, swift"),
        ("a \"a swift\"", "a swift is a bird", "a swift|a"), ("zurich", "nach Zürich", "Zürich"),
        ("\"swift", "swift", "swift"), ("\"\"", "swift", ""), ("*", "swift", ""),
        ("漢字", "漢字 and 漢", "漢字"), ("字", "漢字です", "字"), ("e-mail", "by E-Mail", "E-Mail"),
        ("\"low fly*\"", "low flying, low", "low flying"),
    ])
    func whatWasFoundIsMarkedWhole(query: String, text: String, marks: String) {
        #expect(marked(query, text) == marks)
    }
}
