import NIOCore
import NIOPosix

/// Runs reads of the index away from the event loop and brings the results back to it.
struct IndexReader: Sendable {
    /// Where reads run; `nil`: at once on the caller's thread, for tests.
    let pool: NIOThreadPool?

    /// Runs `read` and calls `completion` on the loop with what it returned, or `nil` if it failed.
    func run<Value: Sendable>(
        on loop: any EventLoop,
        _ read: @escaping @Sendable () throws -> Value,
        completion: @escaping @Sendable (Value?) -> Void
    ) {
        guard let pool else {
            let value = try? read()
            loop.execute { completion(value) }
            return
        }
        pool.runIfActive(eventLoop: loop, read).whenComplete { result in
            completion(try? result.get())
        }
    }
}
