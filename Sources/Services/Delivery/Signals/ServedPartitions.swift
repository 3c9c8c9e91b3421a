import Dispatch
import Events
import Synchronization

/// Which partitions this instance serves: said on the event loop, followed by the thread that reads `signals`.
final class ServedPartitions: Sendable {
    private let state = Mutex<Set<Partition>>([])
    private let changed = DispatchSemaphore(value: 0)

    /// The partitions at this moment.
    var all: Set<Partition> { state.withLock { $0 } }

    func insert(_ partition: Partition) {
        state.withLock { _ = $0.insert(partition) }
        changed.signal()
    }

    func remove(_ partition: Partition) {
        state.withLock { _ = $0.remove(partition) }
        changed.signal()
    }

    /// Ends a wait.
    func wake() { changed.signal() }

    /// Blocks until something changed since the last wait, or `wake` was called; at most so long.
    func wait(_ timeout: DispatchTimeInterval) {
        _ = changed.wait(timeout: .now() + timeout)
    }
}
