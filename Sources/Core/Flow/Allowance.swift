/// How much somebody may do at once and in the long run: a token bucket.
public struct Allowance: Sendable {
    /// What may be done at once, after a pause.
    public let burst: Double
    /// What may be done in the long run.
    public let perSecond: Double
    private var left: Double
    private var updated: Duration

    /// A full allowance at `now`, which is monotonic.
    ///
    /// - Precondition: both bounds are positive.
    public init(burst: Int, perSecond: Int, now: Duration) {
        precondition(burst > 0 && perSecond > 0, "an allowance allows something")
        self.burst = Double(burst)
        self.perSecond = Double(perSecond)
        left = self.burst
        updated = now
    }

    /// Whether something of this cost may be done; if so, it counts as done.
    public mutating func take(_ cost: Int = 1, now: Duration) -> Bool {
        refill(now)
        guard Double(cost) <= left else { return false }
        left -= Double(cost)
        return true
    }

    /// What costs more than was asked for first: nothing more for a second.
    public mutating func exhaust(now: Duration) {
        refill(now)
        left = 1 - perSecond
    }

    private mutating func refill(_ now: Duration) {
        guard now > updated else { return }
        let (seconds, attoseconds) = (now - updated).components
        let passed = Double(seconds) + Double(attoseconds) * 1e-18
        left = min(burst, left + passed * perSecond)
        updated = now
    }
}
