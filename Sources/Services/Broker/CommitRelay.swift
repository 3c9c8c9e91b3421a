import NIOCore
import SegmentLog
import Synchronization

/// Carries commits from the committer's thread to the core's event loop.
final class CommitRelay: Sendable {
    private let loop: any EventLoop
    private let core = Mutex<BrokerCore?>(nil)

    init(loop: any EventLoop) {
        self.loop = loop
    }

    /// Sets who gets the commits; before that there are none.
    func connect(_ core: BrokerCore) {
        self.core.withLock { $0 = core }
    }

    /// Passes a commit on.
    func pass(_ commit: Commit) {
        guard let core = core.withLock({ $0 }) else { return }
        loop.execute { core.didCommit(commit) }
    }
}
