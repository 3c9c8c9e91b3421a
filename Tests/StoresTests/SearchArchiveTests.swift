import Conversations
import Events
import Testing

@testable import Stores

/// What is found although the store has given it to archives.
@Suite(.onEveryStore)
struct SearchArchiveTests {
    private let folder: TemporaryFolder
    private let store: any HotStore
    private let conversation = ConversationID(directBetween: ada, and: bob)

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store("history")
    }

    /// Gives the store's events of the conversation to archives of `size` each, but for the last two; returns what is in each.
    private func archive(by size: Int) throws -> [String: [StoreRow]] {
        let end = Timestamp(milliseconds: .max)
        let rows = try store.archivableRows(of: conversation, after: 0, before: end, limit: 10_000)
        var archives: [String: [StoreRow]] = [:]
        for start in stride(from: 0, to: rows.count - 2, by: size) {
            let rows = Array(rows[start..<min(start + size, rows.count - 2)])
            let stored = StoredArchive(
                key: "archives/\(start)",
                day: 0,
                shard: 0,
                events: Int64(rows.count),
                byteCount: 1,
                sha256: []
            )
            // Seqs are dense in a script.
            let seqs = Int64(start + 1)...Int64(start + rows.count)
            let times = Timestamp(milliseconds: 1)...Timestamp(milliseconds: 2)
            let segment = ArchivedSegment(
                archive: stored.key,
                conversation: conversation,
                seqs: seqs,
                times: times,
                events: Int64(rows.count),
                counts: SeqCounts()
            )
            try store.record(stored, [segment])
            archives[stored.key] = rows
        }
        while try store.dropArchived(of: conversation, keeping: 2, limit: 100) > 0 {}
        return archives
    }

    private func search(
        _ text: String,
        _ viewer: Viewer,
        before cursor: SearchCursor? = nil
    ) throws -> SearchPage? {
        let query = try SearchQuery(text)
        return try store.search(query, in: nil, for: viewer, before: cursor, limit: 30)
    }

    /// Asks again with what is needed, as who fetches archives does.
    private func fetching(
        _ archives: [String: [StoreRow]],
        _ ask: (Viewer) throws -> SearchPage?
    ) throws -> (page: SearchPage?, rounds: Int) {
        var viewer = Viewer(bob)
        for round in 0... {
            do {
                return (try ask(viewer), round)
            } catch let error as StoreError where error.code == .archivesNeeded {
                #expect(!error.archivedParts.isEmpty)
                for part in error.archivedParts {
                    #expect(viewer.archived[part] == nil)
                    viewer.archived[part] = .rows(archives[part.archive] ?? [])
                }
            }
        }
        return (nil, 0)
    }

    @Test func whatIsInArchivesIsShownWithThemAndNamedWithoutThem() throws {
        var script = Script()
        for number in 1...10 { script.post("word \(number)", from: ada, to: bob) }
        try store.apply(script.take())
        try store.indexAllTexts()
        let before = try store.found("word", by: Viewer(bob))
        let archives = try archive(by: 4)
        #expect(archives.count == 2)
        let (page, rounds) = try fetching(archives) { try search("word", $0) }
        #expect(page?.hits == before)
        #expect(rounds == 1)
        // What lies in the store alone needs none.
        #expect(try search("10", Viewer(bob))?.hits.map(\.seq) == [10])
        var viewer = Viewer(bob)
        do {
            _ = try search("word", viewer)
        } catch let error as StoreError {
            for part in error.archivedParts { viewer.archived[part] = .unreadable(.corrupt) }
        }
        let named = try search("word", viewer)
        #expect(named?.hits.map(\.seq) == before.map(\.seq))
        #expect(named?.hits.map { $0.event == nil } == [false, false] + (1...8).map { _ in true })
    }

    @Test func aPageNeedsAFewPartsOfArchivesAtMost() throws {
        var script = Script()
        for number in 1...30 { script.post("word \(number)", from: ada, to: bob) }
        try store.apply(script.take())
        try store.indexAllTexts()
        let before = try store.found("word", by: Viewer(bob))
        let archives = try archive(by: 2)
        var hits: [SearchPage.Hit] = []
        var cursor: SearchCursor?
        repeat {
            let (page, rounds) = try fetching(archives) { try search("word", $0, before: cursor) }
            #expect(rounds <= 1)
            hits += page?.hits ?? []
            cursor = page?.next
        } while cursor != nil
        #expect(hits == before)
    }

    @Test func whatAnArchiveDoesNotHaveIsNotFound() throws {
        var script = Script()
        for number in 1...6 { script.post("word \(number)", from: ada, to: bob) }
        try store.apply(script.take())
        try store.indexAllTexts()
        var archives = try archive(by: 4)
        for key in archives.keys { archives[key] = [] }
        let (page, _) = try fetching(archives) { try search("word", $0) }
        #expect(page?.hits.map(\.seq) == [6, 5])
    }
}
