import Crypto
import Events
import Foundation
import Stores
import Testing

@testable import Archives

@Suite struct ArchiveWriterTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func equalRowsGiveEqualBytes() throws {
        var random = SeededRandom(state: 5)
        let rows = Samples.rows(conversations: 20, eventsMax: 30, &random)
        let first = try Samples.pack(rows, at: folder.file("first.zip"))
        let second = try Samples.pack(rows, at: folder.file("second.zip"))
        #expect(first.sha256 == second.sha256)
        #expect(first.key == second.key)
        #expect(first.conversations == second.conversations)
        #expect(try Samples.bytes(first.path) == Samples.bytes(second.path))
        let other = try Samples.pack(rows.dropLast(), at: folder.file("other.zip"))
        #expect(first.key != other.key)
    }

    @Test func whatWasPackedIsSaidInFull() throws {
        let (one, two) = (Samples.conversation(1), Samples.conversation(2))
        var rows = Samples.messages(3, in: one)
        rows.append(Samples.message("later", in: one, seq: 9, messageCount: 4))
        rows += Samples.messages(2, in: two)
        let packed = try Samples.pack(rows, at: folder.file("a.zip"))
        let bytes = try Samples.bytes(packed.path)
        #expect(packed.byteCount == Int64(bytes.count))
        #expect(packed.sha256 == Array(SHA256.hash(data: bytes)))
        #expect(packed.key.wholeMatch(of: /archives\/2026\/11\/23\/03-[0-9a-f]{16}\.zip/) != nil)
        #expect(packed.manifest.events == 6)
        #expect(packed.manifest.conversations == 2)
        #expect(packed.stored.day == Samples.day.number)
        let segment = try #require(packed.segments.first)
        #expect(segment.archive == packed.key)
        #expect(segment.conversation == one)
        #expect(segment.seqs == 1...9)
        #expect(segment.events == 4)
        #expect(segment.counts.messageCount(at: 9) == 4)
        let start = Samples.day.times.lowerBound
        #expect(segment.times == start + .milliseconds(1)...start + .milliseconds(9))
    }

    @Test func nothingIsLeftBehindButTheArchive() throws {
        _ = try Samples.pack(
            Samples.messages(100, in: Samples.conversation(1)),
            at: folder.file("a.zip")
        )
        let writer = try ArchiveWriter(
            path: folder.file("b.zip"),
            day: Samples.day,
            shard: 0,
            shardCount: 1
        )
        try writer.append(Samples.messages(100, in: Samples.conversation(1)))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.zip"])
    }

    @Test func anArchiveTakesThePlaceOfWhatWasThere() throws {
        let path = folder.file("a.zip")
        try Data(repeating: 7, count: 100_000).write(to: URL(fileURLWithPath: path))
        let packed = try Samples.pack(Samples.messages(3, in: Samples.conversation(1)), at: path)
        #expect(try ArchiveVerification.verify(path: path).isEqual(to: packed))
    }

    @Test func noEventsAreAnArchiveToo() throws {
        let packed = try Samples.pack([], at: folder.file("a.zip"))
        #expect(try ArchiveVerification.verify(path: packed.path).isEqual(to: packed))
    }

    @Test func headersSayNothingOfTheMachine() throws {
        let bytes = try Samples.archive(Samples.messages(3, in: Samples.conversation(1)))
        let whole = Stretch(start: 0, bytes: bytes[...])
        let end = try ZipEnd(whole, size: Int64(bytes.count))
        // Noon of 2026-11-23, whatever the time zone, and no extra fields.
        let date = UInt64(46 << 9 | 11 << 5 | 23)
        #expect(whole.number(at: 10, bytes: 2) == 12 << 11)
        #expect(whole.number(at: 12, bytes: 2) == date)
        #expect(whole.number(at: 28, bytes: 2) == 0)
        var place = end.directory.lowerBound
        for _ in 0..<end.entries {
            #expect(whole.number(at: place + 12, bytes: 2) == 12 << 11)
            #expect(whole.number(at: place + 14, bytes: 2) == date)
            #expect(whole.number(at: place + 30, bytes: 4) == 0)
            #expect(whole.number(at: place + 38, bytes: 4) == 0o100644 << 16)
            place += 46 + Int64(try #require(whole.number(at: place + 28, bytes: 2)))
        }
        #expect(place == end.directory.upperBound)
    }

    @Test func rowsThatDoNotBelongAreRefused() throws {
        let (one, two) = (Samples.conversation(1), Samples.conversation(2))
        let first = Samples.message("x", in: one, seq: 5)
        let bad: [[StoreRow]] = [
            [first, first], [first, Samples.message("y", in: one, seq: 4)],
            [first, Samples.message("y", in: one, seq: 6, messageCount: 4)],
            [first, Samples.message("y", in: one, seq: 6, at: Samples.day.times.lowerBound)],
            [Samples.message("y", in: two, seq: 1), first],
            [first, Samples.message("y", in: two, seq: 1), Samples.message("y", in: one, seq: 6)],
            [Samples.message("y", in: one, seq: 1, at: Samples.day.times.upperBound)],
            [StoreRow(table: .asides, values: first.values)],
        ]
        for rows in bad {
            #expect(throws: archiveError(.invalidRows)) {
                try Samples.pack(rows, at: folder.file("a.zip"))
            }
        }
        // What was late to reach the store is of an earlier day.
        let late = Timestamp(milliseconds: Samples.day.times.lowerBound.milliseconds - 1)
        _ = try Samples.pack(
            [Samples.message("y", in: one, seq: 1, at: late)],
            at: folder.file("a.zip")
        )
    }

    @Test func whatAReaderWouldNotBelieveIsNotWritten() throws {
        let rows = Samples.messages(40, in: Samples.conversation(1))
        let changes: [(inout ArchiveLimits) -> Void] = [
            { $0.lineBytesMax = 100 }, { $0.entryBytesMax = 1000 }, { $0.conversationsMax = 0 },
            { $0.indexBytesMax = 10 },
        ]
        for change in changes {
            var limits = ArchiveLimits()
            change(&limits)
            #expect(throws: archiveError(.tooLarge)) {
                try Samples.pack(rows, at: folder.file("a.zip"), limits: limits)
            }
        }
    }

    @Test func aFolderThatIsNotThereIsSaidSo() throws {
        let error = #expect(throws: archiveError(.unwritable)) {
            try Samples.pack([], at: folder.file("none/a.zip"))
        }
        #expect(error?.isRetriable == true)
        #expect(error?.archive == folder.file("none/a.zip"))
    }

    @Test func theInputsOfAnArchiveGoWithIt() throws {
        weak var input: SparseBytes?
        do {
            let writer = try ZipWriter(folder.file("a.zip"))
            let bytes = SparseBytes([1, 2, 3])
            input = bytes
            try writer.add("a", bytes, of: Samples.day)
            try writer.close()
        }
        #expect(input == nil)
        do {
            let writer = try ZipWriter(folder.file("b.zip"))
            let bytes = SparseBytes([1, 2, 3])
            input = bytes
            try writer.add("a", bytes, of: Samples.day)
            #expect(throws: archiveError(.unwritable)) {
                try writer.add("a", SparseBytes([1]), of: Samples.day)
            }
            writer.discard()
        }
        #expect(input == nil)
    }
}
