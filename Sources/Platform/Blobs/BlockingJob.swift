import Synchronization

/// A job that waits for a thread, until it begins or is given up.
final class BlockingJob<Value: Sendable>: Sendable {
    /// What is to be done, and who waits for it.
    struct Waiter: Sendable {
        let body: @Sendable () throws(BlobError) -> Value
        let continuation: CheckedContinuation<Result<Value, BlobError>, Never>
    }

    private let waiter = Mutex<Waiter?>(nil)

    /// Waits.
    func wait(_ waiter: Waiter) {
        self.waiter.withLock { $0 = waiter }
    }

    /// Begins it; `nil`: it was given up.
    func take() -> Waiter? {
        waiter.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
    }

    /// Lets go of who waits, unless it has begun.
    func giveUp() {
        take()?.continuation.resume(returning: .failure(BlobError(.unavailable, "cancelled")))
    }
}
