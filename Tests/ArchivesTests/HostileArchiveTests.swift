import Events
import Stores
import Testing

@testable import Archives

/// Archives that somebody made to do harm.
@Suite struct HostileArchiveTests {
    private static let conversation = Samples.conversation(1)
    private static let rows = Samples.messages(200, in: conversation)

    private let bytes: [UInt8]
    private let end: ZipEnd

    init() throws {
        bytes = try Samples.archive(Self.rows + Samples.messages(100, in: Samples.conversation(2)))
        end = try ZipEnd(Stretch(start: 0, bytes: bytes[...]), size: Int64(bytes.count))
    }

    private func read(_ bytes: [UInt8]) throws -> [StoreRow] {
        var blob = CountedBlob(bytes)
        return try blob.reader(Self.conversation).rows(in: .min ... .max)
    }

    private func changed(_ changes: [(place: Int64, value: UInt64, bytes: Int)]) -> [UInt8] {
        var changed = bytes
        for change in changes {
            for index in 0..<change.bytes {
                changed[Int(change.place) + index] = UInt8(
                    truncatingIfNeeded: change.value >> UInt64(8 * index)
                )
            }
        }
        return changed
    }

    /// The record of the first entry in the central directory.
    private var record: Int64 { end.directory.lowerBound }

    @Test func anArchiveThatNobodyTouchedIsRead() throws {
        #expect(try read(bytes) == Self.rows)
    }

    @Test(arguments: [UInt64(1), 100, 5_000_000, 0x7FFF_FFFF, 0xFFFF_FFFE, 0xFFFF_FFFF])
    func aSizeThatIsALieIsAnError(size: UInt64) throws {
        // In the directory, and in both places.
        let inDirectory = (place: record + 24, value: size, bytes: 4)
        #expect(throws: ArchiveError.self) { try read(changed([inDirectory])) }
        #expect(throws: ArchiveError.self) {
            try read(changed([inDirectory, (place: 22, value: size, bytes: 4)]))
        }
        let packed = (place: record + 20, value: size, bytes: 4)
        #expect(throws: ArchiveError.self) { try read(changed([packed])) }
        #expect(throws: ArchiveError.self) {
            try read(changed([packed, (place: 18, value: size, bytes: 4)]))
        }
    }

    @Test func anEntryThatPointsToAnotherIsAnError() throws {
        let second = record + 46 + 46
        let place = Stretch(start: 0, bytes: bytes[...]).number(at: second + 42, bytes: 4) ?? 0
        #expect(place > 0)
        let overlapping = changed([(place: record + 42, value: place, bytes: 4)])
        #expect(throws: archiveError(.corrupt)) { try read(overlapping) }
        var blob = CountedBlob(overlapping)
        #expect(throws: archiveError(.corrupt)) { try blob.verify() }
        let beyond = changed([
            (place: record + 42, value: UInt64(end.directory.lowerBound), bytes: 4)
        ])
        #expect(throws: archiveError(.corrupt)) { try read(beyond) }
    }

    @Test func aDirectoryOfMoreEntriesThanFitIsAnError() throws {
        let tail = Int64(bytes.count) - 22
        for (place, count) in [
            (tail + 10, UInt64(0xFFFF)), (tail + 10, 2), (tail + 12, 0), (tail + 16, 1),
        ] {
            #expect(throws: archiveError(.corrupt)) {
                try read(changed([(place: place, value: count, bytes: 2)]))
            }
        }
    }

    @Test func otherEndsInTheDirectoryAreAnError() throws {
        let locator: [UInt8] = [0x50, 0x4B, 6, 7]
        let decoy: [UInt8] = [0x50, 0x4B, 5, 6]
        func damaged(_ bytes: [UInt8], at places: [Int64: [UInt8]]) -> Stretch {
            var bytes = bytes
            for (place, mark) in places {
                bytes.replaceSubrange(Int(place)..<Int(place) + 4, with: mark)
            }
            return Stretch(start: 0, bytes: bytes[...])
        }
        let name = record + 46
        try end.requireNoOther(in: damaged(bytes, at: [:]))
        // One may be there by chance.
        try end.requireNoOther(in: damaged(bytes, at: [name: decoy]))
        for marks in [[name: locator, name + 20: decoy], [name: decoy, name + 22: decoy]] {
            let stretch = damaged(bytes, at: marks)
            #expect(throws: archiveError(.corrupt)) { try end.requireNoOther(in: stretch) }
            #expect(throws: archiveError(.corrupt)) { try read(Array(stretch.bytes)) }
        }
    }

    @Test func anEndAmongTheEntriesIsNoMatter() throws {
        // A message may say what looks like the end of an archive; stored, not deflated, it would stand there as it is.
        var blob = CountedBlob(bytes)
        let reader = try blob.reader(Self.conversation)
        let extent = try reader.extent()
        let decoy: [UInt8] = [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18)
        var damaged = bytes
        let place = Int(extent.upperBound) - 40
        damaged.replaceSubrange(place..<place + decoy.count, with: decoy)
        var other = CountedBlob(damaged)
        let second = try other.reader(Samples.conversation(2))
        #expect(try second.rows(in: 1...100).count == 100)
        #expect(throws: archiveError(.corrupt)) { try read(damaged) }
    }

    @Test func aBombStopsAtItsLimit() throws {
        let folder = try TemporaryFolder()
        let size = 3_000_000
        let bytes = try archive(folder, [UInt8](repeating: 0x61, count: size))
        var limits = ArchiveLimits()
        limits.entryBytesMax = Int64(size) - 1
        var blob = CountedBlob(bytes)
        #expect(throws: archiveError(.tooLarge)) {
            try blob.reader(Self.conversation, limits: limits)
        }
        limits = ArchiveLimits()
        limits.lineBytesMax = 100_000
        #expect(throws: archiveError(.tooLarge)) {
            try blob.reader(Self.conversation, limits: limits).rows(in: 1...1)
        }
    }

    @Test func linesThatAreNoneAreErrors() throws {
        let folder = try TemporaryFolder()
        let good = try ArchiveLine.encode(Self.rows[0])
        let foreign = try ArchiveLine.encode(
            Samples.message("x", in: Samples.conversation(9), seq: 2)
        )
        for lines in [Array(good.dropLast()), good + [0x7B], good + [0x0A], good + foreign] {
            var blob = CountedBlob(try archive(folder, lines))
            let reader = try blob.reader(Self.conversation)
            #expect(throws: archiveError(.corrupt)) { try reader.rows(in: .min ... .max) }
        }
        var blob = CountedBlob(try archive(folder, good))
        #expect(try blob.reader(Self.conversation).rows(in: 1...1) == [Self.rows[0]])
    }

    @Test func aNewerFormatIsSaidToBeOne() throws {
        let folder = try TemporaryFolder()
        let lines = try ArchiveLine.encode(Self.rows[0])
        let bytes = try archive(folder, lines, manifest: #"{"version":2,"shape":"other"}"#)
        var blob = CountedBlob(bytes)
        let error = #expect(throws: archiveError(.tooNew)) { try blob.reader(Self.conversation) }
        #expect(error?.archive == "a.zip")
        #expect(error?.entry == "manifest.json")
        #expect(throws: archiveError(.tooNew)) { try blob.verify() }
        for manifest in [
            "", "{}", #"{"version":1}"#, #"{"version":"1"}"#,
            #"{"version":1,"day":"2026-11-23","shard":0,"shards":1,"conversations":7,"events":9,"index_sha256":""}"#,
        ] {
            var blob = CountedBlob(try archive(folder, lines, manifest: manifest))
            #expect(throws: archiveError(.corrupt), "\(manifest)") {
                try blob.reader(Self.conversation)
            }
        }
    }

    /// An archive with one conversation, of whatever lines, and whatever manifest.
    private func archive(
        _ folder: TemporaryFolder,
        _ lines: [UInt8],
        manifest: String? = nil
    ) throws -> [UInt8] {
        let path = folder.file("hostile.zip")
        let zip = try ZipWriter(path)
        try zip.add(ArchiveFormat.entry(of: Self.conversation), SparseBytes(lines), of: Samples.day)
        try zip.add(ArchiveFormat.index, SparseBytes([0x7B, 0x7D, 0x0A]), of: Samples.day)
        let sound = ArchiveManifest(
            day: Samples.day,
            shard: 0,
            shardCount: 1,
            conversations: 1,
            events: 1,
            indexSHA256: ""
        )
        let text = manifest.map { Array("\($0)\n".utf8) } ?? sound.encoded()
        try zip.add(ArchiveFormat.manifest, SparseBytes(text), of: Samples.day)
        try zip.close()
        return try Samples.bytes(path)
    }
}
