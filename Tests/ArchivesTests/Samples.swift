import Conversations
import Events
import Foundation
import Stores

@testable import Archives

/// A folder that goes with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("martlet-archives-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }
}

/// SplitMix64: the same seed gives the same numbers.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Days, rows and archives.
enum Samples {
    static let day = ArchiveDay(number: 20_780)

    static func conversation(_ number: UInt64) -> ConversationID {
        ConversationID(high: number, low: 0xC0FFEE)
    }

    static func id(_ number: UInt64) -> StoreValue {
        .bytes(SubmissionID(high: number, low: 7).bytes)
    }

    /// A message of a text in the columns of `events`.
    static func message(
        _ text: String,
        in conversation: ConversationID,
        seq: Int64,
        messageCount: Int64? = nil,
        at time: Timestamp? = nil
    ) -> StoreRow {
        let time = time ?? day.times.lowerBound + .milliseconds(seq % 86_400_000)
        return StoreRow(
            table: .events,
            values: [
                .bytes(conversation.bytes), .integer(seq), .integer(messageCount ?? seq),
                id(UInt64(seq)), .integer(16), id(0xADA), id(0xDE), id(0xB0B),
                .integer(time.milliseconds), .integer(time.milliseconds - 40),
                .bytes(Array(MessageContent.encodedText(text.utf8))), .integer(1), .integer(3),
                .integer(seq * 5), .integer(0), .null,
            ]
        )
    }

    /// So many messages of one conversation.
    static func messages(_ count: Int64, in conversation: ConversationID) -> [StoreRow] {
        (1...count).map { message("message number \($0)", in: conversation, seq: $0) }
    }

    /// A row of which everything is left to chance that can be.
    static func row(
        in conversation: ConversationID,
        seq: Int64,
        messageCount: Int64,
        at time: Timestamp,
        _ random: inout SeededRandom
    ) -> StoreRow {
        func number() -> Int64 {
            [0, 1, -1, .min, .max, Int64(truncatingIfNeeded: random.next())]
                .randomElement(using: &random) ?? 0
        }
        return StoreRow(
            table: .events,
            values: [
                .bytes(conversation.bytes), .integer(seq), .integer(messageCount),
                id(random.next()), .integer([0, 16, 17].randomElement(using: &random) ?? 0),
                id(random.next()), id(random.next()),
                Bool.random(using: &random) ? .null : id(random.next()),
                .integer(time.milliseconds),
                Bool.random(using: &random) ? .null : .integer(number()),
                .bytes(content(&random)), .integer(number()), .integer(number()),
                .integer(number()), .integer(number()),
                Bool.random(using: &random) ? .null : .bytes(bytes(&random)),
            ]
        )
    }

    /// Texts, what looks like one, and anything.
    private static func content(_ random: inout SeededRandom) -> [UInt8] {
        let texts = [
            "", "hello", "\"quoted\" \\ and\nbroken\tlines\u{1}\u{1F}\u{7F}", "日本語 🇨🇭 é e\u{301}",
            "\u{FEFF}", "\u{0}", "a\u{2028}b", String(repeating: "long ", count: 800),
        ]
        let text = Array(
            MessageContent.encodedText((texts.randomElement(using: &random) ?? "").utf8)
        )
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return []
        case 1: return bytes(&random)
        // The same field twice, a length in more bytes than it needs, and a text that is none.
        case 2: return text + text
        case 3: return [0x0A, 0x84, 0x00, 0x0A, 0x02, 0x68, 0x69]
        case 4: return [0x0A, 0x04, 0x0A, 0x02, 0xC3, 0x28]
        default: return text
        }
    }

    private static func bytes(_ random: inout SeededRandom) -> [UInt8] {
        (0..<Int.random(in: 0...40, using: &random)).map { _ in
            UInt8.random(in: .min ... .max, using: &random)
        }
    }

    /// Rows of some conversations, in the order of their keys.
    static func rows(
        conversations: Int,
        eventsMax: Int,
        _ random: inout SeededRandom
    ) -> [StoreRow] {
        var ids: Set<ConversationID> = []
        while ids.count < conversations {
            ids.insert(ConversationID(high: random.next(), low: random.next()))
        }
        return ids.sorted().flatMap { id in
            var seq = Int64.random(in: 0...1_000_000, using: &random)
            var messageCount = Int64.random(in: 0...seq, using: &random)
            var time = day.times.lowerBound
            return (0..<Int.random(in: 1...eventsMax, using: &random)).map { _ in
                seq += Int64.random(in: 1...3, using: &random)
                messageCount += Int64.random(in: 0...1, using: &random)
                time = time + .milliseconds(Int64.random(in: 0...50, using: &random))
                return row(in: id, seq: seq, messageCount: messageCount, at: time, &random)
            }
        }
    }

    /// Writes an archive.
    static func pack(
        _ rows: [StoreRow],
        at path: String,
        limits: ArchiveLimits = ArchiveLimits()
    ) throws -> PackedArchive {
        let writer = try ArchiveWriter(
            path: path,
            day: day,
            shard: 3,
            shardCount: 16,
            limits: limits
        )
        try writer.append(rows)
        return try writer.finish()
    }

    /// The bytes of an archive of these rows.
    static func archive(_ rows: [StoreRow]) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        _ = try pack(rows, at: folder.file("a.zip"))
        return try bytes(folder.file("a.zip"))
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

/// An archive in memory that counts what is read of it.
struct CountedBlob {
    let bytes: [UInt8]
    private(set) var ranges: [Range<Int64>] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var size: Int64 { Int64(bytes.count) }
    var bytesRead: Int64 { ranges.reduce(0) { $0 + Int64($1.count) } }

    /// What there is of a range.
    mutating func read(_ range: Range<Int64>) -> [UInt8] {
        ranges.append(range)
        let whole = 0..<Int64(bytes.count)
        let there = range.clamped(to: whole)
        return Array(bytes[Int(there.lowerBound)..<Int(there.upperBound)])
    }

    /// Opens a conversation.
    mutating func reader(
        _ conversation: ConversationID,
        directory: ArchiveDirectory? = nil,
        conversations: Int = 0,
        events: Int64? = nil,
        limits: ArchiveLimits = ArchiveLimits()
    ) throws -> ArchiveReader {
        var reader = try ArchiveReader(
            archive: "a.zip",
            size: size,
            conversation: conversation,
            events: events,
            directory: directory,
            conversations: conversations,
            limits: limits
        )
        while let range = reader.needs { try reader.provide(read(range)) }
        return reader
    }

    /// Verifies all of it, and returns what it has with its rows.
    mutating func verify(
        limits: ArchiveLimits = ArchiveLimits()
    ) throws -> (VerifiedArchive, [StoreRow]) {
        var rows: [StoreRow] = []
        var verification = try ArchiveVerification(archive: "a.zip", size: size, limits: limits)
        while let range = verification.needs {
            try verification.provide(read(range)) { rows.append($0) }
        }
        guard let result = verification.result else {
            throw ArchiveError(.corrupt, "neither a need nor a result")
        }
        return (result, rows)
    }
}

extension StoreRow {
    var conversation: ConversationID? { ArchivedEvent(self)?.conversation }
    var seq: Int64? { ArchivedEvent(self)?.seq }
}

/// A mistake of the given code, for `#expect(throws:)`.
func archiveError(_ code: ArchiveError.Code) -> ArchiveError { ArchiveError(code, "") }
