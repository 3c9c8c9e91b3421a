import CoreMetrics
import Dispatch
import Events
import Logging
import Stores
import Synchronization

/// Indexes for search what was committed, on a thread of its own, soon after.
///
/// Whatever goes wrong, the store is as good as before: searches say that they are not complete, and it is tried again.
final class SearchIndexer: Sendable {
    /// How long to wait after one round before the next: many commits are indexed together.
    static let interval: Duration = .milliseconds(200)
    /// Events in one transaction: few while others commit, who wait for it, and ever more while nobody does, because many at once cost less.
    static let eventsPerTransaction = 500...4000
    /// While others commit, how long to wait after a transaction, in terms of how long it took: the store has one writer, and messages go first.
    static let restPerWork = 4
    /// How long at most: a transaction may have waited for others for long.
    static let restMax: Duration = .seconds(2)
    /// How long to wait after a failure.
    static let retryWait: Duration = .seconds(2)

    private struct State {
        var isWoken = true
        var isStopped = false
    }

    private let store: any HotStore
    private let logger: Logger
    private let onIndex: @Sendable () -> Void
    private let meters = PersistenceMeters()
    private let queue = DispatchQueue(label: "search-indexer")
    private let state = Mutex(State())
    /// Signalled when there is something to do, once until it is done, and when it is to stop.
    private let wakeUp = DispatchSemaphore(value: 0)
    private let stopping = DispatchSemaphore(value: 0)

    /// An indexer that says when it has written something.
    init(
        _ store: any HotStore,
        logger: Logger,
        onIndex: @escaping @Sendable () -> Void = {}
    ) {
        self.store = store
        self.logger = logger
        self.onIndex = onIndex
        // What was there before needs no commit. A semaphore must not end below what it began with, so it begins with nothing.
        wakeUp.signal()
    }

    /// Something was committed; never blocks.
    func committed() {
        let isNew = state.withLock { state in
            defer { state.isWoken = true }
            return !state.isWoken
        }
        if isNew { wakeUp.signal() }
    }

    /// Runs until it is cancelled.
    func run() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async { [self] in
                    work()
                    continuation.resume()
                }
            }
        } onCancel: {
            stop()
        }
    }

    private func stop() {
        state.withLock { $0.isStopped = true }
        stopping.signal()
        wakeUp.signal()
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    // MARK: The thread

    private func work() {
        var lastFailure: String?
        while true {
            takeWakeUp()
            if isStopped { return }
            do {
                try index()
                if lastFailure != nil { logger.notice("texts are indexed again") }
                lastFailure = nil
                pause(Self.interval)
            } catch {
                let failure = (error as? StoreError)?.shortDescription ?? "other"
                if failure != lastFailure {
                    logger.warning("texts are not indexed; searches may miss them: \(error)")
                }
                lastFailure = failure
                pause(Self.retryWait)
                committed()
            }
        }
    }

    /// Indexes until there is nothing left.
    private func index() throws {
        var limit = Self.eventsPerTransaction.lowerBound
        while !isStopped {
            let start = ContinuousClock.now
            let count = try store.indexTexts(limit: limit)
            let work = start.duration(to: .now)
            guard count > 0 else { return }
            meters.indexed.increment(by: count)
            onIndex()
            if takeWakeUp(waits: false) {
                limit = Self.eventsPerTransaction.lowerBound
                pause(min(work * Self.restPerWork, Self.restMax))
            } else {
                limit = min(limit * 2, Self.eventsPerTransaction.upperBound)
            }
        }
    }

    /// Takes what `committed` has left; whether it had left something.
    @discardableResult
    private func takeWakeUp(waits: Bool = true) -> Bool {
        guard waits || state.withLock({ $0.isWoken }) else { return false }
        wakeUp.wait()
        state.withLock { $0.isWoken = false }
        return true
    }

    private func pause(_ duration: Duration) {
        guard !isStopped else { return }
        let milliseconds = Int(clamping: duration.milliseconds)
        _ = stopping.wait(timeout: .now() + .milliseconds(milliseconds))
    }
}
