public import EventLog
public import Events
public import GRDB
public import Logging
import Metrics
public import Projections
import Stores

/// Folds the log into a hot store, which keeps its own positions: rows and positions change in one transaction.
///
/// `@unchecked Sendable`: touched by the runner's one thread only; what it takes out to be written is a value.
public final class PersistenceProjection: Projection, @unchecked Sendable {
    /// The consumer group.
    public let name = "persistence"
    /// What a store is a fold of.
    public let topics = StoreFold.topics
    /// The store has its own.
    public let migrations: [Migration] = []

    /// With so many records in hand the next batch waits until they are written: memory stays bounded while the store is away.
    ///
    /// Many, because rows that lie in one page are written at once only if they are in one batch.
    public static let recordsInHandMax = 200_000
    /// As many bytes of records.
    public static let bytesInHandMax = 64 * 1024 * 1024

    private let committer: StoreCommitter
    private let writesAside: Bool
    private let logger: Logger
    private var fold = StoreFold()
    private let meters = PersistenceMeters()
    private var repetitionsCounted = 0

    /// A projection that goes on where the store stands.
    ///
    /// With `writesAside` a batch is written while the next one is folded.
    public init(
        _ committer: StoreCommitter,
        writesAside: Bool = true,
        logger: Logger = Logger(label: "persistence")
    ) {
        self.committer = committer
        self.writesAside = writesAside
        self.logger = logger
    }

    /// Goes on from the store's own positions.
    public func open(
        _ partition: Partition,
        _ database: any DatabaseReader,
        isFresh: Bool
    ) throws -> [Topic: StartPosition] {
        let timeline = TopicPartition(.timeline, partition)
        let state = try committer.state()
        fold.open(timeline, filter: state.filters[timeline])
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

    /// Whether so much is in hand that it should be written before more is read.
    public var isSaveUrgent: Bool {
        fold.batch.count >= Self.recordsInHandMax || fold.bytes >= Self.bytesInHandMax
    }

    /// Takes out the batch in hand, which is written while the next one is folded.
    public func takeChanges() -> (any DetachedChanges)? {
        writesAside ? takeBatch() : nil
    }

    private func takeBatch() -> Changes {
        meters.repetitions.increment(by: fold.repetitions - repetitionsCounted)
        repetitionsCounted = fold.repetitions
        return Changes(batch: fold.take(), committer: committer, meters: meters, logger: logger)
    }

    /// Writes the batch in hand.
    public func save(_ database: Database) throws {
        try takeBatch().save(database)
    }

    /// A batch, to be written with the positions that it brings.
    private struct Changes: DetachedChanges {
        let batch: StoreBatch
        let committer: StoreCommitter
        let meters: PersistenceMeters
        let logger: Logger

        func save(_ database: Database) throws {
            guard !batch.isEmpty else { return }
            // Rows go through the tables from one end to the other; on this thread records need not wait for it.
            var batch = batch
            batch.sort()
            let report = try committer.commit(batch)
            meters.events.increment(by: report.eventsWritten)
            meters.receipts.increment(by: batch.receipts.count)
            guard report.eventsInConflict > 0 else { return }
            meters.conflicts.increment(by: report.eventsInConflict)
            logger.error(
                "events for places that are taken were dropped: the timeline disagrees with the store",
                metadata: ["events": "\(report.eventsInConflict)"]
            )
        }
    }
}
