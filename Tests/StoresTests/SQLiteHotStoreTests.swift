import Events
import Foundation
import GRDB
import Stores
import Testing

/// What a store's file is and is not.
struct SQLiteHotStoreTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func aMissingStoreIsMissingAndANewerOneIsRefused() throws {
        let nowhere = folder.file("nowhere.sqlite")
        #expect(throws: StoreError(.missing, "")) { try SQLiteStoreReader(path: nowhere) }
        #expect(!FileManager.default.fileExists(atPath: nowhere))

        let newer = folder.file("newer.sqlite")
        try SQLiteHotStore(path: newer).close()
        let queue = try DatabaseQueue(path: newer)
        try queue.write { database in
            try database.execute(
                sql: "INSERT INTO grdb_migrations (identifier) VALUES ('stores-99-future')"
            )
        }
        try queue.close()
        #expect(throws: StoreError(.tooNew, "")) { try SQLiteHotStore(path: newer) }
        #expect(throws: StoreError(.tooNew, "")) { try SQLiteStoreReader(path: newer) }
    }

    @Test func oneProcessWritesAStore() throws {
        let path = folder.file("locked.sqlite")
        var lock: StoreLock? = try StoreLock(path: path)
        #expect(throws: StoreError(.inUse, "")) { try StoreLock(path: path) }
        #expect(lock != nil)
        lock = nil
        _ = try StoreLock(path: path)
    }

    @Test func aClosedStoreIsOneFile() throws {
        var script = Script()
        script.post("x", from: ada, to: bob)
        let path = folder.file("closed.sqlite")
        let closed = try SQLiteHotStore(path: path)
        try closed.apply(script.take())
        try closed.close()
        let log = try? FileManager.default.attributesOfItem(atPath: path + "-wal")
        #expect((log?[.size] as? Int ?? 0) == 0)
        #expect(try SQLiteStoreReader(path: path).digest(of: .events).rows == 1)
    }

    @Test func whatIsBuiltLateIsThereWhenItIsNeeded() throws {
        let path = folder.file("built.sqlite")
        var script = Script()
        script.post("x", from: ada, to: bob)
        let empty = try SQLiteHotStore(path: path, for: .building)
        #expect(try empty.hasMessageIndex == false)
        try empty.apply(script.take())
        try empty.close()

        // Whoever goes on with it goes without the index until the end.
        let resumed = try SQLiteHotStore(path: path, for: .building)
        #expect(try resumed.hasMessageIndex == false)
        try resumed.finishBuilding()
        try resumed.finishBuilding()
        #expect(try resumed.hasMessageIndex)
        try resumed.close()

        // What is there already is kept.
        let later = try SQLiteHotStore(path: path, for: .building)
        #expect(try later.hasMessageIndex)
        try later.close()
    }

    @Test func aStoreThatWasNeverFinishedIsWhenItIsServed() throws {
        let path = folder.file("unfinished.sqlite")
        var script = Script()
        script.post("x", from: ada, to: bob)
        let unfinished = try SQLiteHotStore(path: path, for: .building)
        try unfinished.apply(script.take())
        try unfinished.close()
        #expect(try SQLiteHotStore(path: path).hasMessageIndex)
    }
}

extension SQLiteHotStore {
    fileprivate var hasMessageIndex: Bool {
        get throws {
            try asked(
                "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name = 'events_by_message'"
            ) == 1
        }
    }
}
