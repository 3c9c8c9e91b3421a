import Synchronization

/// A ledger that many devices and senders write to at once.
public final class SharedLedger: Sendable {
    private let ledger = Mutex(Ledger())

    /// An empty ledger.
    public init() {}

    /// Writes to it, or reads.
    @discardableResult
    public func write<Result: Sendable>(_ body: (inout Ledger) -> Result) -> Result {
        ledger.withLock { body(&$0) }
    }

    /// A copy of it.
    public var copy: Ledger { ledger.withLock { $0 } }
}
