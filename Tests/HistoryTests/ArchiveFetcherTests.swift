import Events
import Stores
import Testing
import Web

@testable import History

/// What an answer may fetch of archives.
@Suite struct ArchiveFetcherTests {
    private func parts(_ count: Int, _ archive: String = "archives/x") -> [ArchivedPart] {
        (0..<count).map { number in
            ArchivedPart(
                archive: archive,
                conversation: ConversationID(high: 1, low: 1),
                seqs: Int64(number)...Int64(number)
            )
        }
    }

    /// Gives one row for each part.
    private struct Source: ColdSource {
        var rowsEach = 1
        var row = StoreRow(table: .events, values: [])

        func fetch(_ parts: [ArchivedPart], bytesMax: Int) async -> ArchivedParts {
            var found = ArchivedParts()
            var bytes = 0
            for part in parts where bytes < bytesMax {
                found[part] = .rows(Array(repeating: row, count: rowsEach))
                bytes += rowsEach * row.byteCost
            }
            return found
        }
    }

    /// Never gives anything until it is cancelled.
    private struct Silence: ColdSource {
        func fetch(_ parts: [ArchivedPart], bytesMax: Int) async -> ArchivedParts {
            try? await Task.sleep(for: .seconds(3600))
            return ArchivedParts()
        }
    }

    @Test func whatIsNeededBeyondTheBudgetCountsAsUnavailable() async throws {
        let fetcher = ArchiveFetcher(Source())
        var archived = ArchivedParts()
        var budget = fetcher.budget()
        let wanted = parts(ArchiveBudget.partsMax + 10)
        try await fetcher.extend(&archived, by: wanted, &budget)
        #expect(archived.count == ArchiveBudget.partsMax)
        #expect(archived.rest == nil)
        try await fetcher.extend(&archived, by: wanted.suffix(10), &budget)
        #expect(archived.rest == .unavailable)
        guard case .unreadable(.unavailable)? = archived[wanted[ArchiveBudget.partsMax]] else {
            Issue.record("not closed")
            return
        }
    }

    @Test func roundsAndRowsAreBounded() async throws {
        for source in [Source(), Source(rowsEach: ArchiveBudget.rowsMax)] {
            let fetcher = ArchiveFetcher(source, patience: .seconds(3600))
            var archived = ArchivedParts()
            var budget = fetcher.budget()
            var rounds = 0
            for part in parts(ArchiveBudget.roundsMax + 1) {
                try await fetcher.extend(&archived, by: [part], &budget)
                if archived.rest != nil { break }
                rounds += 1
            }
            #expect(rounds == (source.rowsEach == 1 ? ArchiveBudget.roundsMax : 1))
        }
    }

    @Test func oneRoundBringsNoMoreRowsThanAll() {
        let wanted = (0..<100).map { number in
            ArchivedPart(
                archive: "archives/x",
                conversation: ConversationID(high: 1, low: 1),
                seqs: Int64(number * 2000)...Int64(number * 2000 + 1999)
            )
        }
        var budget = ArchiveFetcher(Source()).budget()
        let first = budget.admit(wanted)
        #expect(first == Array(wanted.prefix(ArchiveBudget.rowsMax / 2000)))
        // What was less than it might have been leaves room.
        budget.spend(Array(repeating: Source().row, count: 10))
        #expect(budget.admit(wanted).count == first.count)
        budget.spend(Array(repeating: Source().row, count: ArchiveBudget.rowsMax - 3000))
        #expect(budget.admit(wanted).count == 1)
    }

    @Test func whatIsHeldInMemoryIsBounded() async throws {
        let heavy = StoreRow(table: .events, values: [.bytes(Array(repeating: 7, count: 1 << 20))])
        let fetcher = ArchiveFetcher(Source(rowsEach: 4, row: heavy), patience: .seconds(3600))
        var archived = ArchivedParts()
        var budget = fetcher.budget()
        let wanted = parts(40)
        try await fetcher.extend(&archived, by: wanted, &budget)
        let here = wanted.count { if case .rows? = archived[$0] { true } else { false } }
        // 64 MiB in parts of four, each a little heavier than that.
        #expect(here == 16)
        try await fetcher.extend(&archived, by: parts(1, "archives/y"), &budget)
        #expect(archived.rest == .unavailable)
    }

    @Test func aSourceThatDoesNotAnswerIsNotWaitedFor() async throws {
        let fetcher = ArchiveFetcher(Silence(), patience: .milliseconds(20))
        var archived = ArchivedParts()
        var budget = fetcher.budget()
        let wanted = parts(2)
        try await fetcher.extend(&archived, by: wanted, &budget)
        for part in wanted {
            guard case .unreadable(.unavailable)? = archived[part] else {
                Issue.record("\(part)")
                continue
            }
        }
        // Nor is it asked again for the same answer.
        try await fetcher.extend(&archived, by: parts(3), &budget)
        #expect(archived.rest == .unavailable)
    }

    @Test func aClientThatIsGoneStopsIt() async throws {
        let fetcher = ArchiveFetcher(Silence(), patience: .seconds(3600))
        let task = Task {
            var archived = ArchivedParts()
            var budget = fetcher.budget()
            try await fetcher.extend(&archived, by: parts(1), &budget)
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func soManyWaitForArchivesAndNoMore() throws {
        let fetcher = ArchiveFetcher(Source())
        var places: [Place] = []
        for _ in 0..<ArchiveFetcher.answersMax { places.append(try fetcher.place()) }
        #expect(throws: Problem.storeUnavailable) { try fetcher.place() }
        places.removeLast()
        #expect(throws: Never.self) { places.append(try fetcher.place()) }
    }
}
