public import Events
import Foundation

/// The machine's clock: the one place that asks for the time of day.
public struct SystemClock: WallClock {
    /// The machine's clock.
    public init() {}

    /// The present moment.
    public func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
