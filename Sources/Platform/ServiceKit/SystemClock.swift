public import Events
import Foundation

/// The machine's clock: the one place that asks for the time of day.
public struct SystemClock: WallClock {
    /// The machine's clock.
    public init() {}

    /// The present moment.
    public func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
}
