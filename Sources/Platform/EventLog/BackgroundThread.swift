import Dispatch
import Foundation

/// A thread of our own, for what blocks.
final class BackgroundThread: Sendable {
    private let done = DispatchGroup()

    /// Starts `body` on a new thread of that name.
    init(_ name: String, body: @escaping @Sendable () -> Void) {
        let done = done
        done.enter()
        let thread = Thread {
            body()
            done.leave()
        }
        thread.name = name
        thread.start()
    }

    /// Blocks until the thread's body has returned.
    ///
    /// Never call it from that thread.
    func join() {
        done.wait()
    }
}
