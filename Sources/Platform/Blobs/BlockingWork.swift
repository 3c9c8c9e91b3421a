import NIOPosix

/// Runs what blocks on threads of its own, away from those that tasks share.
enum BlockingWork {
    private static let threads = 4

    /// Lives as long as the process.
    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
        return pool
    }()

    /// Runs `body` when a thread is free; cancellation does not shorten it.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(BlobError) -> Value
    ) async throws(BlobError) -> Value {
        let result: Result<Value, BlobError> = await withCheckedContinuation { continuation in
            pool.submit { _ in
                continuation.resume(returning: Result { () throws(BlobError) in try body() })
            }
        }
        return try result.get()
    }
}
