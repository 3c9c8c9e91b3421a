/// Something to ask a Redis, and who waits for it.
struct RedisJob: Sendable {
    enum Command: Sendable {
        case get
        case set(sealed: [UInt8], lifetime: Duration)
    }

    let key: [UInt8]
    let command: Command
    /// Resumed exactly once, by whoever took the job out of the pool; with `nil` where nothing was found or asked for.
    let waiter: CheckedContinuation<[UInt8]?, Never>

    /// What it takes in the queue.
    var bytes: Int {
        switch command {
        case .get: return key.count
        case .set(let sealed, _): return key.count + sealed.count
        }
    }
}
