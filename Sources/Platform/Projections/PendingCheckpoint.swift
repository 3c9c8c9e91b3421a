import Dispatch
import EventLog
import Events
import Synchronization

/// A checkpoint that is being written on another thread.
final class PendingCheckpoint: Sendable {
    /// What it brings to disk.
    let positions: [TopicPartition: Offset]
    let started = ContinuousClock.now
    private let outcome = Mutex<Result<Void, ProjectionError>?>(nil)
    private let done = DispatchSemaphore(value: 0)

    init(positions: [TopicPartition: Offset]) {
        self.positions = positions
    }

    /// Called once.
    func complete(_ result: Result<Void, ProjectionError>) {
        outcome.withLock { $0 = result }
        done.signal()
    }

    /// Whether it has been written, or has failed.
    var isComplete: Bool { outcome.withLock { $0 != nil } }

    /// Waits for the end, and throws what went wrong; called once.
    func finish() throws(ProjectionError) {
        done.wait()
        try outcome.withLock { $0 }?.get()
    }
}
