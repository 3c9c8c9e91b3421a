import Stores
import Web

/// Fetches what answers need of archives, each within its budget, and a bounded number of them at a time.
final class ArchiveFetcher: Sendable {
    /// So many answers may wait for archives at a time, with what they have fetched in memory; more are refused.
    static let answersMax = 32

    private let source: (any ColdSource)?
    /// No answer waits longer for archives.
    private let patience: Duration
    private let places = Places(answersMax)

    /// A fetcher from a source; without one nothing of archives can be read.
    init(_ source: (any ColdSource)?, patience: Duration = .seconds(10)) {
        self.source = source
        self.patience = patience
    }

    /// What an answer that begins now may fetch.
    func budget() -> ArchiveBudget { ArchiveBudget(until: .now + patience) }

    /// A place among those that wait for archives, to be kept until the answer is there.
    ///
    /// - Throws: a problem if there is none.
    func place() throws(Problem) -> Place {
        guard let place = places.take() else { throw .storeUnavailable }
        return place
    }

    /// Adds what is needed to what was fetched, or notes that no more will be.
    func extend(
        _ archived: inout ArchivedParts,
        by needed: [ArchivedPart],
        _ budget: inout ArchiveBudget
    ) async throws {
        let parts = budget.admit(needed)
        guard let source, !parts.isEmpty else {
            archived.rest = .unavailable
            return
        }
        let found = await Self.fetch(parts, from: source, budget)
        try Task.checkCancellation()
        for part in parts {
            // Whatever a source leaves out was not there to be had.
            let content = found[part] ?? .unreadable(.unavailable)
            archived[part] = content
            if case .rows(let rows) = content { budget.spend(rows) }
        }
    }

    private static func fetch(
        _ parts: [ArchivedPart],
        from source: any ColdSource,
        _ budget: ArchiveBudget
    ) async -> ArchivedParts {
        await withTaskGroup(of: ArchivedParts?.self) { group in
            group.addTask { await source.fetch(parts, bytesMax: budget.bytesLeft) }
            group.addTask {
                try? await Task.sleep(until: budget.end, clock: .continuous)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            // One slow archive takes nothing away of what others have given by then.
            let rest = await group.next() ?? nil
            return rest ?? ArchivedParts()
        }
    }
}
