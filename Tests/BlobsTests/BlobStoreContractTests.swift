import Foundation
import Testing

@testable import Blobs

/// What every blob store does.
@Suite struct BlobStoreContractTests {
    @Test(arguments: StoreKind.allCases)
    func whatWasPutIsReadBack(_ kind: StoreKind) async throws {
        let store = try await kind.make()
        for (name, size) in [("one", 1), ("a/b/c.zip", 1000), ("a/b/d", 1 << 20), ("empty", 0)] {
            let key = try BlobKey(name)
            let bytes = sampleBytes(size)
            try await store.put(.bytes(bytes), at: key)
            #expect(try await store.get(key) == bytes, "\(name)")
            #expect(try await store.info(key) == BlobInfo(key: key, size: Int64(size)), "\(name)")
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aLargeFileIsPutInOnePiece(_ kind: StoreKind) async throws {
        let store = try await kind.make()
        let key = try BlobKey("archives/2026/01/02/03-0123456789abcdef.zip")
        let bytes = sampleBytes(20 << 20)
        let path = NSTemporaryDirectory() + "/martlet-blob-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await store.put(.file(path), at: key)
        #expect(try await store.info(key)?.size == Int64(bytes.count))
        #expect(try await store.get(key) == bytes)
        // Across where parts and chunks meet.
        for start in [(8 << 20) - 3, (16 << 20) - 1, (20 << 20) - 5] {
            let range = Int64(start)..<Int64(start + 5)
            #expect(try await store.get(key, range) == Array(bytes[start..<(start + 5)]))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aRangeIsExactlyWhatWasAskedFor(_ kind: StoreKind) async throws {
        let store = try await kind.make()
        let key = try BlobKey("ranges")
        let bytes = sampleBytes(1000)
        try await store.put(.bytes(bytes), at: key)
        for range in [0..<1, 999..<1000, 0..<1000, 100..<900, 0..<0, 500..<500, 1000..<1000] {
            let wanted = Int64(range.lowerBound)..<Int64(range.upperBound)
            #expect(try await store.get(key, wanted) == Array(bytes[range]), "\(range)")
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aRangeBeyondTheEndIsRefused(_ kind: StoreKind) async throws {
        let store = try await kind.make()
        let key = try BlobKey("ranges")
        let empty = try BlobKey("empty")
        try await store.put(.bytes(sampleBytes(1000)), at: key)
        try await store.put(.bytes([]), at: empty)
        let ranges: [Range<Int64>] = [
            999..<1001, 1000..<1001, 0..<5000, 5000..<6000, 1001..<1001, -1..<5, -5 ..< -5,
            0..<(BlobLimits.readBytesMax + 1), 0..<Int64.max,
        ]
        for range in ranges {
            await expectError(.invalid, "\(range)") { () throws(BlobError) in
                try await store.get(key, range)
            }
        }
        await expectError(.invalid) { () throws(BlobError) in try await store.get(empty, 0..<1) }
    }

    @Test(arguments: StoreKind.allCases)
    func whatIsNotThereIsNotFound(_ kind: StoreKind) async throws {
        let store = try await kind.make()
        try await store.put(.bytes([1]), at: BlobKey("there/blob"))
        for name in ["nothing", "there", "there/blo", "there/blob2", "nowhere/blob"] {
            let key = try BlobKey(name)
            #expect(try await store.info(key) == nil, "\(name)")
            for range in [nil, 0..<1, 0..<0] as [Range<Int64>?] {
                await expectError(.notFound, name) { () throws(BlobError) in
                    try await store.get(key, range)
                }
            }
            try await store.remove(key)
        }
        #expect(try await store.get(BlobKey("there/blob")) == [1])
    }

    @Test(arguments: StoreKind.allCases)
    func whatIsRemovedIsGone(_ kind: StoreKind) async throws {
        let store = try await kind.make()
        let key = try BlobKey("a/b")
        try await store.put(.bytes([1, 2, 3]), at: key)
        try await store.remove(key)
        try await store.remove(key)
        #expect(try await store.info(key) == nil)
        #expect(try await store.list("", after: nil, limit: 10) == [])
        await expectError(.notFound) { () throws(BlobError) in try await store.get(key) }
        try await store.put(.bytes([4]), at: key)
        #expect(try await store.get(key) == [4])
    }

    @Test(arguments: StoreKind.allCases)
    func whoReadsWhileABlobIsReplacedGetsOneOfItsVersions(_ kind: StoreKind) async throws {
        let store = try await kind.make()
        let key = try BlobKey("changing")
        // Version n is n everywhere, and its length tells it too.
        func version(_ number: UInt8) -> [UInt8] {
            [UInt8](repeating: number, count: 200_000 + Int(number))
        }
        try await store.put(.bytes(version(0)), at: key)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 1...40 as ClosedRange<UInt8> {
                    try await store.put(.bytes(version(number)), at: key)
                }
            }
            for _ in 0..<3 {
                group.addTask {
                    var last: UInt8 = 0
                    for _ in 0..<40 {
                        let bytes = try await store.get(key)
                        let number = bytes[0]
                        #expect(bytes == version(number))
                        #expect(number >= last, "an older version came after a newer one")
                        last = number
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.get(key) == version(40))
    }

    @Test(arguments: StoreKind.allCases)
    func ofTwoWritersOneWins(_ kind: StoreKind) async throws {
        let store = try await kind.make()
        let key = try BlobKey("contended/blob")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<16 as Range<UInt8> {
                group.addTask {
                    let bytes = [UInt8](repeating: number, count: 10_000)
                    try await store.put(.bytes(bytes), at: key)
                }
            }
            try await group.waitForAll()
        }
        let bytes = try await store.get(key)
        #expect(bytes.count == 10_000)
        #expect(Set(bytes).count == 1)
        #expect(try await store.list("", after: nil, limit: 10).map(\.key) == [key])
    }

    @Test(arguments: StoreKind.allCases)
    func aListingIsInTheOrderOfBytes(_ kind: StoreKind) async throws {
        let store = try await kind.make()
        // `-` and `.` come before `/`, digits, capitals and `_` after it.
        let names = [
            "a-b", "a.b", "a/b", "a/c/d", "a/c-d", "a0", "aB", "a_", "ab", "b", "A", "0", "a/c.d",
            "a-/x", "z/y/x/w/v", "-", "_",
        ]
        for name in names.shuffled() {
            try await store.put(.bytes(Array(name.utf8)), at: BlobKey(name))
        }
        let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let all = try await store.list("", after: nil, limit: 100)
        #expect(all.map(\.key.description) == sorted)
        #expect(all.map(\.size) == sorted.map { Int64($0.utf8.count) })
        for prefix in ["a", "a/", "a/c", "a-", "z/y/x/w/v", "z/y/", "none", "a/b/", "A"] {
            let found = try await store.list(prefix, after: nil, limit: 100)
            #expect(
                found.map(\.key.description) == sorted.filter { $0.hasPrefix(prefix) },
                "\(prefix)"
            )
        }
        // From every key, there or not, and with every prefix.
        for after in sorted + ["a/c", "a/", "zz", "a/c/zz", "a."].filter({ !$0.hasSuffix("/") }) {
            for prefix in ["", "a", "a/c"] {
                let wanted = sorted.filter {
                    $0.hasPrefix(prefix) && after.utf8.lexicographicallyPrecedes($0.utf8)
                }
                let found = try await store.list(prefix, after: BlobKey(after), limit: 100)
                #expect(found.map(\.key.description) == wanted, "\(prefix) after \(after)")
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aListingBeyondAThousandHasEachBlobOnce(_ kind: StoreKind) async throws {
        let store = try await kind.make()
        let names = (0..<1_050).map { "many/\($0 % 7)/\($0)" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in 0..<8 {
                group.addTask {
                    for place in stride(from: part, to: names.count, by: 8) {
                        try await store.put(.bytes([]), at: BlobKey(names[place]))
                    }
                }
            }
            try await group.waitForAll()
        }
        try await store.put(.bytes([]), at: BlobKey("more"))
        let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let once = try await store.list("many/", after: nil, limit: 5_000)
        #expect(once.map(\.key.description) == sorted)
        #expect(try await store.list("many/", after: nil, limit: 1_049).count == 1_049)
        var paged: [String] = []
        var last: BlobKey?
        while true {
            let page = try await store.list("many/", after: last, limit: 400)
            paged += page.map(\.key.description)
            guard page.count == 400 else { break }
            last = page.last?.key
        }
        #expect(paged == sorted)
    }

    @Test(arguments: StoreKind.allCases)
    func aListingOfNothingOrWithoutALimitIsEmpty(_ kind: StoreKind) async throws {
        let store = try await kind.make()
        #expect(try await store.list("", after: nil, limit: 10) == [])
        try await store.put(.bytes([1]), at: BlobKey("a"))
        #expect(try await store.list("", after: nil, limit: 0) == [])
        #expect(try await store.list("", after: nil, limit: -1) == [])
        #expect(try await store.list("", after: nil, limit: .max).count == 1)
        for prefix in ["a b", "ä", "a\0", "../a&b", String(repeating: "a", count: 513)] {
            await expectError(.invalid, prefix) { () throws(BlobError) in
                try await store.list(prefix, after: nil, limit: 10)
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func theLongestKeyIsTaken(_ kind: StoreKind) async throws {
        let store = try await kind.make()
        let segment = String(repeating: "x", count: 255)
        for text in ["\(segment)/\(segment)", String(repeating: "a/", count: 255) + "bc"] {
            let key = try BlobKey(text)
            #expect(text.utf8.count >= 511)
            try await store.put(.bytes([7]), at: key)
            #expect(try await store.get(key) == [7])
            #expect(try await store.list("", after: nil, limit: 10).map(\.key) == [key])
            try await store.remove(key)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aSourceThatCannotBeReadIsInvalid(_ kind: StoreKind) async throws {
        let store = try await kind.make()
        let key = try BlobKey("a")
        for path in ["/nowhere/\(UUID().uuidString)", NSTemporaryDirectory(), "/dev/null"] {
            await expectError(.invalid, path) { () throws(BlobError) in
                try await store.put(.file(path), at: key)
            }
        }
        #expect(try await store.info(key) == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func leftoversAreNoneAfterPuts(_ kind: StoreKind) async throws {
        let store = try await kind.make()
        try await store.put(.bytes(sampleBytes(20 << 20)), at: BlobKey("a/b"))
        try await store.put(.bytes([1]), at: BlobKey("c"))
        #expect(try await store.removeLeftovers(olderThan: .zero) == 0)
        #expect(try await store.list("", after: nil, limit: 10).count == 2)
    }
}
