import Dispatch
import EventLog
import Events
import Logging
import ServiceKit
import ServiceLifecycle
import Synchronization

/// Reads `signals` of the partitions that this instance serves, outside any group, on a thread of its own.
///
/// A partition that is taken over is read from as long ago as what is said there may still hold: so it is known again who watches whom.
/// Nothing depends on it: while the log is away, or the topic not made, there are no signals.
final class SignalReader: Service {
    private let log: EventLogConfiguration
    private let served: ServedPartitions
    private let lookBack: Duration
    private let clock: any WallClock
    private let logger: Logger
    private let deliver: @Sendable ([LogRecord], @escaping @Sendable () -> Void) -> Void
    private let isStopped = Atomic<Bool>(false)
    private let delivered = DispatchSemaphore(value: 0)

    /// A reader that hands batches to `deliver`, which calls back when it has dealt with one: until then no other comes.
    init(
        _ log: EventLogConfiguration,
        served: ServedPartitions,
        lookBack: Duration,
        clock: any WallClock,
        logger: Logger,
        deliver: @escaping @Sendable ([LogRecord], @escaping @Sendable () -> Void) -> Void
    ) {
        self.log = log
        self.served = served
        self.lookBack = lookBack
        self.clock = clock
        self.logger = logger
        self.deliver = deliver
    }

    /// Reads until a shutdown.
    func run() async throws {
        try await withShutdownHandler {
            try await LogReader.onThread("signals") { self.readToTheEnd() }
        } stop: {
            self.stop()
        }
    }

    private func stop() {
        isStopped.store(true, ordering: .relaxed)
        served.wake()
        delivered.signal()
    }

    private var isRunning: Bool { !isStopped.load(ordering: .relaxed) }

    private func readToTheEnd() {
        // Where reading goes on.
        var places: [Partition: StartPosition] = [:]
        var isWarned = false
        while isRunning {
            do {
                try read(&places) { isWarned = false }
            } catch {
                // Once until it works again: the log may be away for long.
                logger.log(
                    level: isWarned ? .debug : .warning,
                    "reading signals failed",
                    metadata: ["reason": "\(error)"]
                )
                isWarned = true
                served.wait(.milliseconds(500))
            }
        }
    }

    /// Reads until the partitions that are served are others.
    private func read(_ places: inout [Partition: StartPosition], onRecords: () -> Void) throws {
        let partitions = served.all
        guard !partitions.isEmpty else {
            places = [:]
            return served.wait(.seconds(60))
        }
        places = places.filter { partitions.contains($0.key) }
        let new = partitions.filter { places[$0] == nil }
        if !new.isEmpty { places.merge(try starts(of: Array(new))) { $1 } }
        let start = Dictionary(
            uniqueKeysWithValues: places.map { (TopicPartition(.signals, $0.key), $0.value) }
        )
        let reader = try LogReader(log, start: start, logger: logger)
        defer { reader.close() }
        while isRunning, served.all == partitions {
            let records = try reader.poll(timeout: .milliseconds(100))
            guard !records.isEmpty else { continue }
            onRecords()
            for record in records {
                places[record.topicPartition.partition] = .offset(record.offset.next)
            }
            let delivered = delivered
            deliver(records) { delivered.signal() }
            // A loop that is gone calls back no more; the shutdown ends the wait.
            delivered.wait()
        }
    }

    private func starts(of partitions: [Partition]) throws -> [Partition: StartPosition] {
        let admin = try LogAdmin(log, logger: logger)
        defer { admin.close() }
        let offsets = try admin.offsets(
            of: partitions.map { TopicPartition(.signals, $0) },
            at: clock.now() - lookBack
        )
        return Dictionary(
            uniqueKeysWithValues: partitions.map { partition in
                let offset = offsets[TopicPartition(.signals, partition)]
                return (partition, offset.map { .offset($0) } ?? .beginning)
            }
        )
    }
}
