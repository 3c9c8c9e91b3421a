import Dispatch
import Stores
import Synchronization

/// Writes batches in order on a thread of its own, while the next one is folded.
final class BatchWriter: Sendable {
    /// How many batches wait or are written at most; one more is being folded.
    static let batchesMax = 1

    private let store: any HotStore
    private let queue = DispatchQueue(label: "store-writer")
    private let room = DispatchSemaphore(value: batchesMax)
    private let failure = Mutex<(any Error)?>(nil)

    init(_ store: any HotStore) {
        self.store = store
    }

    /// Takes a batch, waiting while too many are on their way.
    ///
    /// - Throws: what an earlier write threw; nothing is written after it.
    func write(_ batch: StoreBatch) throws {
        room.wait()
        queue.async { [self] in
            defer { room.signal() }
            guard failure.withLock({ $0 == nil }) else { return }
            do {
                try store.apply(batch)
            } catch {
                failure.withLock { $0 = error }
            }
        }
        try throwFailure()
    }

    /// Waits until all is written.
    ///
    /// - Throws: what a write threw.
    func finish() throws {
        queue.sync {}
        try throwFailure()
    }

    private func throwFailure() throws {
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
