import EventLog
import Events
import Foundation
import LogTail
import Persistence
import Projections
import ServiceKit
import Stores

/// One run of `martlet replay`: builds the store, or goes on with it, and puts it in place; blocks.
struct ReplayRun {
    /// What keeps it from being done, in words for the person who asked.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    /// How it went.
    struct Outcome: Sendable {
        /// Records that the store had read before.
        var before: Int64 = 0
        /// Records read and to be read, this time.
        var progress = StoreRebuild.Progress()
        /// How long that took.
        var duration: Duration = .zero
        /// Whether the ends were reached.
        var isComplete = false
        /// Whether it stands in the live store's place.
        var isSwapped = false
        /// What is to be known besides.
        var warnings: [String] = []
    }

    /// How long the live store is kept from its writer after the swap: until every reader has opened the new file.
    static let readersMoveOn: Duration = .seconds(2)
    private static let lockInterval: Duration = .milliseconds(50)
    /// With so many records what comes after them takes a second or more.
    private static let recordsWorthSaying: Int64 = 2_000_000

    let plan: ReplayPlan
    let configuration: EventLogConfiguration
    let interruption: Interruption
    let printer: ProgressPrinter

    /// Does it.
    ///
    /// - Throws: `Refusal`, `LogExtent.Refusal`, `EventLogError`, `StoreError`. The store can be gone on with in any case.
    func run() throws -> Outcome {
        defer { printer.end() }
        try checkTarget()
        let (extent, ends) = try readLimits()
        let store = try openTarget()
        // A file is locked as long as its store is there: nobody else goes on with it before it stands in its place. Of a
        // database, another run could take the schema in between; that is harmless, for a schema is renamed as a whole or not at all.
        return try withExtendedLifetime(store) {
            var outcome = try build(store, extent, ends)
            printer.end()
            if plan.swaps, outcome.isComplete { outcome.isSwapped = try swap() }
            return outcome
        }
    }

    // MARK: Before

    private func checkTarget() throws {
        try plan.checkTarget()
        if plan.swaps, let obstacle = plan.target.obstacle(toReplacing: plan.live) {
            throw Refusal(description: "--swap: \(obstacle)")
        }
        if case .sqlite(let path) = plan.target {
            if case .sqlite(let live) = plan.live, Self.isSameFile(path, live) {
                throw Refusal(description: "\(path) is the live store itself")
            }
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            guard FileManager.default.fileExists(atPath: folder) else {
                throw Refusal(description: "there is no folder \(folder)")
            }
        }
        guard try plan.target.occupant() != .other else {
            throw Refusal(description: "at \(plan.target) is something else: name a new place")
        }
    }

    private static func isSameFile(_ one: String, _ other: String) -> Bool {
        var first = stat()
        var second = stat()
        return stat(one, &first) == 0 && stat(other, &second) == 0
            && first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    /// Opens the store; two that build the same would each undo the other's work.
    private func openTarget() throws -> any HotStore {
        if case .sqlite(let path) = plan.target {
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            SQLiteSettings.keepTemporaryFiles(in: folder)
        }
        do {
            return try plan.target.open(for: .building)
        } catch {
            guard error.code == .inUse else { throw error }
            throw Refusal(description: "another process writes \(plan.target)")
        }
    }

    // MARK: Building

    /// What the log holds, and where to stop.
    private func readLimits() throws -> (extent: LogExtent, ends: [TopicPartition: Offset]) {
        let admin = try LogAdmin(configuration, logger: .quiet)
        defer { admin.close() }
        let extent = try LogExtent.read(admin)
        return (extent, try plan.until?.offsets(of: extent.partitions, admin) ?? extent.ends)
    }

    private func build(
        _ store: any HotStore,
        _ extent: LogExtent,
        _ ends: [TopicPartition: Offset]
    ) throws -> Outcome {
        let outcome = Result { try fold(into: store, extent, ends) }
        // What is in its log comes into the file even if the log of records went away.
        try store.close()
        return try outcome.get()
    }

    private func fold(
        into store: any HotStore,
        _ extent: LogExtent,
        _ ends: [TopicPartition: Offset]
    ) throws -> Outcome {
        let positions = try store.positions()
        var outcome = Outcome()
        outcome.before = positions.values.reduce(0) { $0 + $1.number }
        if let reason = Self.objection(to: positions, extent, ends) {
            throw Refusal(description: "\(plan.target) can't be gone on with: \(reason)")
        }
        if let loss = extent.loss() {
            guard !plan.swaps else { throw Refusal(description: "not swapping: \(loss)") }
            outcome.warnings.append("incomplete: \(loss)")
        }
        let start = ContinuousClock.now
        let mover = try WALMover(of: plan.target)
        defer { mover?.end() }
        var rebuild = try StoreRebuild(store, limits: extent.limits, ends: ends) {
            mover?.committed()
        }
        outcome.isComplete = try LogFold(
            configuration: configuration,
            interruption: interruption
        ).run(&rebuild) { progress in printer.show(progress.read, of: progress.total) }
        // Also after a run that had nothing to read: the one before may have been killed just here.
        if outcome.isComplete {
            let isLong = rebuild.progress.total >= Self.recordsWorthSaying
            if isLong { printer.say("indexing messages") }
            try store.finishBuilding()
        }
        outcome.progress = rebuild.progress
        outcome.duration = start.duration(to: .now)
        return outcome
    }

    /// Why a store at these positions can't be brought to these ends; `nil`: it can.
    static func objection(
        to positions: [TopicPartition: Offset],
        _ extent: LogExtent,
        _ ends: [TopicPartition: Offset]
    ) -> String? {
        if let reason = extent.contradiction(to: positions) { return reason }
        for (partition, position) in positions.sorted(by: { $0.key < $1.key }) {
            guard let end = ends[partition], position > end else { continue }
            return "it has read \(partition) up to \(position), beyond --until (\(end))"
        }
        return nil
    }

    // MARK: Swapping

    /// Whether it came to that: not if it was interrupted while it waited.
    private func swap() throws -> Bool {
        guard let hold = try waitForLive() else { return false }
        try plan.live.replace(with: plan.target, holding: hold)
        Thread.sleep(forTimeInterval: Self.readersMoveOn.seconds)
        withExtendedLifetime(hold) {}
        return true
    }

    private func waitForLive() throws -> StoreHold? {
        let deadline = ContinuousClock.now + plan.patience
        var isAnnounced = false
        while !interruption.isRequested {
            do throws(StoreError) {
                return try plan.live.hold()
            } catch {
                guard error.code == .inUse else { throw error }
            }
            guard ContinuousClock.now < deadline else {
                throw Refusal(
                    description: "\(plan.target) is built, but martlet-persistence still writes "
                        + "\(plan.live): stop it (\(advice)) and run the same command again"
                )
            }
            if !isAnnounced {
                printer.say(
                    "waiting up to \(ProgressText.seconds(plan.patience)) for "
                        + "martlet-persistence to let go of \(plan.live): stop it (\(advice))"
                )
            }
            isAnnounced = true
            Thread.sleep(forTimeInterval: Self.lockInterval.seconds)
        }
        return nil
    }

    /// How to stop the writer of the live store.
    private var advice: String {
        let processes = RunFolder.processes(at: plan.data + "/run")
        guard let number = processes["persistence"] else {
            return "Ctrl-C in `martlet up`, or `systemctl stop martlet-persistence`"
        }
        return "`kill \(number)`; `martlet up` starts it again by itself"
    }
}
