import Events
import Foundation
import Synchronization
import Testing

@testable import Blobs

/// What only a folder has to do: dying writers, failing disks, links.
@Suite struct FolderBlobStoreTests {
    private func store(
        _ path: String,
        probe: @escaping FolderProbe = { _ in 0 }
    ) throws
        -> FolderBlobStore
    {
        try FolderBlobStore(path: path, clock: FixedClock(), probe: probe)
    }

    /// All files below a folder, by their paths in it.
    private func files(_ path: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return names.filter { name in
            var isFolder: ObjCBool = false
            let full = "\(path)/\(name)"
            return FileManager.default.fileExists(atPath: full, isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }

    /// A clock that shows this machine's time and some more.
    private func clock(_ later: Duration) -> FixedClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return FixedClock(time: Timestamp(milliseconds: Int64(time.tv_sec) * 1000) + later)
    }

    @Test func whoeverDiesAtAnyStepLeavesTheOldBlobOrTheNewOne() async throws {
        let path = TemporaryFolder.make()
        let key = try BlobKey("a/b/blob")
        let old = sampleBytes(3_000_000, seed: 1)
        let new = sampleBytes(3_000_001, seed: 2)
        try await store(path).put(.bytes(old), at: key)
        // What the disk holds before each step is what a process that is killed there leaves.
        let copies = Mutex<[(step: FolderStep, path: String)]>([])
        let watched = try store(path) { step in
            let copy = TemporaryFolder.make()
            try? FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: copy).deletingLastPathComponent().path,
                withIntermediateDirectories: true
            )
            guard (try? FileManager.default.copyItem(atPath: path, toPath: copy)) != nil else {
                return EIO
            }
            copies.withLock { $0.append((step, copy)) }
            return 0
        }
        try await watched.put(.bytes(new), at: key)
        let steps = copies.withLock { $0 }
        #expect(
            steps.map(\.step) == [
                .create, .write, .write, .write, .syncFile, .rename, .syncFolder, .syncFolder,
                .syncFolder,
            ]
        )
        for (place, copy) in steps.enumerated() {
            let isRenamed = copy.step == .syncFolder
            let left = try FolderBlobStore(path: copy.path, clock: clock(.seconds(3600)))
            #expect(try await left.get(key) == (isRenamed ? new : old), "step \(place)")
            #expect(try await left.list("", after: nil, limit: 10).map(\.key) == [key])
            let leftovers = try await left.removeLeftovers(olderThan: .seconds(60))
            #expect(leftovers == (isRenamed || copy.step == .create ? 0 : 1), "step \(place)")
            #expect(files(copy.path) == ["a/b/blob"])
        }
    }

    @Test func aStepThatFailsLeavesNothingVisible() async throws {
        let failures: [(number: Int32, code: BlobError.Code)] = [
            (ENOSPC, .full), (EDQUOT, .full), (EIO, .damaged), (EACCES, .refused),
            (EROFS, .refused),
            (EMFILE, .unavailable),
        ]
        for step in FolderStep.allCases {
            for failure in failures {
                let path = TemporaryFolder.make()
                let store = try store(path) { $0 == step ? failure.number : 0 }
                let key = try BlobKey("a/blob")
                await expectError(failure.code, "\(step) \(failure.number)") {
                    () throws(BlobError) in
                    try await store.put(.bytes(sampleBytes(10)), at: key)
                }
                // Once it has its name it is whole.
                #expect(files(path) == (step == .syncFolder ? ["a/blob"] : []), "\(step)")
            }
        }
    }

    @Test func aDiskThatFillsUpHalfWayKeepsTheOldBlob() async throws {
        let path = TemporaryFolder.make()
        let key = try BlobKey("blob")
        try await store(path).put(.bytes([1, 2, 3]), at: key)
        let writes = Mutex(0)
        let failing = try store(path) { step in
            guard step == .write else { return 0 }
            return writes.withLock { writes in
                writes += 1
                return writes == 3 ? ENOSPC : 0
            }
        }
        do {
            try await failing.put(.bytes(sampleBytes(5 << 20)), at: key)
            Issue.record("there was room")
        } catch {
            #expect(error.code == .full)
            #expect(error.isRetriable)
        }
        #expect(try await failing.get(key) == [1, 2, 3])
        #expect(files(path) == ["blob"])
    }

    @Test func onlyLeftoversThatAreOldEnoughGo() async throws {
        let path = TemporaryFolder.make()
        try await store(path).put(.bytes([1]), at: BlobKey("a/blob"))
        for name in ["~1", "a/~2", "a/other"] {
            #expect(FileManager.default.createFile(atPath: "\(path)/\(name)", contents: Data([1])))
        }
        let sweeper = try FolderBlobStore(path: path, clock: clock(.seconds(3600)))
        #expect(try await sweeper.removeLeftovers(olderThan: .seconds(7200)) == 0)
        #expect(files(path) == ["a/blob", "a/other", "a/~2", "~1"])
        #expect(try await sweeper.removeLeftovers(olderThan: .seconds(1800)) == 2)
        #expect(files(path) == ["a/blob", "a/other"])
        #expect(try await sweeper.removeLeftovers(olderThan: .seconds(1800)) == 0)
    }

    @Test func noLinkLeadsOutOfTheFolder() async throws {
        let path = TemporaryFolder.make()
        let outside = TemporaryFolder.make()
        let store = try store(path)
        try await self.store(outside).put(.bytes(Array("secret".utf8)), at: BlobKey("in/file"))
        let manager = FileManager.default
        try manager.createSymbolicLink(
            atPath: "\(path)/folder",
            withDestinationPath: "\(outside)/in"
        )
        try manager.createSymbolicLink(
            atPath: "\(path)/file",
            withDestinationPath: "\(outside)/in/file"
        )
        for name in ["folder/file", "file"] {
            let key = try BlobKey(name)
            #expect(try await store.info(key) == nil, "\(name)")
            do {
                let bytes = try await store.get(key)
                Issue.record("\(name) was read: \(bytes.count)")
            } catch {
                #expect([.refused, .notFound].contains(error.code), "\(name): \(error)")
            }
        }
        #expect(try await store.list("", after: nil, limit: 10) == [])
        await expectError(.invalid) { () throws(BlobError) in
            try await store.put(.bytes([1]), at: BlobKey("folder/new"))
        }
        // A link itself is replaced and removed, not what it leads to.
        try await store.put(.bytes([1]), at: BlobKey("file"))
        #expect(try await store.get(BlobKey("file")) == [1])
        try await store.remove(BlobKey("folder/file"))
        try await store.remove(BlobKey("folder"))
        #expect(files(outside) == ["in/file"])
        let secret = try await self.store(outside).get(BlobKey("in/file"))
        #expect(secret == Array("secret".utf8))
    }

    @Test func aKeyIsNotTheFolderOfAnother() async throws {
        let path = TemporaryFolder.make()
        let store = try store(path)
        try await store.put(.bytes([1]), at: BlobKey("a/b"))
        for name in ["a", "a/b/c"] {
            await expectError(.invalid, name) { () throws(BlobError) in
                try await store.put(.bytes([2]), at: BlobKey(name))
            }
        }
        #expect(files(path) == ["a/b"])
    }

    @Test func whatIsNoBlobIsNone() async throws {
        let path = TemporaryFolder.make()
        let store = try store(path)
        #expect(mkfifo("\(path)/pipe", 0o600) == 0)
        for name in ["two words", "~x", "ä"] {
            #expect(FileManager.default.createFile(atPath: "\(path)/\(name)", contents: Data()))
        }
        #expect(try await store.list("", after: nil, limit: 10) == [])
        #expect(try await store.info(BlobKey("pipe")) == nil)
        await expectError(.notFound) { () throws(BlobError) in
            try await store.get(BlobKey("pipe"))
        }
    }

    @Test func aFolderThatIsGoneIsNotAnEmptyOne() async throws {
        let path = TemporaryFolder.make()
        let store = try store(path)
        let key = try BlobKey("a")
        try await store.put(.bytes([1]), at: key)
        try FileManager.default.removeItem(atPath: path)
        await expectError(.unavailable) { () throws(BlobError) in try await store.get(key) }
        await expectError(.unavailable) { () throws(BlobError) in try await store.info(key) }
        await expectError(.unavailable) { () throws(BlobError) in try await store.remove(key) }
        await expectError(.unavailable) { () throws(BlobError) in
            try await store.list("", after: nil, limit: 1)
        }
        await expectError(.unavailable) { () throws(BlobError) in
            try await store.put(.bytes([1]), at: key)
        }
    }

    @Test func aFolderThatCannotBeIsAClearError() {
        #expect(throws: BlobError(.invalid, "")) { try store("") }
        #expect(throws: BlobError(.invalid, "")) { try store("/dev/null/blobs") }
        #expect(throws: BlobError(.invalid, "")) { try store("a\0b") }
    }

    @Test func twoStoresInOneFolderSeeTheSame() async throws {
        let path = TemporaryFolder.make()
        let one = try store(path)
        let other = try store(path + "/")
        try await one.put(.bytes([1]), at: BlobKey("a/b"))
        #expect(try await other.get(BlobKey("a/b")) == [1])
        try await other.remove(BlobKey("a/b"))
        #expect(try await one.info(BlobKey("a/b")) == nil)
    }
}
