import Dispatch
import Events
import Logging
import Stores
import Synchronization
import Testing

@testable import Persistence

struct TextDropperTests {
    @Test func theStoreIsWaitedForOutsideOfTasks() async throws {
        let folder = try TemporaryFolder()
        let store = WatchedStore(try SQLiteHotStore(path: folder.file("history.sqlite")))
        let dropper = TextDropper(
            store,
            clock: FixedClock(),
            interval: .milliseconds(1),
            logger: Logger(label: "test")
        )
        let running = Task { await dropper.run() }
        var count = 0
        // The first fails, which ends nothing.
        for await isInTask in store.writes {
            #expect(!isInTask)
            count += 1
            if count == 3 { break }
        }
        running.cancel()
        await running.value
    }

    @Test func aQueueGivesWhatItsWorkGives() async throws {
        struct Failure: Error {}
        let queue = DispatchQueue(label: "test")
        #expect(try await queue.run { 7 } == 7)
        await #expect(throws: Failure.self) {
            try await queue.run { () throws -> Int in throw Failure() }
        }
    }
}

/// Always the same time.
private struct FixedClock: WallClock {
    func now() -> Timestamp { Timestamp(milliseconds: 1_000_000) }
}

/// A store that tells of each write whether it was called in a task; the first one fails.
private final class WatchedStore: WrappedStore {
    let writes: AsyncStream<Bool>
    private let told: AsyncStream<Bool>.Continuation
    private let isFirst = Mutex(true)
    let store: SQLiteHotStore

    init(_ store: SQLiteHotStore) {
        self.store = store
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self)
        writes = stream
        told = continuation
    }

    func write<Value>(_ body: (StoreConnection) throws -> Value) throws -> Value {
        told.yield(withUnsafeCurrentTask { $0 != nil })
        let fails = isFirst.withLock { isFirst in
            defer { isFirst = false }
            return isFirst
        }
        if fails { throw StoreError(.unavailable, "a test") }
        return try store.write(body)
    }
}
