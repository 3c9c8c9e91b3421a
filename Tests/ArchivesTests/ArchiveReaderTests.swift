import Events
import Stores
import Testing

@testable import Archives

@Suite struct ArchiveReaderTests {
    @Test func aConversationIsReadAsItWasWritten() throws {
        var random = SeededRandom(state: 1)
        let rows = Samples.rows(conversations: 8, eventsMax: 40, &random)
        var blob = CountedBlob(try Samples.archive(rows))
        for (conversation, events) in Dictionary(grouping: rows, by: \.conversation) {
            let reader = try blob.reader(try #require(conversation), events: Int64(events.count))
            #expect(try reader.rows(in: .min ... .max) == events)
            var visited: [StoreRow] = []
            try reader.forEachRow { visited.append($0) }
            #expect(visited == events)
            let seqs = events.compactMap(\.seq)
            let middle = seqs[seqs.count / 2]...seqs[seqs.count - 1]
            #expect(
                try reader.rows(in: middle) == events.filter { middle.contains($0.seq ?? 0) }
            )
            #expect(try reader.rows(in: 2_000_000_000...2_000_000_001).isEmpty)
        }
    }

    @Test func aPageOfASmallArchiveCostsOneRange() throws {
        let rows = Samples.messages(30, in: Samples.conversation(1))
        var blob = CountedBlob(try Samples.archive(rows))
        let reader = try blob.reader(Samples.conversation(1))
        #expect(try reader.rows(in: 1...30) == rows)
        #expect(blob.ranges == [0..<blob.size])
    }

    @Test func aPageOfALargeArchiveCostsThreeRangesAndThenOne() throws {
        // 1,500 conversations of texts that do not compress: the directory alone is more than 64 KiB.
        var random = SeededRandom(state: 2)
        let rows = (1...1500).flatMap { number in
            (1...40).map { seq in
                Samples.message(
                    (0..<8).map { _ in String(random.next(), radix: 36) }.joined(separator: " "),
                    in: Samples.conversation(number),
                    seq: seq
                )
            }
        }
        let bytes = try Samples.archive(rows)
        let wanted = Samples.conversation(700)
        let page = rows.filter { $0.conversation == wanted }.suffix(30)

        var unknown = CountedBlob(bytes)
        let first = try unknown.reader(wanted)
        #expect(try first.rows(in: 11...40) == Array(page))
        report("nothing known", unknown)
        #expect(unknown.ranges.count == 3)
        #expect(unknown.bytesRead < 150_000)

        var counted = CountedBlob(bytes)
        #expect(try counted.reader(wanted, conversations: 1500).rows(in: 11...40) == Array(page))
        report("number of conversations known", counted)
        #expect(counted.ranges.count == 2)
        #expect(counted.bytesRead < 170_000)

        var known = CountedBlob(bytes)
        let directory = try #require(first.directory)
        #expect(try known.reader(wanted, directory: directory).rows(in: 11...40) == Array(page))
        report("directory kept, \(directory.byteCost) bytes of memory", known)
        #expect(known.ranges.count == 1)
        #expect(known.bytesRead < 6000)
        let entry = try directory.entry("conversations/\(wanted).jsonl")
        #expect(known.bytesRead <= entry.compressedSize + 30 + 46 + 20)
    }

    private func report(_ what: String, _ blob: CountedBlob) {
        print("\(blob.size) bytes, \(what): \(blob.ranges.count) ranges, \(blob.bytesRead) bytes")
    }

    @Test func aDirectoryIsSharedByMany() async throws {
        var random = SeededRandom(state: 3)
        let rows = Samples.rows(conversations: 30, eventsMax: 200, &random)
        let bytes = try Samples.archive(rows)
        var blob = CountedBlob(bytes)
        let conversations = Dictionary(grouping: rows, by: \.conversation)
        let directory = try blob.reader(try #require(rows[0].conversation)).directory
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (conversation, events) in conversations {
                guard let conversation else { continue }
                group.addTask {
                    for _ in 0..<5 {
                        var blob = CountedBlob(bytes)
                        let reader = try blob.reader(conversation, directory: directory)
                        #expect(try reader.rows(in: .min ... .max) == events)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func aDirectoryOfAnotherArchiveIsNotUsed() throws {
        var first = CountedBlob(
            try Samples.archive(Samples.messages(3, in: Samples.conversation(1)))
        )
        var second = CountedBlob(
            try Samples.archive(Samples.messages(9, in: Samples.conversation(1)))
        )
        let directory = try first.reader(Samples.conversation(1)).directory
        let reader = try second.reader(Samples.conversation(1), directory: directory)
        #expect(try reader.rows(in: 1...9).count == 9)
    }

    @Test func aConversationThatIsNotThereIsSaidSo() throws {
        var blob = CountedBlob(
            try Samples.archive(Samples.messages(3, in: Samples.conversation(1)))
        )
        let other = Samples.conversation(2)
        let error = #expect(throws: archiveError(.entryMissing)) { try blob.reader(other) }
        #expect(error?.archive == "a.zip")
        #expect(error?.entry == "conversations/\(other).jsonl")
        // The directory is as good as before.
        let directory = try blob.reader(Samples.conversation(1)).directory
        #expect(throws: archiveError(.entryMissing)) {
            try blob.reader(other, directory: directory)
        }
        let reader = try blob.reader(Samples.conversation(1), directory: directory)
        #expect(try reader.rows(in: 1...3).count == 3)
    }

    @Test func anotherNumberOfEventsThanTheCatalogueSaysIsAnError() throws {
        var blob = CountedBlob(
            try Samples.archive(Samples.messages(3, in: Samples.conversation(1)))
        )
        let reader = try blob.reader(Samples.conversation(1), events: 4)
        #expect(throws: archiveError(.corrupt)) { try reader.rows(in: 1...3) }
    }

    @Test func limitsHold() throws {
        let conversation = Samples.conversation(1)
        var blob = CountedBlob(try Samples.archive(Samples.messages(3000, in: conversation)))
        let changes: [(inout ArchiveLimits) -> Void] = [
            { $0.directoryBytesMax = 100 }, { $0.entryBytesMax = 1000 },
            { $0.compressedBytesMax = 1000 }, { $0.lineBytesMax = 60 }, { $0.rowsMax = 10 },
        ]
        for change in changes {
            var limits = ArchiveLimits()
            change(&limits)
            #expect(throws: archiveError(.tooLarge)) {
                try blob.reader(conversation, limits: limits).rows(in: .min ... .max)
            }
        }
    }

    @Test func anArchiveOfManyConversationsIsZip64() throws {
        let count: UInt64 = 65_540
        let folder = try TemporaryFolder()
        let writer = try ArchiveWriter(
            path: folder.file("a.zip"),
            day: Samples.day,
            shard: 0,
            shardCount: 1
        )
        let model = Samples.message("x", in: Samples.conversation(1), seq: 1).values.dropFirst()
        for number in 1...count {
            let id = StoreValue.bytes(Samples.conversation(number).bytes)
            try writer.append([StoreRow(table: .events, values: [id] + model)])
        }
        _ = try writer.finish()
        var blob = CountedBlob(try Samples.bytes(folder.file("a.zip")))
        for number in [1, count / 2, count] {
            let reader = try blob.reader(Samples.conversation(number), conversations: Int(count))
            #expect(try reader.rows(in: 1...1).count == 1)
        }
        #expect(blob.ranges.count <= 6)
    }
}
