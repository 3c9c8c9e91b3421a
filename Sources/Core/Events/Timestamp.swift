/// A moment: milliseconds since 1970-01-01 00:00 UTC, without leap seconds.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970 UTC.
    public var milliseconds: Int64

    /// A moment so many milliseconds after 1970-01-01 00:00 UTC.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Orders by time.
    public static func < (left: Self, right: Self) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The moment so much later; clamps instead of overflowing.
    public static func + (time: Self, duration: Duration) -> Self {
        let (sum, overflow) = time.milliseconds.addingReportingOverflow(duration.milliseconds)
        guard overflow else { return Self(milliseconds: sum) }
        return Self(milliseconds: duration.milliseconds < 0 ? .min : .max)
    }

    /// The moment so much earlier; clamps instead of overflowing.
    public static func - (time: Self, duration: Duration) -> Self {
        time + (.zero - duration)
    }

    /// How long after `earlier` this is.
    public static func - (later: Self, earlier: Self) -> Duration {
        .milliseconds(later.milliseconds) - .milliseconds(earlier.milliseconds)
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    public var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    /// Seconds with their fraction.
    public var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}

/// Something that tells the time; injected, so that tests own it.
public protocol WallClock: Sendable {
    /// The present moment.
    func now() -> Timestamp
}
