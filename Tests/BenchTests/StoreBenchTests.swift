import Conversations
import Events
import Foundation
import Stores
import Testing

@testable import Bench

@Suite struct StoreBenchTests {
    @Test func everyEventFindsItsPlaceHoweverBatchesAreCut() throws {
        let folder = try TemporaryFolder()
        let plan = plan(messages: 3000)
        let events = everything(
            SyntheticLog(plan, partitions: PartitionCounts(conversation: 4, account: 4))
        ).records.events.count
        var digests: [[StoreDigest]] = []
        for batches in [StoreBench.Batches.live(records: 700), .replay] {
            let location = StoreLocation.sqlite(path: "\(folder.path)/\(digests.count).sqlite")
            let pass = try StoreBench(plan: plan, batches: batches, note: { _ in })
                .run(at: location)
            #expect(pass.conflicts == 0)
            #expect(pass.events == events)
            #expect(pass.count > 0 && pass.cpuSeconds >= 0)
            #expect(pass.fileBytes ?? 0 > 100_000)
            let store = try location.openReader()
            digests.append(try StoreTable.allCases.map { try store.digest(of: $0) })
        }
        #expect(digests[0] == digests[1])
    }

    @Test func aStoreThatHoldsSomethingIsLeftAlone() throws {
        let folder = try TemporaryFolder()
        let location = StoreLocation.sqlite(path: "\(folder.path)/a.sqlite")
        let bench = StoreBench(
            plan: plan(messages: 50),
            batches: .live(records: 100),
            note: { _ in }
        )
        _ = try bench.run(at: location)
        #expect(throws: BenchFailure.self) { try bench.run(at: location) }
    }

    @Test func theReportSaysWhatItCost() throws {
        var pass = StorePass(batches: .replay)
        pass.events = 1000
        pass.seconds = 0.01
        pass.cpuSeconds = 0.02
        let report = StoreReport(
            store: "somewhere",
            machine: .current(),
            rows: [StoreReport.Row(pass)]
        )
        #expect(report.isExact)
        #expect(report.rows[0].eventsPerSecond == 100_000)
        #expect(report.rows[0].cpuMicrosecondsPerEvent == 20)
        #expect(report.table().contains("replay"))
        pass.conflicts = 1
        let other = StoreReport(
            store: "somewhere",
            machine: .current(),
            rows: [StoreReport.Row(pass)]
        )
        #expect(!other.isExact)
    }
}

@Suite struct FillSummaryTests {
    private let complete = everything(
        SyntheticLog(plan(), partitions: PartitionCounts(conversation: 4, account: 4))
    ).log

    @Test func whatItSaysCanBeAskedOfAStore() throws {
        let folder = try TemporaryFolder()
        let location = StoreLocation.sqlite(path: "\(folder.path)/a.sqlite")
        let batches = StoreBench.Batches.live(records: 1000)
        _ = try StoreBench(plan: plan(), batches: batches, note: { _ in }).run(at: location)
        let store = try location.openReader()
        let summary = FillSummary(complete)
        #expect(summary.chats.count == 40)
        for chat in summary.chats {
            let person = summary.people[chat.person]
            let viewer = Viewer(person.account, on: person.device, at: noon)
            let page = try store.events(
                in: chat.conversation,
                for: viewer,
                page: PageRequest(.before(Int64(chat.lastSeq) + 1), limit: 100)
            )
            let seqs = page?.events.map(\.event.seq)
            let first = chat.lastSeq - UInt64(min(100, Int(chat.lastSeq))) + 1
            #expect(seqs == (first...chat.lastSeq).reversed())
            let list = try store.conversations(for: viewer, after: nil, limit: 100)
            #expect(list.count == person.conversations)
        }
    }

    @Test func daysEndWhereTheySay() throws {
        let summary = FillSummary(complete)
        let log = SyntheticLog(plan(), partitions: PartitionCounts(conversation: 4, account: 4))
        let events = everything(log).records.events
        for chat in summary.chats {
            #expect(chat.daySeqs.count == 11)
            #expect(chat.daySeqs.last == chat.lastSeq)
            for (place, seq) in chat.daySeqs.enumerated() {
                let end = Int64(summary.firstDay + place + 1) * 86_400_000
                let last = events.last {
                    $0.conversation == chat.conversation && $0.serverTime.milliseconds < end
                }
                #expect(seq == last?.seq ?? 0)
            }
        }
    }

    @Test func itIsReadAsItWasWritten() throws {
        let folder = try TemporaryFolder()
        #expect(throws: BenchFailure.self) { try FillSummary.read(dataDirectory: folder.path) }
        var summary = FillSummary(complete)
        summary.records = ["dead-letters": 1, "timeline": 2]
        try summary.write(dataDirectory: folder.path)
        #expect(try FillSummary.read(dataDirectory: folder.path) == summary)
        try Data("{}".utf8).write(to: URL(filePath: "\(folder.path)/fill.json"))
        #expect(throws: BenchFailure.self) { try FillSummary.read(dataDirectory: folder.path) }
    }

    @Test func theWordsOfAConversationStandInOneOfItsMessages() throws {
        let summary = FillSummary(complete)
        #expect(summary.chats.count { $0.words.count == 2 } > 30)
        let log = SyntheticLog(plan(), partitions: PartitionCounts(conversation: 4, account: 4))
        let texts = everything(log).records.events.map { event in
            guard case .messagePosted(let post) = event.body else { return "" }
            return String(decoding: post.content, as: UTF8.self)
        }
        for chat in summary.chats where chat.words.count == 2 {
            #expect(texts.contains { text in chat.words.allSatisfy { text.contains($0) } })
        }
    }
}
