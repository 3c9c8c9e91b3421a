import Dispatch
import EventLog
import Events
import Logging
import Stores
import Synchronization

/// Asks log and store how far they are, on a thread of its own, and tells of which moment the store has everything.
final class CatchUpWatch: Sendable {
    private let store: any HotStore
    private let clock: any WallClock
    private let admin: LogAdmin
    private let queue = DispatchQueue(label: "catch-up-watch")
    private let state = Mutex(CatchUp())

    /// A watch that has seen nothing yet.
    ///
    /// - Throws: `EventLogError`.
    init(
        _ store: any HotStore,
        log: EventLogConfiguration,
        clock: any WallClock,
        logger: Logger
    ) throws(EventLogError) {
        self.store = store
        self.clock = clock
        admin = try LogAdmin(log, logger: logger)
    }

    /// Looks, and gives the moment of which everything is in the store; `nil`: none yet.
    ///
    /// - Throws: `EventLogError` or `StoreError`.
    func moment() async throws -> Timestamp? {
        try await queue.run { [self] in try look() }
    }

    /// Lets go of the log, when nobody looks any more.
    func close() {
        queue.sync { admin.close() }
    }

    private func look() throws -> Timestamp? {
        let time = clock.now()
        let log = try watermarks()
        let positions = try store.positions()
        return state.withLock { state in
            state.look(at: time, log: log, positions: positions)
            return state.moment
        }
    }

    private func watermarks() throws(EventLogError) -> [TopicPartition: LogAdmin.Watermarks] {
        let counts = try admin.topics()
        var watermarks: [TopicPartition: LogAdmin.Watermarks] = [:]
        for topic in StoreFold.topics {
            for number in 0..<Int32(clamping: counts[topic.name] ?? 0) {
                let partition = TopicPartition(topic, Partition(number))
                watermarks[partition] = try admin.watermarks(of: partition)
            }
        }
        return watermarks
    }
}
