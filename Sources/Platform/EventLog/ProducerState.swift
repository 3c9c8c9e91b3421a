import CRdKafka
import Dispatch
import Events

/// What a producer keeps under its lock: decisions, no calls out.
struct ProducerState {
    /// Whom to tell of a record's fate.
    enum Waiter {
        case callback(@Sendable (Result<RecordPosition, EventLogError>) -> Void)
        case batch(Batch)
    }

    /// The records of one `begin`.
    ///
    /// `@unchecked Sendable`: `unresolved` and `failure` are only touched under the producer's lock, or by the waiting
    /// thread after `done` was signalled.
    final class Batch: @unchecked Sendable {
        /// Records sent and not reported, and one more while the caller is still sending.
        var unresolved = 1
        var failure: EventLogError?
        let done = DispatchSemaphore(value: 0)
    }

    /// What is to be done after the lock is released.
    struct Effects {
        var calls: [@Sendable () -> Void] = []
        var signals: [DispatchSemaphore] = []

        func perform() {
            for signal in signals { signal.signal() }
            for call in calls { call() }
        }
    }

    /// What one report says.
    struct Report {
        let slot: Int
        let code: rd_kafka_resp_err_t
        let partition: Partition
        let offset: Offset
    }

    /// Where a producer is in its life.
    enum Phase {
        case open
        case failed(EventLogError)
        case closing
    }

    private(set) var phase: Phase = .open
    private var table: ReportTable<Waiter>
    private var waitingForRoom: [DispatchSemaphore] = []
    private var waitingForEmpty: [DispatchSemaphore] = []

    init(recordsMax: Int, bytesMax: Int) {
        table = ReportTable(recordsMax: recordsMax, bytesMax: bytesMax)
    }

    /// Records on their way.
    var unresolved: Int { table.records }

    /// Takes a record in, or says why not.
    mutating func admit(topic: Topic, bytes: Int, waiter: Waiter) -> Result<Int, EventLogError> {
        switch phase {
        case .open: break
        case .failed(let error): return .failure(error)
        case .closing: return .failure(EventLogError(.closed, "the producer is closed"))
        }
        switch table.refusal(of: bytes) {
        case .noRoom: return .failure(EventLogError(.queueFull, "the producer's queue is full"))
        case .larger:
            return .failure(
                EventLogError(.recordTooLarge, "the record is larger than the producer's queue")
            )
        case nil: break
        }
        if case .batch(let batch) = waiter { batch.unresolved += 1 }
        return .success(table.admit(.init(topic: topic, bytes: bytes, waiter: waiter)))
    }

    /// Remembers to signal `semaphore` when a record has left.
    mutating func waitForRoom(_ semaphore: DispatchSemaphore) {
        waitingForRoom.append(semaphore)
    }

    /// Remembers to signal `semaphore` when all records have left; `false` if they have.
    mutating func waitForEmpty(_ semaphore: DispatchSemaphore) -> Bool {
        guard table.records > 0 else { return false }
        waitingForEmpty.append(semaphore)
        return true
    }

    /// Takes back a record that the library refused; its waiter is not told.
    ///
    /// - Returns: whether the record was still there, and what to do.
    mutating func withdraw(_ slot: Int) -> (wasThere: Bool, effects: Effects) {
        var effects = Effects()
        guard let entry = table.take(slot) else { return (false, effects) }
        if case .batch(let batch) = entry.waiter { leave(batch, into: &effects) }
        release(into: &effects)
        return (true, effects)
    }

    /// Resolves the records of a whole event.
    mutating func resolve(_ reports: [Report]) -> Effects {
        var effects = Effects()
        for report in reports {
            guard let entry = table.take(report.slot) else { continue }
            settle(entry, outcome(of: report, topic: entry.topic), into: &effects)
        }
        release(into: &effects)
        return effects
    }

    /// Resolves everything that is left with `error`.
    mutating func resolveAll(_ error: EventLogError) -> Effects {
        var effects = Effects()
        for entry in table.takeAll() { settle(entry, .failure(error), into: &effects) }
        release(into: &effects)
        return effects
    }

    /// The caller of a batch sends nothing more; `failure` is why it stopped early.
    mutating func finishSending(_ batch: Batch, failure: EventLogError?) -> Effects {
        var effects = Effects()
        if batch.failure == nil { batch.failure = failure }
        leave(batch, into: &effects)
        return effects
    }

    /// No record is taken any more; `nil` if that was so already.
    mutating func beginClosing() -> Effects? {
        if case .closing = phase { return nil }
        phase = .closing
        var effects = Effects()
        release(into: &effects)
        return effects
    }

    /// The library has given up; every record from now on is refused with `error`.
    mutating func fail(_ error: EventLogError) -> Effects {
        var effects = Effects()
        if case .open = phase { phase = .failed(error) }
        release(into: &effects)
        return effects
    }

    private func outcome(of report: Report, topic: Topic) -> Result<RecordPosition, EventLogError> {
        if report.code.isSuccess {
            return .success(
                RecordPosition(
                    topicPartition: TopicPartition(topic, report.partition),
                    offset: report.offset
                )
            )
        }
        if case .failed(let error) = phase { return .failure(error) }
        return .failure(EventLogError(report.code, "appending to \(topic)"))
    }

    private func settle(
        _ entry: ReportTable<Waiter>.Entry,
        _ outcome: Result<RecordPosition, EventLogError>,
        into effects: inout Effects
    ) {
        switch entry.waiter {
        case .callback(let onReport): effects.calls.append { onReport(outcome) }
        case .batch(let batch):
            if case .failure(let error) = outcome, batch.failure == nil { batch.failure = error }
            leave(batch, into: &effects)
        }
    }

    private func leave(_ batch: Batch, into effects: inout Effects) {
        batch.unresolved -= 1
        if batch.unresolved == 0 { effects.signals.append(batch.done) }
    }

    private mutating func release(into effects: inout Effects) {
        effects.signals += waitingForRoom
        waitingForRoom = []
        if table.records == 0 {
            effects.signals += waitingForEmpty
            waitingForEmpty = []
        }
    }
}
