import Synchronization

/// The numbers 1 to n, each given out once.
final class Numbers: Sendable {
    private let last: Int
    private let given = Mutex(0)

    init(upTo last: Int) {
        self.last = last
    }

    func next() -> Int? {
        given.withLock { given in
            guard given < last else { return nil }
            given += 1
            return given
        }
    }
}
