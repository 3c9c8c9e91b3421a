import NIOPosix
import Synchronization

/// Runs what blocks on threads of its own, away from those that tasks share.
///
/// A file system that hangs keeps the threads for ever. So only so much may wait for them, and who gives up need not wait.
final class BlockingWork: Sendable {
    /// How many jobs wait or run at most; more are refused.
    static let jobsMax = 512

    /// Lives as long as the process.
    private static let shared = BlockingWork(threads: 4)

    private let pool: NIOThreadPool
    private let jobsMax: Int
    private let jobs = Mutex(0)

    /// Work on so many threads; it must live as long as the process.
    init(threads: Int, jobsMax: Int = BlockingWork.jobsMax) {
        pool = NIOThreadPool(numberOfThreads: threads)
        self.jobsMax = jobsMax
        pool.start()
    }

    /// How many jobs wait or run.
    var count: Int { jobs.withLock { $0 } }

    /// Runs `body` on the threads that all share.
    ///
    /// - Throws: what `body` throws; `unavailable` if too many wait, or the task is cancelled before `body` begins. What has begun is not shortened.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(BlobError) -> Value
    ) async throws(BlobError) -> Value {
        try await shared.run(body)
    }

    /// Runs `body` when a thread is free.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(BlobError) -> Value
    ) async throws(BlobError) -> Value {
        let isAdmitted = jobs.withLock { jobs in
            guard jobs < jobsMax else { return false }
            jobs += 1
            return true
        }
        guard isAdmitted else { throw BlobError(.unavailable, "too much waits for the disk") }
        let job = BlockingJob<Value>()
        let result: Result<Value, BlobError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                job.wait(BlockingJob.Waiter(body: body, continuation: continuation))
                pool.submit { _ in self.perform(job) }
                // A cancellation that came before found nobody waiting.
                if Task.isCancelled { job.giveUp() }
            }
        } onCancel: {
            job.giveUp()
        }
        return try result.get()
    }

    private func perform<Value>(_ job: BlockingJob<Value>) {
        let waiter = job.take()
        let result = waiter.map { waiter in
            Result { () throws(BlobError) in try waiter.body() }
        }
        jobs.withLock { $0 -= 1 }
        if let result { waiter?.continuation.resume(returning: result) }
    }
}
