import Foundation
import Logging
import Metrics
import NIOCore
import Synchronization

/// The one thread that makes appends durable, for all partitions together.
///
/// While one group is being synced the next one gathers. Decided appends are told in one call per group.
final class Committer: @unchecked Sendable {
    // Unchecked: `shared` is only touched under `condition`; `journal`, `failed`, `unwritten` and `staging` only by the thread.

    /// So much waits in memory before it goes to its segment file: one write for many groups.
    private static let unwrittenBytesMax = 64 * 1024
    /// So much of a partition is in files but not on the device before that is done without waiting for the journal's end.
    private static let unsyncedBytesMax = 4 << 20
    /// The least time from one group to the next when appends come together.
    ///
    /// Every group is a sync, and wakes whoever produced and whoever reads: it sets the pace of all. Whoever appends one thing after
    /// the other does not wait.
    private static let gatheringTime: Duration = .milliseconds(1)

    /// An append.
    struct Item {
        let log: PartitionLog
        let batch: ByteBuffer
        let generation: Int
    }

    /// Something else to do in between.
    enum Work {
        /// Write what a partition has, roll if it wants to.
        case flush(PartitionLog)
        /// Begin a new journal and make a checkpoint.
        case checkpoint
    }

    private struct Shared {
        var items: [Item] = []
        var work: [Work] = []
        var isIdle = false
        var isClosing = false
        var isFinished = false
    }

    /// What to do with decided appends; called by the committer's thread.
    typealias CommitHandler = @Sendable (Commit) -> Void

    private let condition = NSCondition()
    private var shared = Shared()
    private let queuedBytes = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)
    private let queuedBytesMax: Int
    private let journalBytesMax: Int
    private let logger: Logger
    private let onCommit: CommitHandler
    private let onFatal: @Sendable (SegmentLogError) -> Void

    private var journal: Journal?
    private var checkpointer: Checkpointer?
    private var lastGroup = (count: 0, start: ContinuousClock.now)
    private var failed: [ObjectIdentifier: PartitionLog] = [:]
    /// Partitions with a little that only the journal and the memory have so far.
    private var unwritten: [ObjectIdentifier: PartitionLog] = [:]
    private var staging = ByteBufferAllocator().buffer(capacity: 1 << 20)
    private let syncs = Counter(label: "broker_syncs_total")
    private let syncTime = Timer(label: "broker_sync_seconds")
    private let groupSize = Recorder(label: "broker_sync_batches")

    init(
        queuedBytesMax: Int,
        journalBytesMax: Int,
        logger: Logger,
        onCommit: @escaping CommitHandler,
        onFatal: @escaping @Sendable (SegmentLogError) -> Void
    ) {
        self.queuedBytesMax = queuedBytesMax
        self.journalBytesMax = journalBytesMax
        self.logger = logger
        self.onCommit = onCommit
        self.onFatal = onFatal
    }

    /// Whether another append may be queued.
    var hasRoom: Bool {
        queuedBytes.load(ordering: .relaxed) < queuedBytesMax
            && !isStopped.load(ordering: .relaxed)
    }

    /// Starts the thread.
    func start(journal: Journal, checkpointer: Checkpointer) {
        self.journal = journal
        self.checkpointer = checkpointer
        let thread = Thread { [self] in run() }
        thread.name = "log-commit"
        thread.qualityOfService = .userInteractive
        thread.start()
    }

    /// Queues an append.
    func submit(_ item: Item) {
        queuedBytes.add(item.batch.readableBytes, ordering: .relaxed)
        condition.lock()
        shared.items.append(item)
        let isIdle = shared.isIdle
        shared.isIdle = false
        condition.unlock()
        if isIdle { condition.broadcast() }
    }

    /// Queues something else.
    func submitWork(_ work: Work) {
        condition.lock()
        shared.work.append(work)
        shared.isIdle = false
        condition.unlock()
        condition.broadcast()
    }

    /// Finishes what is queued and ends the thread.
    func close() {
        condition.lock()
        shared.isClosing = true
        condition.broadcast()
        while !shared.isFinished { condition.wait() }
        condition.unlock()
    }

    // MARK: The thread

    private func run() {
        while let (items, work) = take() {
            guard commit(items) else { break }
            for entry in work { perform(entry) }
            guard rotateIfFull(force: work.contains { $0.isCheckpoint }) else { break }
        }
        isStopped.store(true, ordering: .relaxed)
        condition.lock()
        shared.isFinished = true
        condition.broadcast()
        condition.unlock()
    }

    private func take() -> (items: [Item], work: [Work])? {
        condition.lock()
        defer { condition.unlock() }
        while shared.items.isEmpty && shared.work.isEmpty {
            if shared.isClosing { return nil }
            shared.isIdle = true
            condition.wait()
        }
        shared.isIdle = false
        gather()
        defer {
            shared.items = []
            shared.work = []
        }
        return (shared.items, shared.work)
    }

    /// Lets more appends come if the last group had several; under `condition`.
    private func gather() {
        if lastGroup.count > 1 {
            let due = lastGroup.start + Self.gatheringTime
            while shared.work.isEmpty, !shared.isClosing {
                let left = ContinuousClock.now.duration(to: due)
                guard left > .zero else { break }
                _ = condition.wait(until: Date(timeIntervalSinceNow: left / .seconds(1)))
            }
        }
        lastGroup = (shared.items.count, .now)
    }

    private func perform(_ work: Work) {
        guard case .flush(let log) = work else { return }
        flush(log)
    }

    /// Commits a group; `false` if the process can't go on.
    private func commit(_ items: [Item]) -> Bool {
        guard !items.isEmpty else { return true }
        defer {
            queuedBytes.subtract(
                items.reduce(0) { $0 + $1.batch.readableBytes },
                ordering: .relaxed
            )
        }
        var touched: [(log: PartitionLog, count: Int)] = []
        var places: [ObjectIdentifier: Int] = [:]
        var commit = Commit()
        for item in items
        where item.generation == item.log.generation.load(ordering: .relaxed) {
            let place = places[ObjectIdentifier(item.log), default: touched.count]
            if place == touched.count {
                places[ObjectIdentifier(item.log)] = place
                touched.append((item.log, 0))
            }
            touched[place].count += 1
        }
        guard !touched.isEmpty else { return true }
        do throws(FileSystemError) {
            try write(items)
        } catch {
            logger.error("appends failed", metadata: ["error": "\(error)"])
            guard abandonGroup() else { return false }
            for (log, _) in touched { log.rollBack(into: &commit) }
            onCommit(commit)
            return true
        }
        guard sync() else { return false }
        groupSize.record(items.count)
        for (log, count) in touched { log.complete(count, into: &commit) }
        onCommit(commit)
        for (log, _) in touched {
            if log.unwrittenBytes >= Self.unwrittenBytesMax {
                flush(log)
            } else {
                unwritten[ObjectIdentifier(log)] = log
            }
        }
        return true
    }

    private func write(_ items: [Item]) throws(FileSystemError) {
        for item in items
        where item.generation == item.log.generation.load(ordering: .relaxed) {
            try journal?.add(item.batch, of: item.log.id)
        }
        try journal?.finishWriting()
    }

    private func abandonGroup() -> Bool {
        do throws(FileSystemError) {
            try journal?.abandonGroup()
            return true
        } catch {
            stop(error)
            return false
        }
    }

    private func sync() -> Bool {
        let start = DispatchTime.now()
        do throws(FileSystemError) {
            try journal?.sync()
        } catch {
            stop(error)
            return false
        }
        let end = DispatchTime.now()
        syncTime.recordNanoseconds(end.uptimeNanoseconds - start.uptimeNanoseconds)
        syncs.increment()
        return true
    }

    private func flush(_ log: PartitionLog) {
        unwritten[ObjectIdentifier(log)] = nil
        do throws(SegmentLogError) {
            try log.flush(staging: &staging)
            failed[ObjectIdentifier(log)] = nil
            if log.unsyncedBytes >= Self.unsyncedBytesMax { checkpointer?.sync(log) }
        } catch {
            if failed.updateValue(log, forKey: ObjectIdentifier(log)) == nil {
                logger.error("partition failed", metadata: ["error": "\(error)"])
            }
        }
    }

    private func rotateIfFull(force: Bool) -> Bool {
        guard let position = journal?.position, position >= journalBytesMax || force else {
            return true
        }
        for log in Array(unwritten.values) + Array(failed.values) { flush(log) }
        do throws(FileSystemError) {
            guard let ended = try journal?.rotate() else { return true }
            // A failed partition's batches are in the journal only: then it must stay.
            checkpointer?.submit(
                Checkpointer.Job(
                    journal: ended,
                    mayRemove: failed.values.allSatisfy { !$0.hasUnwritten }
                )
            )
            return true
        } catch {
            stop(error)
            return false
        }
    }

    /// After a failed sync nobody knows what is on the device, and asking again would get a wrong answer: only a new start reads it.
    private func stop(_ error: FileSystemError) {
        isStopped.store(true, ordering: .relaxed)
        logger.critical("the journal can't be synced", metadata: ["error": "\(error)"])
        onFatal(SegmentLogError(error))
    }
}

extension Committer.Work {
    fileprivate var isCheckpoint: Bool {
        if case .checkpoint = self { true } else { false }
    }
}
