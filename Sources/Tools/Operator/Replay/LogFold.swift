import EventLog
import Events
import LogTail
import Persistence

/// Reads the log through a `StoreRebuild` until its ends, or until somebody interrupts.
struct LogFold {
    /// How long to wait for a log that gives nothing.
    static let silenceMax: Duration = .seconds(30)

    /// More than anybody folds in a second: a reader that has as much asks for no more within one.
    static let readAheadBytesMax = 128 * 1024 * 1024
    /// The broker waits at the end of a share for what will not come, and what was asked for last is in the way of the next.
    static let patience: Duration = .milliseconds(10)

    let configuration: EventLogConfiguration
    let interruption: Interruption

    /// Reads and folds; blocks.
    ///
    /// All that was folded is written when it returns, or throws.
    ///
    /// - Returns: whether the ends were reached.
    /// - Throws: `EventLogError`, `StoreError`, what `note` throws.
    func run(
        _ rebuild: inout StoreRebuild,
        note: (StoreRebuild.Progress) throws -> Void
    ) throws -> Bool {
        do {
            try read(&rebuild, note)
        } catch {
            try? rebuild.flush()
            throw error
        }
        try rebuild.flush()
        return rebuild.isComplete
    }

    private func read(
        _ rebuild: inout StoreRebuild,
        _ note: (StoreRebuild.Progress) throws -> Void
    ) throws {
        let shares = rebuild.shares
        guard let first = shares.first else { return }
        let reader = try LogReader(
            configuration,
            start: first,
            readAheadBytesMax: Self.readAheadBytesMax,
            patience: Self.patience,
            logger: .quiet
        )
        defer { reader.close() }
        for (number, share) in shares.enumerated() where !interruption.isRequested {
            if number > 0 { try reader.read(share) }
            try read(share, with: reader, &rebuild, note)
        }
    }

    private func read(
        _ share: [TopicPartition: StartPosition],
        with reader: LogReader,
        _ rebuild: inout StoreRebuild,
        _ note: (StoreRebuild.Progress) throws -> Void
    ) throws {
        var lastProgress = ContinuousClock.now
        while !rebuild.isComplete(share), !interruption.isRequested {
            let records = try reader.poll()
            let ends = reader.takeEnds()
            if records.isEmpty, ends.isEmpty {
                guard lastProgress.duration(to: .now) < Self.silenceMax else {
                    throw EventLogError(.unavailable, "the log gives nothing")
                }
            } else {
                lastProgress = .now
            }
            try rebuild.fold(records)
            for (partition, end) in ends { rebuild.reach(end, of: partition) }
            try note(rebuild.progress)
        }
    }
}
