import Events
import Foundation
import Stores
import Testing

@testable import Archives

/// Archives that a disk, a network or a stranger has changed: never a crash, and never rows that were not written.
///
/// `MARTLET_FUZZ_ROUNDS` makes the dose larger.
@Suite struct ArchiveFuzzTests {
    private static let rounds =
        ProcessInfo.processInfo.environment["MARTLET_FUZZ_ROUNDS"].flatMap(Int.init) ?? 1500

    private let rows: [StoreRow]
    private let bytes: [UInt8]
    private let packed: PackedArchive

    init() throws {
        var random = SeededRandom(state: 77)
        rows = Samples.rows(conversations: 3, eventsMax: 6, &random)
        let folder = try TemporaryFolder()
        packed = try Samples.pack(rows, at: folder.file("a.zip"))
        bytes = try Samples.bytes(packed.path)
    }

    /// Reads it in every way; whatever is read is what was written.
    ///
    /// - Returns: in how many ways it could be read.
    private func examine(_ bytes: [UInt8], _ comment: Comment) -> Int {
        var read = 0
        var blob = CountedBlob(bytes)
        refusal(comment) {
            let (verified, rows) = try blob.verify()
            #expect(verified.isEqual(to: packed), comment)
            #expect(rows == self.rows, comment)
            read += 1
        }
        for conversation in packed.conversations.map(\.summary.conversation) {
            refusal(comment) {
                let found = try blob.reader(conversation).rows(in: .min ... .max)
                #expect(found == rows.filter { $0.conversation == conversation }, comment)
                read += 1
            }
        }
        #expect(blob.ranges.count <= 24, comment)
        return read
    }

    /// Nothing but an `ArchiveError` is thrown, and it names the archive.
    private func refusal(_ comment: Comment, _ body: () throws -> Void) {
        do {
            try body()
        } catch let error as ArchiveError {
            #expect(error.archive == "a.zip", comment)
        } catch {
            Issue.record("\(error): \(comment)")
        }
    }

    @Test func nothingIsReadOfAnArchiveThatWasCutShort() {
        #expect(examine(bytes, "whole") == 4)
        for count in 0..<bytes.count {
            #expect(examine(Array(bytes.prefix(count)), "cut to \(count)") == 0)
        }
    }

    @Test func anArchiveThatShrinksWhileItIsReadIsAnError() throws {
        for count in 0..<bytes.count {
            var blob = CountedBlob(Array(bytes.prefix(count)))
            var reader = try ArchiveReader(
                archive: "a.zip",
                size: Int64(bytes.count),
                conversation: packed.conversations[0].summary.conversation
            )
            let range = try #require(reader.needs)
            #expect(throws: archiveError(.corrupt)) { try reader.provide(blob.read(range)) }
        }
    }

    @Test func everyByteThatChangesIsFoundOrIsNoMatter() {
        var random = SeededRandom(state: 78)
        var sound = 0
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= UInt8.random(in: 1...255, using: &random)
            if examine(changed, "byte \(place) is \(changed[place])") == 4 { sound += 1 }
        }
        // Times and attributes in headers, of which nothing is read.
        #expect(sound < bytes.count / 10, "\(sound) of \(bytes.count)")
    }

    @Test(arguments: [UInt64(201), 202, 203, 204])
    func changedArchivesAreRefusedOrReadAsTheyWere(seed: UInt64) {
        var random = SeededRandom(state: seed)
        for round in 0..<Self.rounds {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) { change(&changed, &random) }
            _ = examine(changed, "seed \(seed), round \(round)")
        }
    }

    private func change(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        // Most of what counts is at the end.
        let isLate = Bool.random(using: &random)
        let first = isLate ? max(0, bytes.count - 600) : 0
        let place = Int.random(in: first...bytes.count, using: &random)
        let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
        switch Int.random(in: 0..<7, using: &random) {
        case 0 where place < bytes.count:
            bytes[place] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF].randomElement(using: &random) ?? 0
        case 1 where place < bytes.count:
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 4:
            let signatures: [[UInt8]] = [[1, 2], [3, 4], [5, 6], [6, 6], [6, 7]]
            let mark = [0x50, 0x4B] + (signatures.randomElement(using: &random) ?? [])
            bytes.replaceSubrange(place..<min(bytes.count, place + 4), with: mark)
        case 5:
            bytes.replaceSubrange(place..<end, with: repeatElement(0xFF, count: end - place))
        default:
            let from = Int.random(in: 0...bytes.count, using: &random)
            bytes.replaceSubrange(place..<end, with: bytes[from..<min(bytes.count, from + 30)])
        }
    }

    @Test(arguments: [UInt64(301), 302, 303])
    func randomRowsComeBackAsTheyWere(seed: UInt64) throws {
        var random = SeededRandom(state: seed)
        for _ in 0..<10 {
            let rows = Samples.rows(
                conversations: Int.random(in: 1...12, using: &random),
                eventsMax: 40,
                &random
            )
            var blob = CountedBlob(try Samples.archive(rows))
            #expect(try blob.verify().1 == rows, "seed \(seed)")
        }
    }
}
