import Events
import Persistence
import Stores

/// Writes synthetic batches into a store and measures that alone: what makes them is not counted.
struct StoreBench: Sendable {
    /// How batches are cut.
    enum Batches: Sendable, Equatable {
        /// All of the same size, as `martlet-persistence` writes them.
        case live(records: Int)
        /// Growing with the store, and sorted, as `martlet replay` cuts them by their records.
        ///
        /// What replay does meanwhile on other threads is left out: it reads, folds and sorts, and moves the write-ahead log, which here falls to the
        /// writer. Nor are batches cut by their bytes.
        case replay
    }

    /// What part of the store a replay's batch is.
    private static let replayShare = 4
    private static let partitions = PartitionCounts(conversation: 4, account: 4)

    let plan: FillPlan
    let batches: Batches
    /// Is told how far it is.
    let note: @Sendable (String) -> Void

    /// Writes everything into an empty store; blocks.
    func run(at location: StoreLocation) throws -> StorePass {
        note("writing to \(location)")
        let store = try location.openEmpty(for: batches == .replay ? .building : .serving)
        let pass = Result { try write(to: store, fileBytes: { location.fileBytes }) }
        try store.close()
        return try pass.get()
    }

    private func write(to store: any HotStore, fileBytes: () -> Int?) throws -> StorePass {
        var source = SyntheticBatches(
            SyntheticLog(plan, partitions: Self.partitions),
            partitions: Self.partitions
        )
        var pass = StorePass(batches: batches)
        var progress = FillProgress(messages: plan.messages)
        while let batch = next(&source) {
            let cpu = ProcessTime.now()
            let start = ContinuousClock.now
            let report = try store.apply(batch)
            pass.seconds += start.duration(to: .now).seconds
            pass.cpuSeconds += ProcessTime.now() - cpu
            pass.count += 1
            pass.records += batch.count
            pass.events += report.eventsWritten
            pass.conflicts += report.eventsInConflict
            if let line = progress.note(source.log.messages, records: batch.count) { note(line) }
        }
        let start = ContinuousClock.now
        let cpu = ProcessTime.now()
        try store.finishBuilding()
        pass.seconds += start.duration(to: .now).seconds
        pass.cpuSeconds += ProcessTime.now() - cpu
        pass.fileBytes = fileBytes()
        return pass
    }

    private func next(_ source: inout SyntheticBatches) -> StoreBatch? {
        switch batches {
        case .live(let records): return source.next(records)
        case .replay:
            let bounds = StoreRebuild.recordsPerTransaction
            let wanted = source.taken / Self.replayShare
            var batch = source.next(min(max(wanted, bounds.lowerBound), bounds.upperBound))
            // Not measured: of a replay it goes on beside the writing.
            batch?.sort()
            return batch
        }
    }
}
