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

    /// How long somebody else may have the lock: longer than a server takes to notice that a connection is lost, so that it is another writer, who
    /// could write what this one keeps from it.
    public static let usePatience: Duration = .seconds(120)

    /// The store.
    public let store: any HotStore
    private let usePatience: Duration
    private let logger: Logger
    private let onPresence: @Sendable (Bool) -> Void
    private let onCommit: @Sendable () -> Void
    private let retries = PersistenceMeters().storeRetries
    private let isStopped = Mutex(false)
    private let stopping = DispatchSemaphore(value: 0)

    /// A committer that says whether the store is there, and when something was written.
    public init(
        _ store: any HotStore,
        usePatience: Duration = StoreCommitter.usePatience,
        logger: Logger,
        onPresence: @escaping @Sendable (Bool) -> Void = { _ in },
        onCommit: @escaping @Sendable () -> Void = {}
    ) {
        self.store = store
        self.usePatience = usePatience
        self.logger = logger
        self.onPresence = onPresence
        self.onCommit = onCommit
    }

    /// Writes a batch; blocks for as long as the store is away.
    ///
    /// - Throws: `StoreError` that waiting does not mend, which is logged; or after `stop`.
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
        var absence: (code: StoreError.Code, start: ContinuousClock.Instant)?
        while true {
            do {
                let value = try body()
                if absence != nil {
                    logger.notice("the store is there again")
                    onPresence(true)
                }
                return value
            } catch let error as StoreError where Self.passing.contains(error.code) {
                if absence == nil { onPresence(false) }
                if absence?.code != error.code {
                    logger.warning("the store is away; waiting for it: \(error)")
                    absence = (error.code, .now)
                }
                retries.increment()
                guard !isTooLong(absence), !waitUnlessStopped(wait) else { throw error }
                wait = min(wait * 2, Self.waits.upperBound)
            } catch let error as StoreError {
                // Here: what passes it on does not know that there is no text of a row in it.
                logger.error("the store can't be written: \(error)")
                throw error
            }
        }
    }

    private func isTooLong(
        _ absence: (code: StoreError.Code, start: ContinuousClock.Instant)?
    ) -> Bool {
        guard let absence, absence.code == .inUse,
            absence.start.duration(to: .now) >= usePatience
        else { return false }
        logger.error("another process writes the store; leaving the log to it")
        return true
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
