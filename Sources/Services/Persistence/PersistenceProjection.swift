public import EventLog
public import Events
public import GRDB
public import Logging
import Metrics
public import Projections
import Stores

/// Folds the log into the hot store's own file, so that rows and positions change in one transaction.
///
/// `@unchecked Sendable`: touched by the runner's one thread only.
public final class PersistenceProjection: Projection, @unchecked Sendable {
    /// The consumer group.
    public let name = "persistence"
    /// What a store is a fold of.
    public let topics = StoreFold.topics
    /// The store's own steps.
    public let migrations = SQLiteHotStore.schemaSteps.map { Migration($0.identifier, sql: $0.sql) }

    private let logger: Logger
    private var fold = StoreFold()
    private var batch: StoreBatch?
    private var isPrepared = false
    private let eventsWritten = Counter(label: "martlet_persistence_events_total")
    private let receiptsRead = Counter(label: "martlet_persistence_receipts_total")
    private let repetitions = Counter(label: "martlet_persistence_repetitions_total")
    private let conflicts = Counter(label: "martlet_persistence_conflicts_total")
    private var repetitionsCounted = 0

    /// A projection that has read nothing.
    public init(logger: Logger = Logger(label: "persistence")) {
        self.logger = logger
    }

    /// Goes on from the store's own checkpoint when the runner has none: `martlet replay` made the file.
    public func open(
        _ partition: Partition,
        _ database: any DatabaseReader,
        isFresh: Bool
    ) throws -> [Topic: StartPosition] {
        let state = try database.read(SQLiteStoreReader.state)
        let timeline = TopicPartition(.timeline, partition)
        fold.open(timeline, filter: state.filters[timeline])
        guard isFresh else { return [:] }
        var starts: [Topic: StartPosition] = [:]
        for topic in topics {
            if let offset = state.positions[TopicPartition(topic, partition)] {
                starts[topic] = .offset(offset)
            }
        }
        return starts
    }

    /// Forgets the partition's filter.
    public func close(_ partition: Partition) {
        fold.close(TopicPartition(.timeline, partition))
    }

    /// Folds a record into the batch in hand.
    public func apply(_ record: LogRecord, _ outputs: inout Outputs) throws {
        try fold.apply(record)
    }

    /// Writes the batch in hand.
    public func save(_ database: Database) throws {
        let batch = fold.take()
        guard !batch.isEmpty else { return }
        let report = try SQLiteHotStore.write(batch, to: database)
        eventsWritten.increment(by: report.eventsWritten)
        receiptsRead.increment(by: batch.receipts.count)
        repetitions.increment(by: fold.repetitions - repetitionsCounted)
        repetitionsCounted = fold.repetitions
        guard report.eventsInConflict > 0 else { return }
        conflicts.increment(by: report.eventsInConflict)
        logger.error(
            "events for places that are taken were dropped: the timeline disagrees with the store",
            metadata: ["events": "\(report.eventsInConflict)"]
        )
    }
}
