import Dispatch
import Stores
import Synchronization

/// Writes batches in order on a thread of its own, while the next one is folded.
final class BatchWriter: Sendable {
    private let store: any HotStore
    private let onCommit: @Sendable () -> Void
    private let queue = DispatchQueue(label: "store-writer")
    private let spent = DispatchQueue(label: "store-writer-spent")
    private let next = Mutex<StoreBatch?>(nil)
    private let room = DispatchSemaphore(value: 1)
    private let failure = Mutex<(any Error)?>(nil)

    init(_ store: any HotStore, onCommit: @escaping @Sendable () -> Void) {
        self.store = store
        self.onCommit = onCommit
    }

    /// Takes a batch, waiting until the one before is written.
    ///
    /// - Throws: what an earlier write threw; nothing is written after it.
    func write(_ batch: StoreBatch) throws {
        room.wait()
        next.withLock { $0 = batch }
        queue.async { [self] in
            let batch = next.withLock { $0.take() }
            if let batch, failure.withLock({ $0 == nil }) { apply(batch) }
            room.signal()
            // To let go of so many events takes a while, too.
            spent.async { withExtendedLifetime(batch) {} }
        }
        try throwFailure()
    }

    private func apply(_ batch: StoreBatch) {
        do {
            try store.apply(batch)
            onCommit()
        } catch {
            failure.withLock { $0 = error }
        }
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
