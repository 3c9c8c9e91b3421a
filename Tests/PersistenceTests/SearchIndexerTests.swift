import Conversations
import EventLog
import Events
import Logging
import Stores
import Testing

@testable import Persistence

struct SearchIndexerTests {
    private let folder: TemporaryFolder
    private let store: SQLiteHotStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteHotStore(path: folder.file("history.sqlite"))
    }

    private func fold(_ log: SampleLog) throws {
        let ends = log.watermarks.mapValues(\.high)
        var rebuild = try StoreRebuild(store, limits: log.watermarks, ends: ends)
        try rebuild.fold(log.all)
        try rebuild.flush()
    }

    /// Whether a search would find everything there is.
    private func isComplete(_ log: SampleLog) throws -> Bool {
        let query = try SearchQuery("text")
        return try log.accounts.allSatisfy { account in
            let viewer = Viewer(account, at: Timestamp(milliseconds: log.time))
            let page = try store.search(query, in: nil, for: viewer, before: nil, limit: 10)
            return page?.isComplete ?? true
        }
    }

    @Test func whatWasCommittedIsIndexedSoon() async throws {
        var log = try SampleLog(seed: 1)
        for _ in 0..<1500 { try log.step() }
        try fold(log)
        #expect(try !isComplete(log))
        let indexer = SearchIndexer(store, logger: Logger(label: "test"))
        let running = Task { await indexer.run() }
        // What was there before it began needs no commit.
        while try !isComplete(log) { try await Task.sleep(for: .milliseconds(5)) }
        for _ in 0..<3 {
            for _ in 0..<200 { try log.step() }
            try fold(log)
            indexer.committed()
            while try !isComplete(log) { try await Task.sleep(for: .milliseconds(5)) }
        }
        running.cancel()
        await running.value
    }

    @Test func itStopsWhateverItDoes() async throws {
        var log = try SampleLog(seed: 2)
        for _ in 0..<3000 { try log.step() }
        try fold(log)
        for yields in [0, 1, 100, 10_000] {
            let indexer = SearchIndexer(store, logger: Logger(label: "test"))
            let running = Task { await indexer.run() }
            for _ in 0..<yields { await Task.yield() }
            running.cancel()
            await running.value
        }
        // A store that is closed throws at every try.
        try store.close()
        let indexer = SearchIndexer(store, logger: Logger(label: "test"))
        let running = Task { await indexer.run() }
        for _ in 0..<1000 { await Task.yield() }
        running.cancel()
        await running.value
    }
}
