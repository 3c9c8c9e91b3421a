import Synchronization

/// So many may be somewhere at a time.
final class Places: Sendable {
    private let count = Mutex(0)
    private let max: Int

    init(_ max: Int) {
        self.max = max
    }

    /// A place, kept as long as the value; `nil`: all are taken.
    func take() -> Place? {
        let isFree = count.withLock { count in
            guard count < max else { return false }
            count += 1
            return true
        }
        return isFree ? Place(self) : nil
    }

    fileprivate func leave() { count.withLock { $0 -= 1 } }
}

/// A place that is taken until the last reference to it goes.
final class Place: Sendable {
    private let places: Places

    fileprivate init(_ places: Places) {
        self.places = places
    }

    deinit {
        places.leave()
    }
}
