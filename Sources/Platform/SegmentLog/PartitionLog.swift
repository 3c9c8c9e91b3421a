public import KafkaWire
public import NIOCore
import Synchronization

/// One partition: segment files, the newest batches in memory, what is known of producers.
///
/// Life of a batch: `append` gives it an offset and puts it in flight; the committer writes it to the journal, syncs, and calls
/// `complete`: now it is durable and visible; then it goes to the segment file, whose own sync may wait for the next checkpoint. If the journal can't be
/// written, `rollBack` takes everything in flight back, so the offsets are given again.
public final class PartitionLog: Sendable {
    /// Offsets that bound what can be read.
    public struct Bounds: Sendable, Equatable {
        /// The first offset kept.
        public let start: Int64
        /// The offset after the last durable record.
        public let end: Int64

        /// Bounds of their parts.
        public init(start: Int64, end: Int64) {
            self.start = start
            self.end = end
        }
    }

    /// A batch on its way to the journal.
    struct InFlight {
        let baseOffset: Int64
        let lastOffset: Int64
        let maxTimestamp: Int64
        let batch: ByteBuffer
        let producerID: Int64
        let previous: ProducerTable.Entry?
        var tickets: [AppendTicket]
    }

    /// All that changes.
    struct State: ~Copyable {
        var segments: [Segment] = []
        var logStart: Int64 = 0
        var nextOffset: Int64 = 0
        var durableEnd: Int64 = 0
        var writtenEnd: Int64 = 0
        /// Durable in the journal, and not yet in a segment file.
        var unwrittenBytes = 0
        var producers = ProducerTable()
        /// Batches before it were in the producers' snapshot when the log was opened.
        var producersEnd: Int64 = 0
        var inFlight: [InFlight] = []
        var tail = TailCache()
        var isFailed = false
        var isDeleted = false
        var wantsRoll = false
        var isDirty = false
        var tailBytesMax = 1 << 20
    }

    /// The partition.
    public let id: PartitionID
    let directory: String
    let files: any FileSystem
    let configuration: TopicConfiguration
    let committer: Committer
    let state: Mutex<State>
    /// Raised by every roll-back; only the committer's thread changes it.
    let generation = Atomic<Int>(0)

    init(
        id: PartitionID,
        directory: String,
        configuration: TopicConfiguration,
        committer: Committer,
        files: any FileSystem,
        recovered: consuming State
    ) {
        self.id = id
        self.directory = directory
        self.configuration = configuration
        self.committer = committer
        self.files = files
        state = Mutex(recovered)
    }

    /// What can be read.
    public var bounds: Bounds {
        state.withLock { Bounds(start: $0.logStart, end: $0.durableEnd) }
    }

    /// The size of all batches in bytes, whether they are in a segment file already or not.
    public var byteCount: Int {
        state.withLock { $0.segments.reduce($0.unwrittenBytes) { $0 + $1.size } }
    }

    /// Gives a checked batch its offset and sends it on its way.
    ///
    /// - Parameters:
    ///   - batch: one batch, as ``RecordBatch/validateProduced(_:)`` passed it.
    ///   - header: its head.
    ///   - ticket: who is to be told when the answer is ``AppendDecision/pending(baseOffset:)``.
    /// - Returns: what became of it.
    public func append(
        _ batch: ByteBuffer,
        header: RecordBatchHeader,
        ticket: AppendTicket
    ) -> AppendDecision {
        state.withLock { state in
            guard !state.isFailed, !state.isDeleted, committer.hasRoom else {
                if state.isFailed { committer.submitWork(.flush(self)) }
                return .failed
            }
            switch state.producers.decide(header) {
            case .new:
                return .pending(baseOffset: accept(batch, header, ticket, &state))
            case .duplicate(let baseOffset):
                guard baseOffset >= state.durableEnd else {
                    return .duplicate(baseOffset: baseOffset)
                }
                guard let index = state.inFlight.firstIndex(where: { $0.baseOffset == baseOffset })
                else { return .failed }
                state.inFlight[index].tickets.append(ticket)
                return .pending(baseOffset: baseOffset)
            case .oldDuplicate: return .oldDuplicate
            case .outOfOrder: return .outOfOrder
            case .staleEpoch: return .staleEpoch
            }
        }
    }

    private func accept(
        _ batch: ByteBuffer,
        _ header: RecordBatchHeader,
        _ ticket: AppendTicket,
        _ state: inout State
    ) -> Int64 {
        let baseOffset = state.nextOffset
        let own = RecordBatch.assign(baseOffset: baseOffset, leaderEpoch: 0, to: batch)
        let previous = state.producers.apply(header, baseOffset: baseOffset)
        state.nextOffset += Int64(header.lastOffsetDelta) + 1
        state.inFlight.append(
            InFlight(
                baseOffset: baseOffset,
                lastOffset: state.nextOffset - 1,
                maxTimestamp: header.maxTimestamp,
                batch: own,
                producerID: header.producerID,
                previous: previous,
                tickets: [ticket]
            )
        )
        // Inside the lock: the journal must see a partition's batches in the order of their offsets.
        committer.submit(
            Committer.Item(
                log: self,
                batch: own,
                generation: generation.load(ordering: .relaxed)
            )
        )
        return baseOffset
    }

    // MARK: Called by the committer's thread

    /// The first `count` batches in flight are durable.
    func complete(_ count: Int, into commit: inout Commit) {
        state.withLock { state in
            for item in state.inFlight.prefix(count) {
                state.durableEnd = item.lastOffset + 1
                state.unwrittenBytes += item.batch.readableBytes
                state.tail.append(
                    TailCache.Entry(
                        baseOffset: item.baseOffset,
                        lastOffset: item.lastOffset,
                        maxTimestamp: item.maxTimestamp,
                        batch: item.batch
                    )
                )
                for ticket in item.tickets where ticket.waiter != nil {
                    commit.appends.append(
                        FinishedAppend(
                            ticket: ticket,
                            baseOffset: item.baseOffset,
                            isDurable: true
                        )
                    )
                }
            }
            state.inFlight.removeFirst(min(count, state.inFlight.count))
        }
        commit.partitions.append(self)
    }

    /// Nothing that is in flight will be written.
    func rollBack(into commit: inout Commit) {
        state.withLock { state in
            for item in state.inFlight.reversed() {
                state.producers.undo(item.producerID, previous: item.previous)
            }
            for item in state.inFlight {
                for ticket in item.tickets where ticket.waiter != nil {
                    commit.appends.append(
                        FinishedAppend(
                            ticket: ticket,
                            baseOffset: item.baseOffset,
                            isDurable: false
                        )
                    )
                }
            }
            state.inFlight = []
            state.nextOffset = state.durableEnd
            _ = generation.add(1, ordering: .relaxed)
        }
    }

    /// Marks the partition's end: its topic is deleted.
    func markDeleted() {
        state.withLock { $0.isDeleted = true }
    }

    /// Bytes of durable batches that wait to go to the segment file.
    var unwrittenBytes: Int { state.withLock { $0.unwrittenBytes } }

    /// Whether durable batches wait to go to the segment file.
    var hasUnwritten: Bool {
        state.withLock { $0.writtenEnd < $0.durableEnd && !$0.isDeleted }
    }
}
