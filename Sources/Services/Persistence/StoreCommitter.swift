import Dispatch
public import Logging
import Metrics
public import Stores
import Synchronization

/// Writes batches into a store, and waits while the store is away.
///
/// Whoever writes waits with it: nothing is read from the log that could not be kept in memory, and nothing is given up.
public final class StoreCommitter: Sendable {
    /// How long to wait before the next try: doubled each time, up to the last.
    static let waits: ClosedRange<Double> = 0.1...5
    /// What passes by itself.
    ///
    /// `inUse` too: the lock of a connection that was lost is held until its server has noticed.
    private static let passing: Set<StoreError.Code> = [.unavailable, .commitUnknown, .inUse]

    /// The store.
    public let store: any HotStore
    private let logger: Logger
    private let onPresence: @Sendable (Bool) -> Void
    private let onCommit: @Sendable () -> Void
    private let retries = PersistenceMeters().storeRetries
    private let isStopped = Mutex(false)
    private let stopping = DispatchSemaphore(value: 0)

    /// A committer that says whether the store is there, and when something was written.
    public init(
        _ store: any HotStore,
        logger: Logger,
        onPresence: @escaping @Sendable (Bool) -> Void = { _ in },
        onCommit: @escaping @Sendable () -> Void = {}
    ) {
        self.store = store
        self.logger = logger
        self.onPresence = onPresence
        self.onCommit = onCommit
    }

    /// Writes a batch; blocks for as long as the store is away.
    ///
    /// - Throws: `StoreError` that waiting does not mend, or after `stop`.
    public func commit(_ batch: StoreBatch) throws -> StoreWriteReport {
        let report = try patiently { try store.apply(batch) }
        onCommit()
        return report
    }

    /// Where the store stands; blocks for as long as it is away.
    ///
    /// - Throws: `StoreError` that waiting does not mend, or after `stop`.
    func state() throws -> StoreState {
        try patiently {
            StoreState(positions: try store.positions(), filters: try store.filters())
        }
    }

    private func patiently<Value>(_ body: () throws -> Value) throws -> Value {
        var wait = Self.waits.lowerBound
        var isAway = false
        while true {
            do {
                let value = try body()
                if isAway {
                    logger.notice("the store is there again")
                    onPresence(true)
                }
                return value
            } catch let error as StoreError where Self.passing.contains(error.code) {
                if !isAway {
                    logger.warning("the store is away; waiting for it: \(error)")
                    onPresence(false)
                }
                isAway = true
                retries.increment()
                guard !waitUnlessStopped(wait) else { throw error }
                wait = min(wait * 2, Self.waits.upperBound)
            }
        }
    }

    /// Gives up waiting, now and from now on.
    public func stop() {
        isStopped.withLock { $0 = true }
        stopping.signal()
    }

    private func waitUnlessStopped(_ seconds: Double) -> Bool {
        if isStopped.withLock({ $0 }) { return true }
        _ = stopping.wait(timeout: .now() + seconds)
        return isStopped.withLock { $0 }
    }
}
