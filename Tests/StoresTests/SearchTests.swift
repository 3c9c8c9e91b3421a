import Accounts
import Conversations
import Events
import Foundation
import Testing

@testable import Stores

extension HotStore {
    /// Indexes all that there is.
    func indexAllTexts(at once: Int = 1000) throws {
        while try indexTexts(limit: once) > 0 {}
    }
}

extension HotStoreReader {
    /// All that an account finds, page by page.
    func found(
        _ text: String,
        by viewer: Viewer,
        in conversation: ConversationID? = nil,
        limit: Int = 30
    ) throws -> [SearchPage.Hit] {
        let query = try SearchQuery(text)
        var hits: [SearchPage.Hit] = []
        var cursor: SearchCursor?
        repeat {
            let page = try search(
                query,
                in: conversation,
                for: viewer,
                before: cursor,
                limit: limit
            )
            hits += page?.hits ?? []
            cursor = page?.next
        } while cursor != nil
        return hits
    }
}

/// What is found among what was said.
@Suite(.onEveryStore)
struct SearchTests {
    private let folder: TemporaryFolder
    private let store: any HotStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store("history")
    }

    private func seqs(
        _ text: String,
        _ account: AccountID,
        in conversation: ConversationID? = nil
    ) throws -> [Int64] {
        try store.found(text, by: Viewer(account), in: conversation).map(\.seq)
    }

    private func isComplete(_ account: AccountID) throws -> Bool? {
        let query = try SearchQuery("x")
        return try store.search(query, in: nil, for: Viewer(account), before: nil, limit: 1)?
            .isComplete
    }

    @Test func whatWasSaidIsFoundByThoseWhoMaySeeItNewestFirst() throws {
        var script = Script()
        script.post("The quick brown fox", from: ada, to: bob)
        script.post("a quick question", from: bob, to: ada)
        script.post("quick, hide", from: ada, to: cleo)
        try store.apply(script.take())
        try store.indexAllTexts()
        let hits = try store.found("quick", by: Viewer(ada))
        let direct = ConversationID(directBetween: ada, and: bob)
        let other = ConversationID(directBetween: ada, and: cleo)
        #expect(hits.map(\.conversation) == [other, direct, direct])
        #expect(hits.map(\.seq) == [1, 2, 1])
        #expect(hits.allSatisfy { $0.event?.state?.presence == .here })
        #expect(try seqs("quick", ada, in: direct) == [2, 1])
        #expect(try seqs("QUICK fox", ada) == [1])
        #expect(try seqs("\"brown fox\" qui*", ada) == [1])
        #expect(try seqs("\"fox brown\"", ada) == [])
        #expect(try seqs("quick", cleo) == [1])
        #expect(try seqs("quick", dan) == [])
        // Who was never in a conversation learns nothing of it.
        let query = try SearchQuery("quick")
        let foreign = try store.search(query, in: direct, for: Viewer(cleo), before: nil, limit: 9)
        #expect(foreign == nil)
        let nothing = try store.search(query, in: nil, for: Viewer(dan), before: nil, limit: 9)
        #expect(nothing == SearchPage())
    }

    @Test func pagesGoOnWhereTheLastOneEnded() throws {
        var script = Script()
        for number in 1...95 {
            script.post("hello \(number)", from: ada, to: number.isMultiple(of: 3) ? cleo : bob)
        }
        try store.apply(script.take())
        try store.indexAllTexts()
        let whole = try store.found("hello", by: Viewer(ada), limit: 100)
        #expect(whole.count == 95)
        let times = whole.compactMap { $0.event?.event.serverTime }
        #expect(times == times.sorted(by: >))
        for limit in [1, 2, 30, 94, 95] {
            let found = try store.found("hello", by: Viewer(ada), limit: limit)
            #expect(found == whole)
        }
        let page = try store.search(
            SearchQuery("hello"),
            in: nil,
            for: Viewer(ada),
            before: nil,
            limit: 95
        )
        #expect(page?.hits.count == 95 && page?.next == nil)
        let cursor = SearchCursor(id: 1 << 60)
        #expect(SearchCursor(cursor.description) == cursor)
        for text in ["", "x", "-1", "0", "99999999999999999999", "1.2"] {
            #expect(SearchCursor(text) == nil)
        }
    }

    @Test func aSearchIsCompleteOnceTheAccountsConversationsAreIndexed() throws {
        var script = Script()
        script.post("one", from: ada, to: bob)
        script.post("two", from: ada, to: bob)
        script.post("three", from: cleo, to: dan)
        try store.apply(script.take())
        #expect(try isComplete(ada) == false)
        #expect(try seqs("one", ada) == [])
        var looked = 0
        while true {
            let count = try store.indexTexts(limit: 1)
            if count == 0 { break }
            looked += count
        }
        #expect(looked == 3)
        #expect(try isComplete(ada) == true)
        #expect(try seqs("one", ada) == [1])
        script.post("four", from: ada, to: bob)
        try store.apply(script.take())
        #expect(try isComplete(ada) == false)
        #expect(try isComplete(cleo) == true)
        try store.indexAllTexts()
        #expect(try seqs("four", bob) == [3])
    }

    @Test(arguments: [true, false])
    func anEditIsFoundByWhatItSaysNow(isIndexedBefore: Bool) throws {
        var room = Room(between: ada, and: bob)
        let post = try room.post("before", by: ada)
        let asked = try RoomStore(store, &room)
        if isIndexedBefore { try store.indexAllTexts() }
        let content = MessageContent.encodedText("after".utf8)
        try room.act(ada, .editMessage(post.submission, content: content))
        try asked.follow(&room)
        // Even as long as the new text is not indexed.
        #expect(try seqs("before", bob) == [])
        try store.indexAllTexts()
        #expect(try seqs("before", bob) == [])
        #expect(try seqs("after", bob) == [1])
    }

    @Test(arguments: [true, false])
    func whatWasTakenBackIsNotFound(isIndexedBefore: Bool) throws {
        var room = try Room(.group, of: ada, with: [bob])
        let post = try room.post("secret", by: ada)
        let asked = try RoomStore(store, &room)
        if isIndexedBefore { try store.indexAllTexts() }
        try room.act(ada, .deleteMessage(post.submission))
        try asked.follow(&room)
        #expect(try store.asked("SELECT count(*) FROM searched") == 0)
        try store.indexAllTexts()
        #expect(try seqs("secret", ada) == [])
        #expect(try seqs("secret", bob) == [])
        #expect(try store.asked("SELECT count(*) FROM searched") == 0)
    }

    @Test func whatDisappearsIsNeverIndexed() throws {
        var room = try Room(.group, of: ada, with: [bob])
        var change = ConversationSettings.Change()
        change.disappearAfterSeconds = 1000
        try room.act(ada, .setSettings(change))
        let post = try room.post("fleeting", by: ada)
        let content = MessageContent.encodedText("fleeting too".utf8)
        try room.act(ada, .editMessage(post.submission, content: content))
        _ = try RoomStore(store, &room)
        try store.indexAllTexts()
        #expect(try seqs("fleeting", bob) == [])
        #expect(try store.asked("SELECT count(*) FROM searched") == 0)
    }

    @Test func whatIsHiddenIsPassedOver() throws {
        var script = Script()
        let post = script.post("one word", from: ada, to: bob)
        script.post("another word", from: ada, to: bob)
        script.set(.hide(post.conversation, post.submission), by: bob, at: 5)
        try store.apply(script.take())
        try store.indexAllTexts()
        #expect(try seqs("word", bob) == [2])
        #expect(try seqs("word", ada) == [2, 1])
    }

    @Test func onlyWhatWasSaidWhileOneWasInIsFound() throws {
        var room = try Room(.group, of: ada, with: [bob])
        try room.post("word early", by: ada)
        try room.act(ada, .addMembers([cleo]))
        let middle = try room.post("word middle", by: ada)
        try room.act(ada, .removeMember(bob))
        let late = try room.post("word late", by: ada)
        _ = try RoomStore(store, &room)
        try store.indexAllTexts()
        #expect(try seqs("word", bob) == [middle.storedSeq, 2])
        #expect(try seqs("word", cleo) == [late.storedSeq, middle.storedSeq])
        #expect(try seqs("word", dan) == [])
    }

    @Test func manyThatMayNotBeSeenCostNoMoreThanAPageOfThem() throws {
        var room = try Room(.group, of: ada, with: [bob])
        try room.post("word", by: ada)
        try room.act(ada, .removeMember(bob))
        for _ in 1...(2 * SearchResults.candidatesMax) { try room.post("word", by: ada) }
        _ = try RoomStore(store, &room)
        try store.indexAllTexts()
        let query = try SearchQuery("word")
        let page = try store.search(query, in: nil, for: Viewer(bob), before: nil, limit: 30)
        #expect(page?.hits == [] && page?.next != nil)
        #expect(try seqs("word", bob) == [2])
    }

    @Test func oddContentsAreIndexedAsFarAsTheyAreWords() throws {
        let texts = [
            "a\u{0}b nul", "🎉🎉", "مرحبا بالعالم", String(repeating: "x", count: 4096),
            String(repeating: "京", count: 4096), "\" OR NEAR( * ) 'quote' \\ % _ {scope}:^",
            "'; DROP TABLE searched; --",
        ]
        var script = Script()
        for text in texts { script.post(text, from: ada, to: bob) }
        try store.apply(script.take())
        try store.indexAllTexts()
        #expect(try seqs("nul", bob) == [1])
        #expect(try seqs("بالعالم", bob) == [3])
        #expect(try seqs(String(repeating: "x", count: 100), bob) == [4])
        #expect(try seqs("xx*", bob) == [4])
        #expect(try seqs("京京京", bob) == [5])
        #expect(try seqs(String(repeating: "京", count: 200), bob) == [5])
        #expect(try seqs("scope", bob) == [6])
        #expect(try seqs("\"drop table searched\"", bob) == [7])
        let conversation = ConversationID(directBetween: ada, and: bob)
        #expect(try seqs("\(conversation)", bob) == [])
    }

    @Test(arguments: UInt64(1)...20)
    func noQueryMakesTheStoreFail(seed: UInt64) throws {
        var script = Script()
        script.post("a ab abc \"near\" or and not scope body", from: ada, to: bob)
        try store.apply(script.take())
        try store.indexAllTexts()
        var random = SeededRandom(state: seed)
        let pieces = [
            "\"", "*", " ", "a", "ab", "abc", "NEAR(", ")", "OR", "AND", "NOT", "scope:", "{body}",
            "'", ":*", "&", "|", "!", "<->", "\\", "\u{0}", "é", "京", "🎉", "^", "-", "+", "=",
            "$1", "?1", "%", "\u{FFFD}", "ß", "\u{301}",
        ]
        for _ in 0..<100 {
            let count = Int.random(in: 1...12, using: &random)
            let text = (0..<count).compactMap { _ in pieces.randomElement(using: &random) }.joined()
            guard let query = try? SearchQuery(text) else { continue }
            #expect(throws: Never.self, "seed \(seed): \(text)") {
                _ = try store.search(query, in: nil, for: Viewer(bob), before: nil, limit: 9)
            }
        }
    }

    @Test func messagesOfOneMillisecondAreAllFound() throws {
        var script = Script()
        for number in 1...200 { script.post("same \(number)", from: ada, to: bob) }
        var batch = script.take()
        for place in batch.events.indices {
            batch.events[place].serverTime = Timestamp(milliseconds: place < 50 ? -1 : 7)
        }
        try store.apply(batch)
        try store.indexAllTexts(at: 7)
        #expect(Set(try seqs("same", bob)) == Set(1...200))
    }

    @Test(arguments: [254, 255, 256, 300])
    func aPhraseIsFoundHoweverOftenItsWordsCameBefore(count: Int) throws {
        var script = Script()
        script.post(String(repeating: "the ", count: count) + "the end", from: ada, to: bob)
        script.post(String(repeating: "の", count: count) + "の山", from: ada, to: bob)
        try store.apply(script.take())
        try store.indexAllTexts()
        #expect(try seqs("\"the end\"", bob) == [1])
        #expect(try seqs("\"the the end\"", bob) == [1])
        #expect(try seqs("the-en*", bob) == [1])
        #expect(try seqs("の山", bob) == [2])
        #expect(try seqs("\"end the\"", bob) == [])
        #expect(try seqs("山の", bob) == [])
        #expect(try seqs("cut", bob) == [])
    }

    @Test func indexingGoesOnWhereItsLastQueryEnded() throws {
        let count = 2 * SearchIndexing.eventsPerQuery + 1
        var script = Script()
        for number in 1...count { script.post("word \(number)", from: ada, to: bob) }
        try store.apply(script.take())
        #expect(try store.indexTexts(limit: 1000) == count)
        #expect(try store.indexTexts(limit: 1000) == 0)
        #expect(try seqs("word", bob).count == count)
        // As many as were asked for, neither more nor fewer.
        for number in 1...count { script.post("again \(number)", from: ada, to: bob) }
        try store.apply(script.take())
        #expect(try store.indexTexts(limit: count - 1) == count - 1)
        #expect(try store.indexTexts(limit: 1000) == 1)
        #expect(try seqs("again", bob).count == count)
    }

    @Test func indexingReadsLittleMoreThanItLooksAt() throws {
        // SQLite gives rows one by one.
        guard store is PostgresHotStore, let tables = store as? any SQLHotStore else { return }
        var script = Script()
        let text = String(repeating: "word ", count: 3000)
        for _ in 1...600 { script.post(text, from: ada, to: bob) }
        try store.apply(script.take())
        let (looked, read) = try tables.write { database in
            for way in ["seqscan", "bitmapscan", "sort"] {
                try BoundStatement(database, "SET LOCAL enable_\(way) = off").run()
            }
            let looked = try SearchIndexing.run(limit: 1000, database)
            let counting = try BoundStatement(
                database,
                """
                SELECT CAST(sum(idx_tup_fetch) AS bigint) FROM pg_stat_xact_user_tables
                WHERE relname LIKE 'events%'
                """
            )
            return (looked, try counting.first { Int($0.integer(0)) } ?? 0)
        }
        #expect(looked > 0 && looked < 60)
        #expect(read >= looked && read <= looked + SearchIndexing.eventsPerQuery)
    }

    @Test func aDeviceThatWasRemovedFindsNothing() throws {
        var script = Script()
        script.post("word", from: ada, to: bob)
        script.set(.deviceRemoved(device(of: bob)), by: bob, at: 5)
        try store.apply(script.take())
        let viewer = Viewer(bob, on: device(of: bob), at: Timestamp(milliseconds: 9))
        #expect(throws: StoreError(.deviceRemoved, "")) { try store.found("word", by: viewer) }
    }

    @Test func everyConversationOfManyIsSearched() throws {
        var script = Script()
        script.post("needle", from: ada, to: bob)
        let others = UInt64(SearchQueries.conversationsAtOnce + 50)
        for number in 1...others {
            script.post("hay \(number)", from: ada, to: AccountID(high: 0xFFF, low: number))
        }
        try store.apply(script.take())
        try store.indexAllTexts()
        #expect(try seqs("needle", ada) == [1])
        let hay = try store.found("hay", by: Viewer(ada), limit: 100)
        #expect(hay.count == Int(others))
        let times = hay.compactMap { $0.event?.event.serverTime }
        #expect(times == times.sorted(by: >))
        #expect(try isComplete(ada) == true)
    }
}
