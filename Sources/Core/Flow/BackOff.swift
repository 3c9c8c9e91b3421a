/// How long to wait before the next try: exponential with decorrelated jitter.
///
/// Each wait is drawn evenly from `base` to three times the wait before, `cap` at most, so that many that failed at
/// once do not come back at once. Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
public struct BackOff: Sendable {
    /// The shortest wait.
    public let base: Duration
    /// The longest wait.
    public let cap: Duration
    private var last: Duration

    /// Waits from `base` to `cap`.
    ///
    /// - Precondition: `base` is positive and not longer than `cap`.
    public init(base: Duration = .milliseconds(100), cap: Duration = .seconds(5)) {
        precondition(base > .zero && base <= cap, "a back-off grows from a positive base to a cap")
        self.base = base
        self.cap = cap
        last = base
    }

    /// The next wait.
    public mutating func next(using random: inout some RandomNumberGenerator) -> Duration {
        let lowest = base.nanoseconds
        let highest = max(lowest, min(cap.nanoseconds, last.nanoseconds.multipliedClamping(by: 3)))
        last = .nanoseconds(Int64.random(in: lowest...highest, using: &random))
        return last
    }

    /// It worked: the next wait is short again.
    public mutating func reset() {
        last = base
    }
}

extension Duration {
    /// Whole nanoseconds, clamped to what 64 bits hold (292 years).
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }
}

extension Int64 {
    fileprivate func multipliedClamping(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
