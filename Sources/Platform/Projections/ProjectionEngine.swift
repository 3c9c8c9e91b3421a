import DequeModule
public import EventLog
public import Events
public import Logging
import Metrics
import ServiceKit

/// The rules of a projection without threads and without Kafka: what `ProjectionRunner` drives.
///
/// Records in, effects out, then state and positions in one transaction, in that order and in no other
/// (rules 2 and 9 of the design). After anything has been thrown the engine refuses to go on: its memory
/// may be ahead of what was put out, so only the checkpoint can be trusted.
public final class ProjectionEngine {
    /// How far a partition has been read.
    private final class HeldPartition {
        /// The next offset to read; `nil`: whatever comes.
        var position: Offset?
        /// Whether the store has another position, or none.
        var hasMoved: Bool
        /// Whether no record has come yet since the assignment.
        var isUntouched = true
        /// Where the input ended at the assignment.
        let end: Offset

        init(position: Offset?, hasMoved: Bool, end: Offset) {
            self.position = position
            self.hasMoved = hasMoved
            self.end = end
        }

        /// Whether there is more to read of what was there at the assignment.
        var isBehind: Bool { position.map { $0 < end } ?? false }
    }

    let projection: any Projection
    let store: ProjectionStore
    let output: any OutputLog
    let input: (any InputLog)?
    let logger: Logger
    let metrics: ProjectionMetrics
    let clock: any WallClock
    private let checkpointInterval: Duration
    private let batchesInFlightMax: Int

    /// The partitions held; a partition number is open while one of its partitions is held.
    private var held: [TopicPartition: HeldPartition] = [:]
    /// Partition numbers whose projection has not been told yet that it has caught up.
    private var behind: Set<Partition> = []
    private var wasOpened = false
    private var hasChanged = false
    private var hasFailed = false
    private var lastCheckpoint: ContinuousClock.Instant?
    /// Outputs of the newest batches, which may not be durable yet; the oldest first.
    private var inFlight: Deque<any OutputsInFlight> = []
    /// The checkpoint that is being written while records are folded.
    private var pending: PendingCheckpoint?

    /// Makes an engine of a projection over a store.
    ///
    /// The outputs of `batchesInFlightMax` batches at most are under way at once; those of 1 are waited for.
    /// `input` is asked whether it still has what the checkpoint goes on from; without it that is taken
    /// for granted.
    public init(
        _ projection: any Projection,
        store: ProjectionStore,
        output: any OutputLog,
        input: (any InputLog)? = nil,
        checkpointInterval: Duration = .zero,
        batchesInFlightMax: Int = 1,
        logger: Logger,
        clock: (any WallClock)? = nil
    ) {
        self.projection = projection
        self.store = store
        self.output = output
        self.input = input
        self.checkpointInterval = checkpointInterval
        self.batchesInFlightMax = max(batchesInFlightMax, 1)
        self.logger = logger
        self.clock = clock ?? SystemClock()
        self.metrics = ProjectionMetrics(projection: projection.name)
    }

    // MARK: Assignment

    /// Takes partitions on: loads their state and says where to start each.
    public func assigned(_ partitions: [TopicPartition]) throws -> [TopicPartition: StartPosition] {
        try guarded {
            try finishPending()
            let stored = try store.positions()
            var starts: [TopicPartition: StartPosition] = [:]
            for (number, group) in Dictionary(grouping: partitions, by: \.partition).sorted(
                by: { $0.key < $1.key })
            {
                try take(number, group, stored, &starts)
            }
            return starts
        }
    }

    private func take(
        _ number: Partition,
        _ group: [TopicPartition],
        _ stored: [TopicPartition: Offset],
        _ starts: inout [TopicPartition: StartPosition]
    ) throws {
        var usable: [TopicPartition: Offset] = [:]
        var isFresh = !projection.topics.contains {
            stored[TopicPartition($0, number)] != nil
        }
        for partition in group {
            guard let position = stored[partition] else { continue }
            guard let checked = try checkedPosition(position, of: partition) else {
                isFresh = true
                continue
            }
            usable[partition] = checked
        }
        if isFresh { usable = [:] }
        var proposed: [Topic: StartPosition] = [:]
        if !isOpen(number) {
            proposed = try projection.open(number, store.database, isFresh: isFresh)
            wasOpened = true
            behind.insert(number)
        }
        for partition in group {
            let start: StartPosition
            if let position = usable[partition] {
                start = .offset(position)
            } else {
                start = try resolved(proposed[partition.topic] ?? .beginning, of: partition)
            }
            var position: Offset?
            if case .offset(let offset) = start { position = offset }
            held[partition] = HeldPartition(
                position: position,
                hasMoved: stored[partition] != position,
                end: try input?.watermarks(of: partition).high ?? Offset(0)
            )
            starts[partition] = start
        }
    }

    /// The stored position if the input can go on from it, the place to go on from otherwise; `nil` if
    /// the state must be rebuilt.
    private func checkedPosition(
        _ position: Offset,
        of partition: TopicPartition
    ) throws
        -> Offset?
    {
        guard let input else { return position }
        let marks = try input.watermarks(of: partition)
        if position > marks.high {
            let message =
                "\(partition) ends at \(marks.high), before the checkpoint at \(position): "
                + "the topic was made anew or lost its tail"
            guard projection.missingInput == .goOn else {
                throw ProjectionError(
                    .inputReplaced,
                    message + "; bring the topic back, or remove every store and derived topic"
                )
            }
            logger.error("\(message); starting at its beginning")
            return marks.low
        }
        if position < marks.low {
            logger.warning(
                "\(partition) begins at \(marks.low), after the checkpoint at \(position)"
            )
            return projection.missingInput == .goOn ? marks.low : nil
        }
        return position
    }

    /// A start that means the same when it is asked for again after a crash.
    private func resolved(
        _ start: StartPosition,
        of partition: TopicPartition
    ) throws
        -> StartPosition
    {
        guard let input else { return start }
        switch start {
        case .beginning:
            return .offset(try input.watermarks(of: partition).low)
        case .end:
            return .offset(try input.watermarks(of: partition).high)
        case .offset(let offset):
            guard let checked = try checkedPosition(offset, of: partition) else {
                throw ProjectionError(
                    .inputTrimmed,
                    "\(partition) no longer has offset \(offset)"
                )
            }
            return .offset(checked)
        }
    }

    /// Gives partitions up, with a last checkpoint unless they are `lost` or something failed before.
    public func revoked(_ partitions: [TopicPartition], lost: Bool) throws {
        defer {
            for partition in partitions { release(partition) }
        }
        guard !hasFailed else { return }
        try guarded {
            try finishPending()
            if !lost { try checkpoint() }
        }
    }

    private func release(_ partition: TopicPartition) {
        guard held.removeValue(forKey: partition) != nil, !isOpen(partition.partition) else {
            return
        }
        behind.remove(partition.partition)
        projection.close(partition.partition)
    }

    private func isOpen(_ number: Partition) -> Bool {
        held.keys.contains { $0.partition == number }
    }

    // MARK: Records

    /// Folds a batch in, which may be empty, and sees its effects through.
    ///
    /// - Returns: the positions that were checkpointed by this call.
    public func process(_ batch: [LogRecord]) throws -> [TopicPartition: Offset] {
        try guarded {
            var written: [TopicPartition: Offset] = [:]
            if pending?.isComplete == true { written = try finishPending() }
            if wasOpened {
                // What opening gave rise to must be durable before anything that comes after it, and a
                // fold that took long must not be lost.
                wasOpened = false
                hasChanged = true
                try finish(Outputs())
                try checkpoint()
            }
            var outputs = Outputs()
            try apply(batch, &outputs)
            noticeCaughtUp()
            let wasIdle = batch.isEmpty
            try finish(outputs)
            metrics.batches.increment(by: wasIdle ? 0 : 1)
            let newest = batch.last.map { (clock.now() - $0.timestamp).seconds } ?? 0
            metrics.lag.record(max(0, newest))
            guard hasChanged || wasIdle, isCheckpointDue else { return written }
            let further = try beginCheckpoint()
            return written.merging(further) { $1 }
        }
    }

    private func apply(_ batch: [LogRecord], _ outputs: inout Outputs) throws {
        var applied = 0
        var current: (partition: TopicPartition, state: HeldPartition)?
        for record in batch {
            if current?.partition != record.topicPartition {
                current = held[record.topicPartition].map { (record.topicPartition, $0) }
            }
            guard let state = current?.state else { continue }
            if state.isUntouched { try checkFirst(record, state) }
            if let position = state.position, record.offset < position { continue }
            try apply(record, &outputs)
            state.position = record.offset.next
            state.hasMoved = true
            applied += 1
        }
        guard !batch.isEmpty else { return }
        hasChanged = true
        metrics.records.increment(by: applied)
        metrics.skipped.increment(by: batch.count - applied)
    }

    private func noticeCaughtUp() {
        guard !behind.isEmpty else { return }
        let still = Set(held.lazy.filter { $0.value.isBehind }.map(\.key.partition))
        for number in behind.subtracting(still).sorted() { projection.caughtUp(number) }
        behind.formIntersection(still)
    }

    private func apply(_ record: LogRecord, _ outputs: inout Outputs) throws {
        let count = outputs.records.count
        do {
            try projection.apply(record, &outputs)
        } catch let poison as PoisonRecord {
            outputs.truncate(to: count)
            outputs.append(DeadLetter.record(of: record, poison, consumer: projection.name))
            metrics.deadLetters.increment()
            logger.warning(
                "a record was put aside",
                metadata: [
                    "partition": "\(record.topicPartition)", "offset": "\(record.offset)",
                    "code": "\(poison.code)",
                ]
            )
        }
    }

    /// Retention may take records between the question at assignment and the first fetch.
    private func checkFirst(_ record: LogRecord, _ state: HeldPartition) throws {
        state.isUntouched = false
        let partition = record.topicPartition
        guard projection.missingInput == .rebuild, let input, let position = state.position,
            record.offset > position, try input.watermarks(of: partition).low > position
        else { return }
        throw ProjectionError(
            .inputTrimmed,
            "\(partition) was to go on at \(position) but begins at \(record.offset)"
        )
    }

    /// Lets the projection complete its outputs and sends them.
    private func finish(_ started: Outputs) throws {
        var outputs = started
        try projection.batchApplied(&outputs)
        guard !outputs.records.isEmpty else { return }
        if let begun = try output.begin(outputs.records) { inFlight.append(begun) }
        metrics.outputs.increment(by: outputs.records.count)
        hasChanged = true
        try settle(leaving: batchesInFlightMax - 1)
    }

    /// Waits until the outputs of all but the last `count` batches are durable.
    private func settle(leaving count: Int = 0) throws {
        while inFlight.count > count, let oldest = inFlight.popFirst() { try oldest.wait() }
    }

    // MARK: Checkpoints

    private var isCheckpointDue: Bool {
        if projection.isSaveUrgent { return true }
        guard pending == nil else { return false }
        guard let lastCheckpoint else { return true }
        return checkpointInterval <= .zero
            || lastCheckpoint.duration(to: .now) >= checkpointInterval
    }

    /// Begins to write one, when everything that was put out is durable.
    ///
    /// - Returns: the positions that are on disk when it returns, and were not before.
    private func beginCheckpoint() throws -> [TopicPartition: Offset] {
        try settle()
        let before = try finishPending()
        guard let changes = projection.takeChanges() else {
            return before.merging(try checkpoint()) { $1 }
        }
        hasChanged = false
        pending = store.beginCheckpoint(takeMoved(), changes)
        return before
    }

    /// Waits for the checkpoint that is being written, if any.
    @discardableResult
    private func finishPending() throws -> [TopicPartition: Offset] {
        guard let pending else { return [:] }
        self.pending = nil
        try pending.finish()
        ended(pending.positions, since: pending.started)
        return pending.positions
    }

    /// Writes one, when everything that was put out is durable, and waits for it.
    @discardableResult
    private func checkpoint() throws -> [TopicPartition: Offset] {
        try settle()
        let started = ContinuousClock.now
        let written = takeMoved()
        try store.checkpoint(written) { try projection.save($0) }
        hasChanged = false
        ended(written, since: started)
        return written
    }

    /// The positions that the store does not have; it is about to get them.
    private func takeMoved() -> [TopicPartition: Offset] {
        let moved = held.filter { $0.value.hasMoved }.compactMapValues(\.position)
        for partition in moved.keys { held[partition]?.hasMoved = false }
        return moved
    }

    private func ended(
        _ written: [TopicPartition: Offset],
        since started: ContinuousClock.Instant
    ) {
        let now = ContinuousClock.now
        if !written.isEmpty {
            metrics.checkpoints.recordNanoseconds(Int64((now - started).seconds * 1_000_000_000))
        }
        lastCheckpoint = now
        projection.saved()
    }

    /// Runs `body` unless something failed before; a failure is for ever.
    private func guarded<Result>(_ body: () throws -> Result) throws -> Result {
        guard !hasFailed else {
            throw ProjectionError(.failed, "\(projection.name) failed before; start it anew")
        }
        hasFailed = true
        let result = try body()
        hasFailed = false
        return result
    }
}
