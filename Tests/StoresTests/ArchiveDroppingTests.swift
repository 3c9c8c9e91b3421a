import Events
import Synchronization
import Testing

@testable import Stores

/// What dropping archived events costs those who write.
@Suite(.onEveryStore)
struct ArchiveDroppingTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func whereThereIsNothingToDropNothingIsWritten() throws {
        var archived = try ArchivedStore(folder)
        var script = Script()
        for number in 1...10 { script.post("word \(number)", from: ada, to: bob) }
        try archived.apply(script.take())
        let store = CountedStore(try #require(archived.store as? any SQLHotStore))
        let conversation = ConversationID(directBetween: ada, and: bob)
        func drop() throws -> Int {
            try store.dropArchived(of: conversation, keeping: 2, limit: 5)
        }
        #expect(try drop() == 0, "nothing is archived")
        #expect(store.writes == 0)
        try archived.archive(before: Timestamp(milliseconds: .max))
        #expect(try drop() == 5)
        #expect(try drop() == 3)
        #expect(store.writes == 2)
        #expect(try drop() == 0, "only the newest are left")
        #expect(store.writes == 2)
        script.post("one more", from: ada, to: bob)
        try archived.apply(script.take())
        #expect(try drop() == 1)
        #expect(store.writes == 3)
    }
}

/// A store that counts the transactions that write.
private final class CountedStore: SQLHotStore {
    private let base: any SQLHotStore
    private let count = Mutex(0)

    init(_ base: any SQLHotStore) {
        self.base = base
    }

    var writes: Int { count.withLock { $0 } }

    func write<Value>(_ body: (StoreConnection) throws -> Value) throws -> Value {
        count.withLock { $0 += 1 }
        return try base.write(body)
    }

    func read<Value>(_ body: (StoreConnection) throws -> Value) throws -> Value {
        try base.read(body)
    }

    func apply(_ batch: StoreBatch) throws -> StoreWriteReport { try base.apply(batch) }

    func snapshot() throws -> any HotStoreReader { try base.snapshot() }

    func close() throws { try base.close() }
}
