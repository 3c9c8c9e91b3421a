import CoreMetrics
import EventLog
import Events
import Foundation
import GRDB
import Projections
import Web

/// Reads the inbox: drops repetitions, builds the frames, hands batches to the event loop, writes the index lazily.
///
/// The index's outputs are recognised as repetitions by position, so the checkpoint may be lazy; what is not yet committed is in
/// the tail of the partition on the event loop.
///
/// `@unchecked Sendable`: the runner calls everything on its one thread, and nobody else calls it.
final class InboxProjection: Projection, @unchecked Sendable {
    /// What is wrong with this process rather than with a record.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let name = "delivery"
    let topics: [Topic] = [.inbox]
    let migrations = InboxIndex.migrations

    private let log: any InboxLog
    private let subscriber: any InboxSubscriber
    private let acknowledgements: AcknowledgementBoard
    private let lastSeen: LastSeenBoard
    private let retention: Duration
    private let clock: any WallClock
    private let metrics: DeliveryMetrics
    private let handOver: DispatchSemaphore
    private let rowsWaitingMax = 50_000
    private var filters = PartitionFilters()
    private var partitionCount = 0
    private var states: [Partition: PartitionState] = [:]
    /// What the checkpoint under way writes.
    private var written: InboxChanges?

    /// A consumer that waits for the event loop when it is `batchesAhead` batches behind.
    init(
        log: any InboxLog,
        subscriber: any InboxSubscriber,
        acknowledgements: AcknowledgementBoard,
        lastSeen: LastSeenBoard,
        retention: Duration,
        clock: any WallClock,
        metrics: DeliveryMetrics,
        batchesAhead: Int = 4
    ) {
        self.log = log
        self.subscriber = subscriber
        self.acknowledgements = acknowledgements
        self.lastSeen = lastSeen
        self.retention = retention
        self.clock = clock
        self.metrics = metrics
        handOver = DispatchSemaphore(value: batchesAhead)
    }

    func open(
        _ partition: Partition,
        _ database: any DatabaseReader,
        isFresh: Bool
    ) throws -> [Topic: StartPosition] {
        partitionCount = try log.partitionCount()
        acknowledgements.forget(partition)
        lastSeen.forget(partition)
        let epoch = try log.epoch()
        let (low, high) = try log.watermarks(partition)
        let stored = try database.read { try InboxIndex.partition(partition, $0) }
        let state = PartitionState(
            row: InboxIndex.PartitionRow(epoch: epoch, keptFrom: low, next: low)
        )
        // An index that ends before the log begins has a hole: who came, went, blocked or hid something in it is not known.
        if let stored, !isFresh, stored.epoch == epoch, stored.next >= low, stored.next <= high {
            state.isErased = false
            state.row = stored
        } else if !isFresh {
            // The runner goes on from a position of which the index knows nothing: vouch for nothing before the first record.
            state.row.keptFrom = high
        }
        try filters.open(TopicPartition(.inbox, partition), database, isFresh: state.isErased)
        var members = InboxMembers()
        var redactions = Redactions()
        if state.isErased {
            // The inbox may not reach back to when everybody came, or chose what others may know.
            let memberships = try log.memberships(partition)
            state.memberChanges = memberships.members
            for change in state.memberChanges { members.apply(change) }
            var snapshot = try log.accounts(partition)
            snapshot.changes += memberships.blocks
            state.start(with: snapshot)
        } else {
            (members, redactions, state.accounts) = try database.read { database in
                try (
                    InboxIndex.members(of: partition, database),
                    InboxIndex.redactions(of: partition, database),
                    InboxIndex.accounts(of: partition, database)
                )
            }
        }
        states[partition] = state
        subscriber.opened(
            InboxOpening(
                partition: partition,
                partitionCount: partitionCount,
                epoch: state.epoch,
                keptFrom: state.row.keptFrom,
                next: state.row.next,
                logEnd: high,
                members: members,
                redactions: redactions,
                accounts: state.accounts,
                database: database
            )
        )
        return [:]
    }

    func close(_ partition: Partition) {
        states[partition] = nil
        filters.close(TopicPartition(.inbox, partition))
        subscriber.closed(partition)
    }

    func apply(_ record: LogRecord, _ outputs: inout Outputs) throws {
        let partition = record.topicPartition.partition
        guard let value = record.value, let state = states[partition] else { return }
        let message: InboxMessage
        do {
            message = try InboxMessage(value)
        } catch {
            throw PoisonRecord(code: "undecodable", detail: "not an InboxRecord")
        }
        guard record.offset.number <= InboxIndex.offsetMax else {
            throw PoisonRecord(code: "offset_too_large", detail: "offsets are below 2^47")
        }
        let isNew = try isNew(message, partition)
        state.advance(past: record.offset)
        guard isNew else {
            metrics.repetitions.increment()
            return
        }
        let count = partitionCount
        guard
            let entry = InboxEntry(
                message,
                of: value,
                at: record.offset,
                epoch: state.epoch,
                accounts: state.accounts,
                isLocal: { Partitioner.partition(of: $0, count: count) == partition }
            )
        else { return }
        state.add(InboxIndex.Entry(entry: entry, time: record.timestamp), message)
    }

    /// Whether a record was not had before; ticks and read marks are cumulative and always taken.
    private func isNew(_ message: InboxMessage, _ partition: Partition) throws -> Bool {
        switch message.body {
        case .ticks, .readMark, .unknown:
            return true
        case .event, .rejection, .change:
            guard let origin = message.origin else {
                throw PoisonRecord(code: "no_origin", detail: "a derived record has an origin")
            }
            return filters.admit(origin, from: TopicPartition(.inbox, partition))
        }
    }

    func caughtUp(_ partition: Partition) {
        states[partition]?.isCaughtUp = true
        states[partition]?.hasNews = true
    }

    func batchApplied(_ outputs: inout Outputs) throws {
        var news: [InboxNews] = []
        for (partition, state) in states where state.hasNews {
            news.append(
                InboxNews(
                    partition: partition,
                    entries: state.entries,
                    end: state.row.next,
                    keptFrom: state.row.keptFrom,
                    isCaughtUp: state.isCaughtUp
                )
            )
            state.entries = []
            state.hasNews = false
        }
        guard !news.isEmpty else { return }
        guard handOver.wait(timeout: .now() + 30) == .success else {
            throw Failure(description: "the event loop has not taken a batch for 30 seconds")
        }
        let handOver = handOver
        subscriber.received(news) { handOver.signal() }
    }

    /// About 25 MB wait then.
    var isSaveUrgent: Bool { states.values.reduce(0) { $0 + $1.rows.count } >= rowsWaitingMax }

    func save(_ database: Database) throws {
        try takeInboxChanges().save(database)
    }

    func takeChanges() -> (any DetachedChanges)? { takeInboxChanges() }

    private func takeInboxChanges() -> InboxChanges {
        let parts = states.map { partition, state in
            state.takeChanges(
                of: partition,
                acknowledged: acknowledgements.take(partition),
                lastSeen: lastSeen.take(partition)
            )
        }
        let now = clock.now()
        let changes = InboxChanges(
            parts: parts,
            filters: filters.takeChanges(),
            now: now,
            keptSince: now - retention
        )
        written = changes
        return changes
    }

    func saved() {
        guard let changes = written else { return }
        written = nil
        let pruned = changes.pruned
        var committed: [Partition: InboxIndex.PartitionRow] = [:]
        for part in changes.parts {
            guard let state = states[part.partition], var row = part.row else { continue }
            row.keptFrom = max(row.keptFrom, pruned[part.partition] ?? row.keptFrom)
            state.row.keptFrom = max(state.row.keptFrom, row.keptFrom)
            committed[part.partition] = row
        }
        if !committed.isEmpty { subscriber.committed(committed) }
    }
}
