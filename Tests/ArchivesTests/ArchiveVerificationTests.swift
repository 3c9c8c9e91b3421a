import Events
import Foundation
import Stores
import Testing

@testable import Archives

@Suite struct ArchiveVerificationTests {
    private let folder: TemporaryFolder
    private let rows: [StoreRow]
    private let packed: PackedArchive

    init() throws {
        folder = try TemporaryFolder()
        var random = SeededRandom(state: 4)
        rows = Samples.rows(conversations: 25, eventsMax: 80, &random)
        packed = try Samples.pack(rows, at: folder.file("a.zip"))
    }

    @Test func whatWasWrittenIsFoundWhole() throws {
        var visited: [StoreRow] = []
        let verified = try ArchiveVerification.verify(path: packed.path, sha256: packed.sha256) {
            visited.append($0)
        }
        #expect(verified.isEqual(to: packed))
        #expect(visited == rows)
    }

    @Test func anArchiveElsewhereIsReadInLongRanges() async throws {
        let bytes = try Samples.bytes(packed.path)
        var ranges = 0
        let verified = try await ArchiveVerification.verify(
            archive: packed.key,
            size: packed.byteCount,
            sha256: packed.sha256,
            read: { range in
                ranges += 1
                return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
            }
        )
        #expect(verified.isEqual(to: packed))
        // One for SHA-256, one for the tail, one for the entries.
        #expect(ranges <= 3)
    }

    @Test func otherBytesThanWereUploadedAreAnError() async throws {
        var sha256 = packed.sha256
        sha256[0] ^= 1
        #expect(throws: archiveError(.corrupt)) {
            try ArchiveVerification.verify(path: packed.path, sha256: sha256)
        }
        let bytes = try Samples.bytes(packed.path)
        await #expect(throws: archiveError(.corrupt)) {
            try await ArchiveVerification.verify(
                archive: packed.key,
                size: packed.byteCount,
                sha256: sha256,
                read: { Array(bytes[Int($0.lowerBound)..<Int($0.upperBound)]) }
            )
        }
    }

    @Test func aFileThatIsNotThereIsUnavailable() {
        let error = #expect(throws: archiveError(.unavailable)) {
            try ArchiveVerification.verify(path: folder.file("none.zip"))
        }
        #expect(error?.archive == folder.file("none.zip"))
    }

    @Test func whatTheVisitorThrowsComesThrough() {
        #expect(throws: CancellationError.self) {
            try ArchiveVerification.verify(path: packed.path) { _ in throw CancellationError() }
        }
    }

    @Test func aLongConversationIsReadPieceByPiece() throws {
        let count = ProcessInfo.processInfo.environment["MARTLET_ARCHIVE_ROWS"].flatMap(Int64.init)
        let last = count ?? 20_000
        let writer = try ArchiveWriter(
            path: folder.file("long.zip"),
            day: Samples.day,
            shard: 0,
            shardCount: 1
        )
        let conversation = Samples.conversation(1)
        var seq: Int64 = 1
        while seq <= last {
            let page = (seq..<min(last + 1, seq + 1000)).map {
                Samples.message("message number \($0)", in: conversation, seq: $0)
            }
            try writer.append(page)
            seq += 1000
        }
        let packed = try writer.finish()
        var next: Int64 = 1
        let verified = try ArchiveVerification.verify(path: packed.path) { row in
            if row.seq == next { next += 1 }
        }
        #expect(verified.isEqual(to: packed))
        #expect(next == last + 1)
    }

    /// An archive in which an entry was put in another's place by somebody who knows how.
    @Test func aCleverlyChangedArchiveIsFoundOut() throws {
        let path = folder.file("changed.zip")
        let one = Samples.conversation(1)
        let original = Samples.messages(5, in: one)
        let sound = try Samples.pack(original, at: folder.file("sound.zip"))
        let lines = try original.map { try ArchiveLine.encode($0) }
        let other = Samples.message("message number X", in: one, seq: 5)
        let variants: [[[UInt8]]] = [
            lines.dropLast(), lines + [lines[4]], [lines[1], lines[0]] + lines[2...],
            lines.dropLast() + [try ArchiveLine.encode(other)],
        ]
        for variant in variants {
            let zip = try ZipWriter(path)
            try zip.add(
                ArchiveFormat.entry(of: one),
                SparseBytes(Array(variant.joined())),
                of: Samples.day
            )
            let index = ArchiveIndex.encode(sound.conversations.map(\.summary))
            try zip.add(ArchiveFormat.index, SparseBytes(index), of: Samples.day)
            try zip.add(
                ArchiveFormat.manifest,
                SparseBytes(sound.manifest.encoded()),
                of: Samples.day
            )
            try zip.close()
            #expect(throws: archiveError(.corrupt)) { try ArchiveVerification.verify(path: path) }
        }
    }
}
