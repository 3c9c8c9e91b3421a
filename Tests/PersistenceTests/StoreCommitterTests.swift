import Events
import Logging
import Stores
import Synchronization
import Testing

@testable import Persistence

struct StoreCommitterTests {
    private let folder: TemporaryFolder
    private let store: FailingStore
    private let presence = Presence()

    init() throws {
        folder = try TemporaryFolder()
        store = FailingStore(try SQLiteHotStore(path: folder.file("history.sqlite")))
    }

    private var committer: StoreCommitter {
        let presence = presence
        return StoreCommitter(store, logger: Logger(label: "test")) { isThere in
            presence.told.withLock { $0.append(isThere) }
        }
    }

    private var batch: StoreBatch {
        var batch = StoreBatch()
        batch.positions[TopicPartition(.timeline, Partition(0))] = Offset(7)
        return batch
    }

    @Test(arguments: [StoreError.Code.unavailable, .commitUnknown, .inUse])
    func whatPassesIsWaitedFor(code: StoreError.Code) throws {
        store.failures.withLock { $0 = [code, code] }
        _ = try committer.commit(batch)
        #expect(try store.positions() == batch.positions)
        #expect(presence.told.withLock { $0 } == [false, true])
    }

    @Test(arguments: [StoreError.Code.database, .tooNew])
    func whatDoesNotPassIsThrownAtOnce(code: StoreError.Code) throws {
        store.failures.withLock { $0 = [code] }
        #expect(throws: StoreError(code, "")) { _ = try committer.commit(batch) }
        #expect(presence.told.withLock { $0 }.isEmpty)
    }

    @Test func anotherWriterIsNotWaitedForWithoutEnd() throws {
        store.failures.withLock { $0 = Array(repeating: .inUse, count: 1000) }
        let committer = StoreCommitter(
            store,
            usePatience: .milliseconds(50),
            logger: Logger(label: "test")
        )
        #expect(throws: StoreError(.inUse, "")) { _ = try committer.commit(batch) }
        #expect(store.failures.withLock { $0.count } < 1000)
        #expect(try store.positions().isEmpty)
    }

    @Test func nobodyWaitsAfterTheEnd() throws {
        store.failures.withLock { $0 = Array(repeating: .inUse, count: 1000) }
        let committer = committer
        committer.stop()
        #expect(throws: StoreError(.inUse, "")) { _ = try committer.commit(batch) }
        #expect(try store.positions().isEmpty)
    }
}

/// What a committer has said of its store.
private final class Presence: Sendable {
    let told = Mutex<[Bool]>([])
}

/// A store whose next writes fail.
private final class FailingStore: WrappedStore {
    let failures = Mutex<[StoreError.Code]>([])
    let store: SQLiteHotStore

    init(_ store: SQLiteHotStore) {
        self.store = store
    }

    func apply(_ batch: StoreBatch) throws -> StoreWriteReport {
        if let code = failures.withLock({ $0.popLast() }) { throw StoreError(code, "a test") }
        return try store.apply(batch)
    }
}
