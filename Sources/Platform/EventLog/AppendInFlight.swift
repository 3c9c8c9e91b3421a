import Dispatch

/// Records that were sent, and whose delivery reports have not all come.
public final class AppendInFlight: Sendable {
    private let batch: ProducerState.Batch

    init(_ batch: ProducerState.Batch) {
        self.batch = batch
    }

    /// Blocks the calling thread until all delivery reports have come; called at most once.
    ///
    /// - Throws: the first failure.
    public func wait() throws(EventLogError) {
        batch.done.wait()
        if let failure = batch.failure { throw failure }
    }
}
