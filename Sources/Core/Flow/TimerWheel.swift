/// Whom to look at in which tick, in constant time per entry and without a timer for each.
///
/// Entries are never taken out: who no longer wants to be looked at ignores it, and who wants to be looked at later than the wheel
/// reaches is looked at early and asks again. So an element may come more often than it asked for, but never later.
public struct TimerWheel<Element> {
    private var slots: [[Element]]
    /// The tick that was expired last.
    public private(set) var tick: UInt64

    /// A wheel that reaches `slots - 1` ticks ahead, standing at `tick`.
    ///
    /// - Precondition: there are at least two slots.
    public init(slots: Int = 64, tick: UInt64 = 0) {
        precondition(slots >= 2, "a wheel turns")
        self.slots = Array(repeating: [], count: slots)
        self.tick = tick
    }

    /// How many entries wait.
    public var count: Int { slots.reduce(0) { $0 + $1.count } }

    /// Asks for a look at `element` in tick `wanted`.
    ///
    /// - Returns: the tick in which the look will come: the wanted one if the wheel reaches it, an earlier one
    ///   otherwise; the next one if the wanted one is past.
    public mutating func schedule(_ element: Element, at wanted: UInt64) -> UInt64 {
        let due = min(max(wanted, tick + 1), tick + UInt64(slots.count - 1))
        slots[Int(due % UInt64(slots.count))].append(element)
        return due
    }

    /// Moves to tick `now` and takes out what is due up to then, in the order of the ticks.
    public mutating func advance(to now: UInt64) -> [Element] {
        guard now > tick else { return [] }
        var due: [Element] = []
        let last = min(now, tick + UInt64(slots.count))
        for passed in (tick + 1)...last {
            let slot = Int(passed % UInt64(slots.count))
            due.append(contentsOf: slots[slot])
            slots[slot].removeAll(keepingCapacity: false)
        }
        tick = now
        return due
    }
}

extension TimerWheel: Sendable where Element: Sendable {}
