import Events
import Foundation
import GRDB
import Stores
import Testing

/// A new store takes the place of the old one.
struct ReplacingTests {
    private let folder: TemporaryFolder
    private let path: String
    private let replacement: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("history.sqlite")
        replacement = folder.file("new.sqlite")
    }

    private func fill(_ path: String, _ texts: [String]) throws -> SQLiteHotStore {
        var script = Script()
        for text in texts { script.post(text, from: ada, to: bob) }
        let store = try SQLiteHotStore(path: path)
        try store.apply(script.take())
        return store
    }

    private func replace() throws {
        let lock = try StoreLock(path: path)
        try SQLiteHotStore.replace(path, with: replacement, holding: lock)
    }

    @Test func whatWasInTheOldStoresLogDoesNotComeIntoTheNewOne() throws {
        // Left open, as a process that was killed leaves it: its rows are in the log yet.
        let old = try fill(path, ["old"])
        let log = try FileManager.default.attributesOfItem(atPath: path + "-wal")
        #expect(try #require(log[.size] as? Int) > 0)
        let new = try fill(replacement, ["new", "newer"])
        let digests = try new.digests()
        try new.close()
        try replace()
        #expect(try SQLiteStoreReader(path: path).digests() == digests)
        #expect(!FileManager.default.fileExists(atPath: replacement))
        // Who reads the old one goes on doing so.
        #expect(try old.digest(of: .events).rows == 1)
    }

    @Test func aWriterOfTheNewStoreIsReadByWhoOpensItAfterwards() throws {
        _ = try fill(path, ["old"])
        try fill(replacement, ["new"]).close()
        try replace()
        let writer = try fill(path, ["new", "newer"])
        let reader = try SQLiteStoreReader(path: path)
        #expect(try reader.digest(of: .events).rows == 2)
        #expect(try reader.digests() == writer.digests())
    }

    @Test func aMissingAndADamagedStoreCanBeReplaced() throws {
        for content in [nil, "no database at all"] {
            try? FileManager.default.removeItem(atPath: path)
            if let content { try Data(content.utf8).write(to: URL(filePath: path)) }
            try fill(replacement, ["new"]).close()
            try replace()
            #expect(try SQLiteStoreReader(path: path).digest(of: .events).rows == 1)
        }
    }

    @Test func aStoreThatIsStillOpenIsNotPutInPlace() throws {
        let old = try fill(path, ["old"])
        let open = try fill(replacement, ["new", "newer"])
        #expect(throws: StoreError(.inUse, "")) { try replace() }
        #expect(try old.digest(of: .events).rows == 1)
        #expect(try open.digest(of: .events).rows == 2)
    }

    @Test func withoutAReplacementNothingIsTouched() throws {
        let old = try fill(path, ["old"])
        func log() throws -> [String: Data] {
            try ["-wal", "-shm"].reduce(into: [:]) { files, suffix in
                files[suffix] = try Data(contentsOf: URL(filePath: path + suffix))
            }
        }
        let before = try log()
        #expect(before["-wal"]?.isEmpty == false)
        for content in [nil, Data()] {
            if let content { try content.write(to: URL(filePath: replacement)) }
            #expect(throws: StoreError(.missing, "")) { try replace() }
            #expect(try log()["-wal"] == before["-wal"])
        }
        #expect(try old.digest(of: .events).rows == 1)
        #expect(try SQLiteStoreReader(path: path).digest(of: .events).rows == 1)
    }

    @Test func whatIsAtAPathIsRecognised() throws {
        #expect(try SQLiteHotStore.occupant(of: folder.file("nothing")) == .nothing)
        #expect(try SQLiteHotStore.occupant(of: folder.path) == .other)
        let file = folder.file("file")
        try Data().write(to: URL(filePath: file))
        #expect(try SQLiteHotStore.occupant(of: file) == .nothing)
        try Data(repeating: 7, count: 5000).write(to: URL(filePath: file))
        #expect(try SQLiteHotStore.occupant(of: file) == .other)

        let foreign = folder.file("foreign.sqlite")
        try DatabaseQueue(path: foreign).write {
            try $0.execute(sql: "CREATE TABLE notes (text TEXT)")
        }
        #expect(try SQLiteHotStore.occupant(of: foreign) == .other)

        try SQLiteHotStore(path: path).close()
        #expect(try SQLiteHotStore.occupant(of: path) == .store)
        try DatabaseQueue(path: path).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('stores-99-future')")
        }
        #expect(throws: StoreError(.tooNew, "")) { try SQLiteHotStore.occupant(of: path) }
    }

    @Test func aReadersSnapshotDoesNotMove() throws {
        let store = try fill(path, ["one"])
        let reader = try SQLiteStoreReader(path: path)
        let snapshot = try reader.snapshot()
        var script = Script()
        script.post("other", from: bob, to: cleo)
        try store.apply(script.take())
        #expect(try reader.digest(of: .events).rows == 2)
        #expect(try snapshot.digest(of: .events).rows == 1)
        #expect(try snapshot.snapshot().digest(of: .events).rows == 1)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func whoOwnedTheOldStoreOwnsTheNewOne() throws {
        try fill(path, ["old"]).close()
        try #require(chown(path, 4242, 4243) == 0)
        try fill(replacement, ["new"]).close()
        try replace()
        for name in [path, path + ".lock"] {
            var status = stat()
            #expect(stat(name, &status) == 0 && status.st_uid == 4242 && status.st_gid == 4243)
        }
        // Where there was none, the folder says who it is.
        try FileManager.default.removeItem(atPath: path)
        try #require(chown(folder.path, 4244, 4245) == 0)
        try fill(replacement, ["new"]).close()
        try replace()
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_uid == 4244)
    }

    @Test func aStoreThatIsServedIsClosedThoughSomebodyReadsIt() throws {
        let served = try fill(path, ["one"])
        let moment = try SQLiteStoreReader(path: path).snapshot()
        try served.close()
        #expect(try moment.digest(of: .events).rows == 1)
        #expect(try SQLiteStoreReader(path: path).digest(of: .events).rows == 1)
    }
}
