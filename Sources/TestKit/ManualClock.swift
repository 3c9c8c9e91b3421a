public import Events
import Synchronization

/// A clock that stands still until a test moves it.
public final class ManualClock: WallClock {
    private let time: Mutex<Timestamp>

    /// A clock that shows this time.
    public init(_ time: Timestamp = Timestamp(milliseconds: 1_767_225_600_000)) {
        self.time = Mutex(time)
    }

    /// The time it shows.
    public func now() -> Timestamp { time.withLock { $0 } }

    /// Moves it on, or back.
    public func advance(by duration: Duration) {
        time.withLock { $0 = $0 + duration }
    }

    /// Sets it.
    public func set(_ new: Timestamp) {
        time.withLock { $0 = new }
    }
}
