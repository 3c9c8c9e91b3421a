import EventLog
import Events
import LogTail
import Persistence
import Stores

/// Folds the log up to where a store stands, and compares; blocks.
struct StoreProof {
    /// Why nothing can be said, in words for the person who asked.
    struct Unanswerable: Error, CustomStringConvertible {
        let description: String
    }

    /// What was found of one table.
    struct Finding: Sendable {
        /// What the store holds.
        let store: StoreDigest
        /// What the log gives.
        let log: StoreDigest
        /// The first row that they do not have alike; `nil` if they are equal.
        let difference: StoreDifference?

        /// Whether they are equal.
        var isEqual: Bool { store == log }
    }

    /// What was found.
    struct Outcome: Sendable {
        var findings: [Finding] = []
        /// Records folded.
        var records: Int64 = 0
        /// Records that could not be folded.
        var poisoned: Int64 = 0
        /// Archives that hold a part of it.
        var archives = 0
        /// Records that the log has beyond where the store stands.
        var behind: Int64 = 0
        var duration: Duration = .zero

        /// Whether every table is equal.
        var isEqual: Bool { findings.allSatisfy(\.isEqual) }
    }

    /// The store to prove.
    let location: StoreLocation
    /// What the store has given to archives.
    let archives: ArchivedProof
    /// Where the temporary store goes.
    let scratch: String
    let configuration: EventLogConfiguration
    let interruption: Interruption
    let printer: ProgressPrinter

    /// Does it.
    ///
    /// - Throws: `Unanswerable`, `LogExtent.Refusal`, `EventLogError`, `StoreError`.
    func run() throws -> Outcome {
        let live = try openStore()
        let folder = try ScratchFolder(in: scratch)
        defer { folder.remove() }
        let outcome = Result { try compare(live, with: folder.storePath) }
        printer.end()
        return try outcome.get()
    }

    private func compare(_ live: any HotStoreReader, with path: String) throws -> Outcome {
        let admin = try LogAdmin(configuration, logger: .quiet)
        defer { admin.close() }
        let copy = try SQLiteHotStore(path: path, for: .scratch)
        var outcome = Outcome()
        // Long, while the store goes on; then, with the store held still, what came meanwhile. What a store
        // held still sees can't be cleaned up, so that must be short.
        try fold(to: live, into: copy, admin, &outcome)
        let still = try live.snapshot()
        let extent = try fold(to: still, into: copy, admin, &outcome)
        let positions = try still.positions()
        for (partition, end) in extent.ends {
            outcome.behind += max(end.number - (positions[partition]?.number ?? 0), 0)
        }
        let whole = archives.whole(still)
        for table in StoreTable.allCases {
            try checkInterruption()
            outcome.findings.append(try compare(table, of: whole, with: copy))
        }
        outcome.archives = try count(of: still)
        outcome.duration = printer.elapsed
        try copy.close()
        return outcome
    }

    private func count(of store: any HotStoreReader) throws -> Int {
        var count = 0
        var last: String?
        while true {
            let archives = try store.archives(after: last, limit: 1000)
            count += archives.count
            guard let key = archives.last?.key, archives.count == 1000 else { return count }
            last = key
        }
    }

    private func openStore() throws -> any HotStoreReader {
        do {
            switch try location.read() {
            case .reader(let reader): return reader
            case .outdated:
                throw Unanswerable(
                    description: "the store at \(location) is of an older schema, or unfinished: "
                        + "start martlet-persistence of this version, which brings it up to date"
                )
            }
        } catch let error as StoreError where error.code == .missing {
            throw Unanswerable(
                description: "there is no store at \(location): see --data, and whether "
                    + "martlet-persistence runs"
            )
        }
    }

    @discardableResult
    private func fold(
        to store: any HotStoreReader,
        into copy: SQLiteHotStore,
        _ admin: LogAdmin,
        _ outcome: inout Outcome
    ) throws -> LogExtent {
        let positions = try store.positions()
        let extent = try LogExtent.read(admin)
        if let reason = extent.contradiction(to: positions) ?? extent.loss(before: positions) {
            throw Unanswerable(description: "the store can't be compared with this log: \(reason)")
        }
        var rebuild = try StoreRebuild(copy, limits: extent.limits, ends: positions)
        let done = outcome.records
        let isComplete = try LogFold(
            configuration: configuration,
            interruption: interruption
        ).run(&rebuild) { progress in
            printer.show(done + progress.read, of: done + progress.total)
        }
        outcome.records += rebuild.progress.read
        outcome.poisoned += rebuild.progress.poisoned
        if !isComplete { try checkInterruption() }
        return extent
    }

    private func compare(
        _ table: StoreTable,
        of store: WholeStore,
        with copy: SQLiteHotStore
    ) throws -> Finding {
        let here = try store.digest(of: table)
        let there = try copy.digest(of: table)
        let difference = here == there ? nil : try store.firstDifference(with: copy, in: table)
        return Finding(store: here, log: there, difference: difference)
    }

    private func checkInterruption() throws {
        guard !interruption.isRequested else { throw Unanswerable(description: "interrupted") }
    }
}
