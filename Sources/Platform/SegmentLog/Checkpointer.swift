import Foundation
import Logging

/// The thread that brings segment files to the device after a journal ended, and then removes the journal.
///
/// A partition with much that is not on the device yet is brought there before that: otherwise all of it goes in one burst, and
/// the appends' own sync, for which everybody waits, stands behind it.
final class Checkpointer: @unchecked Sendable {
    // Unchecked: everything that changes is only touched under `condition`, but `retired`, which belongs to the thread.

    /// A journal that ended.
    struct Job {
        let journal: String
        /// Whether all that it has is in segment files.
        let mayRemove: Bool
    }

    private let condition = NSCondition()
    private var jobs: [Job] = []
    private var early: [PartitionLog] = []
    private var isClosing = false
    private var isFinished = false
    private var retired: [String]

    private let files: any FileSystem
    private let logger: Logger
    private let partitions: @Sendable () -> [PartitionLog]
    private let onFatal: @Sendable (SegmentLogError) -> Void

    /// A checkpointer that knows of older journals.
    init(
        files: any FileSystem,
        retired: [String],
        logger: Logger,
        partitions: @escaping @Sendable () -> [PartitionLog],
        onFatal: @escaping @Sendable (SegmentLogError) -> Void
    ) {
        self.files = files
        self.retired = retired
        self.logger = logger
        self.partitions = partitions
        self.onFatal = onFatal
    }

    /// Starts the thread.
    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "log-checkpoint"
        thread.start()
    }

    /// Queues a checkpoint.
    func submit(_ job: Job) {
        condition.lock()
        jobs.append(job)
        condition.unlock()
        condition.broadcast()
    }

    /// Asks for a partition's segment files to be synced, without a journal's end.
    func sync(_ log: PartitionLog) {
        condition.lock()
        if !early.contains(where: { $0 === log }) { early.append(log) }
        condition.unlock()
        condition.broadcast()
    }

    /// Finishes what is queued and ends the thread.
    func close() {
        condition.lock()
        isClosing = true
        condition.broadcast()
        while !isFinished { condition.wait() }
        condition.unlock()
    }

    private enum Task {
        case checkpoint(Job)
        case sync(PartitionLog)
    }

    private func run() {
        loop: while let task = take() {
            switch task {
            case .checkpoint(let job): guard checkpoint(job) else { break loop }
            case .sync(let log): guard sync([log]) else { break loop }
            }
        }
        condition.lock()
        isFinished = true
        condition.broadcast()
        condition.unlock()
    }

    private func take() -> Task? {
        condition.lock()
        defer { condition.unlock() }
        while jobs.isEmpty, early.isEmpty {
            if isClosing { return nil }
            condition.wait()
        }
        return jobs.isEmpty ? .sync(early.removeFirst()) : .checkpoint(jobs.removeFirst())
    }

    /// Brings partitions to the device; `false` if the process can't go on.
    private func sync(_ logs: [PartitionLog]) -> Bool {
        do throws(FileSystemError) {
            for log in logs { try log.checkpoint() }
            return true
        } catch {
            logger.critical("a segment can't be synced", metadata: ["error": "\(error)"])
            onFatal(SegmentLogError(error))
            return false
        }
    }

    private func checkpoint(_ job: Job) -> Bool {
        retired.append(job.journal)
        guard sync(partitions()) else { return false }
        guard job.mayRemove else { return true }
        do throws(FileSystemError) {
            while let path = retired.first {
                try files.remove(path)
                retired.removeFirst()
            }
        } catch {
            logger.warning("a journal can't be removed", metadata: ["error": "\(error)"])
        }
        return true
    }
}
