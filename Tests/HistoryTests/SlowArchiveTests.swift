import Events
import Stores
import Testing

@testable import History

/// One archive that takes too long among others that don't.
@Suite struct SlowArchiveTests {
    /// Has the first part at once, and waits for the others until it is cancelled.
    private struct Slow: ColdSource {
        func fetch(_ parts: [ArchivedPart], bytesMax: Int) async -> ArchivedParts {
            var found = ArchivedParts()
            found[parts[0]] = .rows([StoreRow(table: .events, values: [])])
            try? await Task.sleep(for: .seconds(3600))
            for part in parts.dropFirst() { found[part] = .unreadable(.unavailable) }
            return found
        }
    }

    @Test func whatHasComeInTimeIsKept() async throws {
        let parts =
            (1...3).map { seq in
                ArchivedPart(
                    archive: "archives/\(seq)",
                    conversation: ConversationID(high: 1, low: 1),
                    seqs: seq...seq
                )
            } as [ArchivedPart]
        let fetcher = ArchiveFetcher(Slow(), patience: .milliseconds(20))
        var archived = ArchivedParts()
        var budget = fetcher.budget()
        try await fetcher.extend(&archived, by: parts, &budget)
        let found = parts.map { part in
            if case .rows(let rows)? = archived[part] { rows.count } else { 0 }
        }
        #expect(found == [1, 0, 0])
        #expect(archived.count == 3)
    }
}
