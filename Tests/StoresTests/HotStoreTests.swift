import Conversations
import Events
import Foundation
import GRDB
import Stores
import Testing

@Suite(.onEveryStore)
struct HotStoreTests {
    let folder: TemporaryFolder
    let store: any HotStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store("history")
    }

    private func list(_ account: AccountID) throws -> [ConversationSummary] {
        try store.conversations(for: Viewer(account), after: nil, limit: 10)
    }

    @Test func unreadIsWhatCameAfterTheReadMarkOrTheOwnLastMessage() throws {
        var script = Script()
        for number in 1...5 { script.post("m\(number)", from: ada, to: bob) }
        try store.apply(script.take())
        #expect(try list(bob).map(\.unreadCount) == [5])
        #expect(try list(ada).map(\.unreadCount) == [0])

        script.mark(.read, 2, by: bob, with: ada, at: 10)
        try store.apply(script.take())
        #expect(try list(bob).map(\.unreadCount) == [3])

        script.post("answer", from: bob, to: ada)
        try store.apply(script.take())
        #expect(try list(bob).map(\.unreadCount) == [0])
        #expect(try list(ada).map(\.unreadCount) == [1])

        // A mark beyond the end is worth no more than the end.
        script.mark(.read, 1 << 40, by: ada, with: bob, at: 11)
        try store.apply(script.take())
        let summary = try #require(try list(ada).first)
        #expect(summary.unreadCount == 0)
        #expect(summary.readSeq == 6)
        #expect(summary.ticks?.readSeq == 2)
    }

    @Test func theListShowsTheLastSpokenInFirstAndGoesOnAtItsCursor() throws {
        var script = Script()
        var others: [AccountID] = []
        for number in 1...25 {
            let other = AccountID(high: 0xFF, low: UInt64(number))
            others.append(other)
            script.post("hello", from: other, to: ada)
        }
        script.register(others[24], name: "Zoe", at: 1)
        try store.apply(script.take())
        var seen: [ConversationSummary] = []
        var cursor: ConversationCursor?
        repeat {
            let page = try store.conversations(for: Viewer(ada), after: cursor, limit: 10)
            seen += page
            cursor = page.count == 10 ? page.last?.cursor : nil
        } while cursor != nil
        #expect(
            seen.map(\.conversation)
                == others.reversed().map { ConversationID(directBetween: ada, and: $0) }
        )
        #expect(seen.first?.name == "Zoe")
        #expect(seen.first?.members == [others[24], ada].sorted())
        #expect(seen.last?.name == nil)
        let first = try #require(seen.first?.cursor)
        #expect(ConversationCursor(first.description) == first)
    }

    @Test func pagesCoverAConversationWithoutGapOrOverlapInBothDirections() throws {
        var script = Script()
        for number in 1...95 { script.post("m\(number)", from: ada, to: bob) }
        try store.apply(script.take())
        let conversation = ConversationID(directBetween: ada, and: bob)

        var backwards: [Int64] = []
        var start = PageRequest.Start.newest
        while true {
            let page = try #require(
                try store.events(in: conversation, for: Viewer(bob), page: PageRequest(start))
            )
            backwards += page.events.map(\.event.storedSeq)
            guard page.hasMore, let last = page.events.last else { break }
            start = .before(last.event.storedSeq)
        }
        #expect(backwards == (1...95).reversed())

        var forwards: [Int64] = []
        start = .after(0)
        while true {
            let page = try #require(
                try store.events(
                    in: conversation,
                    for: Viewer(bob),
                    page: PageRequest(start, limit: 19)
                )
            )
            forwards += page.events.map(\.event.storedSeq)
            guard page.hasMore, let last = page.events.last else { break }
            start = .after(last.event.storedSeq)
        }
        #expect(forwards == Array(1...95))
        for edge in [PageRequest.Start.before(.min), .before(1), .after(.max), .after(95)] {
            let page = try store.events(in: conversation, for: Viewer(bob), page: PageRequest(edge))
            #expect(page?.events == [])
            #expect(page?.hasMore == false)
        }
    }

    @Test func aStrangerSeesNothing() throws {
        var script = Script()
        let event = script.post("private", from: ada, to: bob)
        try store.apply(script.take())
        let page = PageRequest(.newest)
        #expect(
            try store.events(in: event.conversation, for: Viewer(cleo), page: page) == nil
        )
        #expect(
            try store.receipts(of: event.submission, for: Viewer(cleo), after: nil, limit: 9)
                == .notFound
        )
        #expect(try list(cleo).isEmpty)
        #expect(
            try store.events(
                in: ConversationID(high: 1, low: 1),
                for: Viewer(ada),
                page: page
            ) == nil
        )
    }

    @Test func anEventComesBackAsItWasWritten() throws {
        var script = Script()
        let first = script.post("hé\u{0}llo \"x\"", from: ada, to: bob)
        let second = script.post("", from: bob, to: ada)
        try store.apply(script.take())
        let page = try store.events(
            in: first.conversation,
            for: Viewer(ada),
            page: PageRequest(.after(0))
        )
        #expect(page?.events == [PageEvent(first), PageEvent(second)])
    }

    @Test func receiptsKeepTheFirstTimeAtWhichAMarkReachedAMessage() throws {
        var script = Script()
        let events = (1...3).map { script.post("\($0)", from: ada, to: bob) }
        script.mark(.delivered, 1, by: bob, with: ada, at: 10)
        script.mark(.delivered, 3, by: bob, with: ada, at: 20)
        script.mark(.delivered, 2, by: bob, with: ada, at: 30)
        script.mark(.read, 2, by: bob, with: ada, at: 40)
        script.mark(.read, 2, by: bob, with: ada, at: 50)
        try store.apply(script.take())
        func times(_ event: TimelineEvent) throws -> [Int64?] {
            let receipts = try #require(
                try store.receipts(of: event.submission, for: Viewer(ada), after: nil, limit: 9)
                    .value
            )
            let bobs = try #require(receipts.members.first { $0.account == bob })
            #expect(receipts.members.count == 1)
            return [bobs.deliveredTime?.milliseconds, bobs.readTime?.milliseconds]
        }
        #expect(try times(events[0]) == [10, 40])
        #expect(try times(events[1]) == [20, 40])
        #expect(try times(events[2]) == [20, nil])
        let summary = try #require(try list(ada).first)
        #expect(summary.ticks == ConversationTicks(deliveredSeq: 3, readSeq: 2))
    }

    @Test func whatWasReadHasArrived() throws {
        var script = Script()
        let event = script.post("x", from: ada, to: bob)
        script.mark(.read, 1, by: bob, with: ada, at: 10)
        script.mark(.delivered, 1, by: bob, with: ada, at: 20)
        try store.apply(script.take())
        let receipts = try store.receipts(
            of: event.submission,
            for: Viewer(ada),
            after: nil,
            limit: 9
        )
        #expect(receipts.value?.members.map(\.deliveredTime?.milliseconds) == [10])
    }

    @Test func aSecondRegistrationRenamesAndOneWithoutANameDoesNot() throws {
        var script = Script()
        script.register(bob, name: "Bob", at: 1)
        script.register(bob, name: "Robert", at: 2)
        script.register(bob, name: "", at: 3)
        script.post("x", from: bob, to: ada)
        try store.apply(script.take())
        #expect(try list(ada).first?.name == "Robert")
    }

    @Test func theFirstOfTwoEventsAtOnePlaceStands() throws {
        var script = Script()
        let first = script.post("first", from: ada, to: bob)
        try store.apply(script.take())
        var other = Script()
        other.post("second", from: ada, to: bob)
        let report = try store.apply(other.take())
        #expect(report.eventsInConflict == 1)
        let page = try store.events(
            in: first.conversation,
            for: Viewer(ada),
            page: PageRequest(.newest)
        )
        #expect(page?.events == [PageEvent(first)])
    }

    @Test func positionsAndFiltersComeBack() throws {
        var batch = StoreBatch()
        let input = TopicPartition(.timeline, Partition(3))
        var filter = OriginFilter()
        _ = filter.admit(
            Origin(topicNumber: 1, partition: Partition(3), offset: Offset(7), index: 2)
        )
        batch.positions = [input: Offset(12), TopicPartition(.accounts, Partition(0)): Offset(1)]
        batch.filters = [input: filter]
        try store.apply(batch)
        #expect(try store.positions() == batch.positions)
        #expect(try store.filters() == batch.filters)
    }

    @Test func aReaderInAnotherConnectionSeesWhatIsCommittedAndASnapshotDoesNotMove() throws {
        var script = Script()
        script.post("one", from: ada, to: bob)
        try store.apply(script.take())
        let reader = try store.reopened()
        let snapshot = try store.snapshot()
        #expect(
            try reader.conversations(for: Viewer(bob), after: nil, limit: 1).first?.lastSeq == 1
        )
        script.post("two", from: ada, to: bob)
        try store.apply(script.take())
        #expect(
            try reader.conversations(for: Viewer(bob), after: nil, limit: 1).first?.lastSeq == 2
        )
        #expect(
            try snapshot.conversations(for: Viewer(bob), after: nil, limit: 1).first?.lastSeq == 1
        )
        #expect(try snapshot.digest(of: .events).rows == 1)
    }
}
