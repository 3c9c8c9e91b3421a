import DequeModule

/// Who has gone, but may be back in a moment: only an absence that lasts is told.
///
/// Times are monotonic, from any start; each absence ends after the same time, so they end in the order in which they began.
public struct Absences<Element: Hashable> {
    private let grace: Duration
    private var due: [Element: Duration] = [:]
    private var order: Deque<(element: Element, due: Duration)> = []

    /// Nobody has gone; `grace` is how long an absence has to last.
    public init(grace: Duration) {
        self.grace = grace
    }

    /// Absences that may still end by coming back.
    public var count: Int { due.count }

    /// Somebody goes.
    public mutating func begin(_ element: Element, now: Duration) {
        due[element] = now + grace
        order.append((element, now + grace))
    }

    /// Somebody is back: whether in time.
    public mutating func end(_ element: Element) -> Bool {
        due.removeValue(forKey: element) != nil
    }

    /// Whether somebody has gone only just now.
    public func contains(_ element: Element) -> Bool { due[element] != nil }

    /// Takes out whose absence has lasted.
    public mutating func lasted(now: Duration) -> [Element] {
        var lasted: [Element] = []
        while let first = order.first, first.due <= now {
            order.removeFirst()
            // Whoever came back and went again meanwhile is due later.
            guard due[first.element] == first.due else { continue }
            due[first.element] = nil
            lasted.append(first.element)
        }
        return lasted
    }
}

extension Absences: Sendable where Element: Sendable {}
