import Blobs
import Stores
import Synchronization

@testable import Archives

/// Burns after so many steps; from then on nothing works any more, as for a process that has died.
final class Fuse: Sendable {
    /// What is thrown then.
    struct Burnt: Error {}

    private let left: Mutex<Int>

    init(after steps: Int) {
        left = Mutex(steps)
    }

    var isBurnt: Bool { left.withLock { $0 <= 0 } }

    private func step() -> Bool {
        left.withLock { left in
            if left > 0 { left -= 1 }
            return left > 0
        }
    }

    /// A store and a blob store that die with it: before or after each of their steps has its effect.
    func wire(_ world: ArchiverWorld) -> (ProbedStore, ProbedBlobs) {
        var store = ProbedStore(world.store)
        var blobs = ProbedBlobs(world.blobs)
        store.before = { _ in if !self.step() { throw Burnt() } }
        store.after = { _ in if !self.step() { throw Burnt() } }
        blobs.before = { (_, _) throws(BlobError) in if !self.step() { throw Self.away } }
        blobs.after = { (_, _) throws(BlobError) in if !self.step() { throw Self.away } }
        return (store, blobs)
    }

    private static let away = BlobError(.unavailable, "dead")
}
