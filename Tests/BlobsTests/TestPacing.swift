import Synchronization

@testable import Blobs

/// Time that passes only by waiting, and waits that are noted.
final class TestPacing: Sendable {
    private let noted = Mutex<[Duration]>([])

    /// How long was waited, each time.
    var waits: [Duration] { noted.withLock { $0 } }

    /// The same for a store; jitter makes no wait shorter.
    var pacing: RetryPacing {
        RetryPacing(
            uptime: { self.waits.reduce(.zero, +) },
            sleep: { wait in self.noted.withLock { $0.append(wait) } },
            chance: { 1 }
        )
    }
}
