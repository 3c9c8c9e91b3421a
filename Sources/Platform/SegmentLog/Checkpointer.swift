import Foundation
import Logging

/// The thread that brings segment files to the device after a journal ended, and then removes the journal.
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

    /// Finishes what is queued and ends the thread.
    func close() {
        condition.lock()
        isClosing = true
        condition.broadcast()
        while !isFinished { condition.wait() }
        condition.unlock()
    }

    private func run() {
        while let job = take() {
            guard checkpoint(job) else { break }
        }
        condition.lock()
        isFinished = true
        condition.broadcast()
        condition.unlock()
    }

    private func take() -> Job? {
        condition.lock()
        defer { condition.unlock() }
        while jobs.isEmpty {
            if isClosing { return nil }
            condition.wait()
        }
        return jobs.removeFirst()
    }

    private func checkpoint(_ job: Job) -> Bool {
        retired.append(job.journal)
        do throws(FileSystemError) {
            for log in partitions() { try log.checkpoint() }
        } catch {
            logger.critical("a segment can't be synced", metadata: ["error": "\(error)"])
            onFatal(SegmentLogError(error))
            return false
        }
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
