import Accounts
import Conversations
import Events
import Testing

@testable import Stores

/// What accounts are told does not depend on what was archived, nor on when.
@Suite(.onEveryStore)
struct ArchivedHistoryTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Two rooms folded in random steps, archived and dropped in between.
    private func history(
        _ seed: UInt64,
        _ random: inout SeededRandom
    ) throws -> (ArchivedStore, [Room]) {
        var archived = try ArchivedStore(folder)
        var rooms = [
            try Room(randomly: seed, &random), try Room(randomly: seed &+ 1, &random),
        ]
        var batches = rooms.indices.map { rooms[$0].take() }
        while batches.contains(where: { !$0.events.isEmpty }) {
            for place in batches.indices {
                var batch = StoreBatch()
                let count = Int.random(in: 1...40, using: &random)
                batch.events = Array(batches[place].events.prefix(count))
                batches[place].events.removeFirst(batch.events.count)
                if random.next() % 3 == 0 { batch.accounts = choices(rooms[place], &random) }
                try archived.apply(batch)
            }
            if random.next() % 2 == 0 {
                let start = Timestamp(milliseconds: 1_790_000_000_000)
                let end = start + .seconds(Int64.random(in: 0...4000, using: &random))
                try archived.archive(before: end)
            }
            if random.next() % 2 == 0 {
                let newest = Int.random(in: 0...40, using: &random)
                try archived.drop(keeping: newest, limit: Int.random(in: 1...50, using: &random))
            }
        }
        var marks = StoreBatch()
        marks.receipts = batches.flatMap(\.receipts)
        try archived.apply(marks)
        #expect(!archived.archives.isEmpty, "seed \(seed)")
        return (archived, rooms)
    }

    /// Somebody stars or hides some messages.
    private func choices(_ room: Room, _ random: inout SeededRandom) -> [AccountEvent] {
        (0..<10).compactMap { _ in
            guard let event = room.events.randomElement(using: &random),
                case .messagePosted = event.body,
                let account = everybody.randomElement(using: &random)
            else { return nil }
            let change: AccountChange =
                random.next() % 4 == 0
                ? .hide(room.id, event.submission)
                : .star(room.id, event.submission, isStarred: random.next() % 4 > 0)
            return setting(change, by: account, at: Int64(event.seq))
        }
    }

    @Test(arguments: UInt64(1)...4)
    func everybodyIsToldTheSame(seed: UInt64) throws {
        var random = SeededRandom(state: seed &* 7919)
        let (archived, rooms) = try history(seed, &random)
        for room in rooms {
            for account in everybody {
                let now = room.time + .seconds(Int64.random(in: -60...20, using: &random))
                let viewer = Viewer(account, at: now)
                let what = "seed \(seed), \(room.id), \(account)"
                try comparePages(archived, room, viewer, what, &random)
                try archived.expectEqual("detail: \(what)", viewer) { store, viewer in
                    try store.conversation(room.id, for: viewer)
                }
                for event in room.events.shuffled(using: &random).prefix(12) {
                    try archived.expectEqual("receipts: \(what)", viewer) { store, viewer in
                        let answer = try store.receipts(
                            of: event.submission,
                            in: room.id,
                            for: viewer,
                            after: nil,
                            limit: 3
                        )
                        return "\(answer)"
                    }
                    try archived.expectEqual("message: \(what)", viewer) { store, viewer in
                        try store.message(event.submission, in: room.id, for: viewer)
                    }
                }
            }
        }
        for account in everybody {
            let viewer = Viewer(account, at: rooms[0].time)
            try archived.expectEqual("list: seed \(seed), \(account)", viewer) { store, viewer in
                try store.conversations(for: viewer, after: nil, limit: 10)
            }
            for limit in [1, 5, 100] {
                try archived.expectEqual("stars: seed \(seed)", viewer) { store, viewer in
                    try Self.stars(store, viewer, limit)
                }
            }
        }
    }

    private static func stars(
        _ store: any HotStore,
        _ viewer: Viewer,
        _ limit: Int
    ) throws -> [PageEvent] {
        var items: [PageEvent] = []
        var cursor: StarCursor?
        repeat {
            let page = try store.starred(for: viewer, before: cursor, limit: limit)
            items += page.items
            cursor = page.next
        } while cursor != nil
        return items
    }

    /// All pages of some sizes, in both directions, and some from anywhere.
    private func comparePages(
        _ archived: ArchivedStore,
        _ room: Room,
        _ viewer: Viewer,
        _ what: String,
        _ random: inout SeededRandom
    ) throws {
        for limit in [1, 7, 30, 100] {
            for start: PageRequest.Start in [.newest, .after(0)] {
                var start = start
                while true {
                    let request = PageRequest(start, limit: limit)
                    try archived.expectEqual("\(request): \(what)", viewer) { store, viewer in
                        try store.events(in: room.id, for: viewer, page: request)
                    }
                    let page = try archived.twin.events(in: room.id, for: viewer, page: request)
                    guard let page, page.hasMore, let last = page.events.last else { break }
                    let seq = Int64(last.event.seq)
                    if case .after = start { start = .after(seq) } else { start = .before(seq) }
                }
            }
        }
        for _ in 0..<20 {
            let seq = Int64.random(in: 0...Int64(room.events.count + 2), using: &random)
            let start: PageRequest.Start = random.next() % 2 == 0 ? .before(seq) : .after(seq)
            let request = PageRequest(start, limit: Int.random(in: 1...40, using: &random))
            try archived.expectEqual("\(request): \(what)", viewer) { store, viewer in
                try store.events(in: room.id, for: viewer, page: request)
            }
        }
    }

    @Test(arguments: UInt64(1)...4)
    func withItsArchivesTheStoreIsItsTwin(seed: UInt64) throws {
        var random = SeededRandom(state: seed &* 104_729)
        let (archived, _) = try history(seed, &random)
        let difference = try archived.whole.firstDifference(with: archived.twin)
        #expect(difference == nil, "seed \(seed): \(difference?.description ?? "")")
        #expect(try archived.whole.digests() == archived.twin.digests(), "seed \(seed)")
        // An event is in one archive at most.
        let keys = archived.archives.values.flatMap { $0.map(\.key) }
        #expect(Set(keys).count == keys.count, "seed \(seed)")
    }

    @Test(arguments: UInt64(1)...4)
    func whatCanNotBeReadIsSaidToBeMissing(seed: UInt64) throws {
        var random = SeededRandom(state: seed &* 31)
        let (archived, rooms) = try history(seed, &random)
        try archived.drop(keeping: 3)
        let lost = Set(
            archived.archives.keys.sorted().filter { _ in random.next() % 2 == 0 }
        )
        for room in rooms {
            for account in everybody {
                let viewer = Viewer(account, at: room.time)
                let limit = Int.random(in: 1...40, using: &random)
                guard
                    let expected = try all(
                        limit,
                        { request in
                            try archived.twin.events(in: room.id, for: viewer, page: request)
                        }
                    )
                else { continue }
                let found = try all(limit) { request in
                    try archived.ask(viewer, without: lost) { store, viewer in
                        try store.events(in: room.id, for: viewer, page: request)
                    }
                }
                let missing = found?.missing ?? []
                let what = "seed \(seed), \(room.id), \(account)"
                let seqs = Set((found?.events ?? []).map(\.event.seq))
                let isThere = expected.events.filter { seqs.contains($0.event.seq) }
                #expect(found?.events == isThere, "\(what)")
                for event in expected.events where !seqs.contains(event.event.seq) {
                    let seq = Int64(event.event.seq)
                    #expect(missing.contains { $0.seqs.contains(seq) }, "\(seq): \(what)")
                }
                #expect(missing.allSatisfy { $0.reason == .corrupt })
                #expect(lost.isEmpty ? missing.isEmpty : true, "\(what)")
            }
        }
    }

    /// All pages together, the oldest first.
    private func all(_ limit: Int, _ ask: (PageRequest) throws -> EventPage?) throws -> EventPage? {
        guard var whole = try ask(PageRequest(.after(0), limit: limit)) else { return nil }
        var page = whole
        while page.hasMore, let last = page.events.last {
            let request = PageRequest(.after(Int64(last.event.seq)), limit: limit)
            page = try #require(try ask(request))
            whole.events += page.events
            whole.missing += page.missing
        }
        return whole
    }

    @Test func aLongStretchIsReadPartByPart() throws {
        var archived = try ArchivedStore(folder)
        var script = Script()
        for number in 1...5000 { script.post("word \(number)", from: ada, to: bob) }
        try archived.apply(script.take())
        try archived.archive(before: Timestamp(milliseconds: .max))
        try archived.drop(keeping: 31, limit: 500)
        let conversation = ConversationID(directBetween: ada, and: bob)
        var start = PageRequest.Start.newest
        var count = 0
        while true {
            let request = PageRequest(start, limit: 100)
            try archived.expectEqual("\(request)", Viewer(bob)) { store, viewer in
                try store.events(in: conversation, for: viewer, page: request)
            }
            let page = try archived.twin.events(
                in: conversation,
                for: Viewer(bob),
                page: request
            )
            count += page?.events.count ?? 0
            guard let page, page.hasMore, let last = page.events.last else { break }
            start = .before(Int64(last.event.seq))
        }
        #expect(count == 5000)
        #expect(try archived.whole.digest(of: .events) == archived.twin.digest(of: .events))
    }

    @Test func aPinIsTakenDownThoughItsMessageIsInAnArchive() throws {
        var archived = try ArchivedStore(folder)
        var room = try Room(.group, of: ada, with: [bob])
        let posts = try (1...2).map { try room.post("\($0)", by: ada) }
        for post in posts { try room.act(ada, .pin(post.submission, isPinned: true)) }
        try archived.apply(room.take())
        try archived.archive(before: Timestamp(milliseconds: .max))
        try archived.drop(keeping: 1)
        try room.act(ada, .pin(posts[0].submission, isPinned: false))
        var batch = room.take()
        // So it is with messages that the router has forgotten.
        batch.events[0].messageSeq = 0
        try archived.apply(batch)
        try archived.expectEqual("pins", Viewer(bob)) { store, viewer in
            try store.conversation(room.id, for: viewer)?.pins.map(\.event.seq)
        }
        #expect(try archived.store.digest(of: .pins).rows == 1)
        #expect(try archived.whole.firstDifference(with: archived.twin) == nil)
    }

    /// An archive for each of some messages of Ada's to Bob, of which the newest are in the store as well.
    private func archives(_ count: Int, keeping newest: Int) throws -> ArchivedStore {
        var archived = try ArchivedStore(folder)
        var script = Script()
        for number in 1...count {
            script.post("word \(number)", from: ada, to: bob)
            try archived.apply(script.take())
            try archived.archive(before: Timestamp(milliseconds: .max))
        }
        try archived.drop(keeping: newest, limit: 100)
        return archived
    }

    @Test func aMessageThatThereIsNotIsSoughtInFewRounds() throws {
        let archived = try archives(40, keeping: 1)
        let conversation = ConversationID(directBetween: ada, and: bob)
        let unknown = SubmissionID(high: 0x7000, low: 9999)
        var viewer = Viewer(bob)
        var rounds = 0
        while rounds < 50 {
            do {
                let store = archived.store
                #expect(try store.message(unknown, in: conversation, for: viewer) == nil)
                break
            } catch let error as StoreError where error.code == .archivesNeeded {
                rounds += 1
                for part in error.archivedParts {
                    viewer.archived[part] = .rows(try archived.rows(of: part))
                }
            }
        }
        #expect(rounds <= 7)
        #expect(viewer.archived.count == 40)
    }

    @Test func aMessageIsSoughtFirstWhereItsTimeIs() throws {
        var archived = try ArchivedStore(folder)
        var room = try Room(.group, of: ada, with: [bob])
        let posts = try (1...30).map { try room.post("\($0)", by: ada) }
        try archived.apply(room.take())
        try archived.archive(before: Timestamp(milliseconds: .max))
        try room.post("next", by: ada)
        try archived.apply(room.take())
        try archived.archive(before: Timestamp(milliseconds: .max))
        try archived.drop(keeping: 0)
        for post in [posts[0], posts[29]] {
            do {
                _ = try archived.store.message(post.submission, in: room.id, for: Viewer(bob))
                Issue.record("it needs no archive")
            } catch let error as StoreError {
                #expect(error.archivedParts.map(\.archive) == ["archives/0"])
            }
        }
    }

    @Test func ofManyArchivesThatCanNotBeReadTheFarthestAreNamedAsOne() throws {
        let near = EventQueries.missingSegmentsMax
        let count = near + 20
        let archived = try archives(count, keeping: 3)
        var viewer = Viewer(bob)
        viewer.archived.rest = .unavailable
        for isNewest in [true, false] {
            let page = try #require(
                try archived.store.events(
                    in: ConversationID(directBetween: ada, and: bob),
                    for: viewer,
                    page: PageRequest(isNewest ? .newest : .after(0), limit: 10)
                )
            )
            let missing = page.missing
            #expect(page.events.count == 3)
            #expect(missing.count == near + 1)
            #expect(missing.first?.seqs.lowerBound == 1)
            #expect(missing.last?.seqs.upperBound == Int64(count - 3))
            for (one, next) in zip(missing, missing.dropFirst()) {
                #expect(one.seqs.upperBound + 1 == next.seqs.lowerBound)
            }
            let nearest = isNewest ? missing.last : missing.first
            #expect(nearest?.seqs.count == 1)
        }
    }

    @Test func theNewestPageNeedsNoArchive() throws {
        var archived = try ArchivedStore(folder)
        var script = Script()
        for number in 1...100 { script.post("word \(number)", from: ada, to: bob) }
        try archived.apply(script.take())
        try archived.archive(before: Timestamp(milliseconds: .max))
        try archived.drop(keeping: 31)
        let page = try archived.store.events(
            in: ConversationID(directBetween: ada, and: bob),
            for: Viewer(bob),
            page: PageRequest(.newest, limit: 30)
        )
        #expect(page?.events.count == 30)
        #expect(page?.hasMore == true)
    }
}
