import CoreMetrics
import Dispatch
import Events
import Logging
import Stores

/// Drops texts that have disappeared from a store, from time to time, on a thread of its own.
///
/// It may be late: nobody is shown them any more.
struct TextDropper: Sendable {
    /// How long to wait from one time to the next.
    static let interval: Duration = .seconds(60)

    private let store: any HotStore
    private let clock: any WallClock
    private let interval: Duration
    private let logger: Logger
    private let meters = PersistenceMeters()
    private let queue = DispatchQueue(label: "text-dropper")

    init(
        _ store: any HotStore,
        clock: any WallClock,
        interval: Duration = TextDropper.interval,
        logger: Logger
    ) {
        self.store = store
        self.clock = clock
        self.interval = interval
        self.logger = logger
    }

    /// Runs until it is cancelled.
    func run() async {
        while true {
            do {
                try await Task.sleep(for: interval)
                let now = clock.now()
                let count = try await queue.run { [store] in try store.dropDisappeared(by: now) }
                meters.disappeared.increment(by: count)
            } catch is CancellationError {
                return
            } catch {
                logger.warning("texts that have disappeared were not dropped: \(error)")
            }
        }
    }
}
