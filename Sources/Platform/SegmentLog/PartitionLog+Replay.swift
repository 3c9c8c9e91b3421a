import KafkaWire
import NIOCore
import Synchronization

/// Taking over from the journal what a crash kept from the segment files. Before the threads run.
extension PartitionLog {
    private static let replayBytesMax = 1 << 20

    /// Appends a batch of the journal unless it is there already.
    ///
    /// - Returns: whether it was missing.
    func replay(
        _ frame: JournalReader.Frame,
        staging: inout ByteBuffer
    ) throws(SegmentLogError) -> Bool {
        let header = frame.header
        let (isNew, gap, isFull) = state.withLock { state -> (Bool, Bool, Bool) in
            guard header.baseOffset >= state.nextOffset else { return (false, false, false) }
            guard header.baseOffset == state.nextOffset else { return (false, true, false) }
            if header.baseOffset >= state.producersEnd {
                _ = state.producers.apply(header, baseOffset: header.baseOffset)
            }
            // A copy of its own: the frame shares the storage of the window that it was read with.
            let own = RecordBatch.assign(
                baseOffset: header.baseOffset,
                leaderEpoch: header.partitionLeaderEpoch,
                to: frame.batch
            )
            state.tail.append(
                TailCache.Entry(
                    baseOffset: header.baseOffset,
                    lastOffset: header.lastOffset,
                    maxTimestamp: header.maxTimestamp,
                    batch: own
                )
            )
            state.nextOffset = header.nextOffset
            state.durableEnd = header.nextOffset
            state.unwrittenBytes += own.readableBytes
            return (true, false, state.tail.byteCount >= Self.replayBytesMax)
        }
        if gap {
            throw SegmentLogError(
                .corrupt,
                "\(directory) ends before what the journal goes on with"
            )
        }
        if isFull { try flush(staging: &staging) }
        return isNew
    }

    /// Whether the producers' snapshot speaks of batches that are not there.
    func finishReplay() -> Bool {
        state.withLock { state in
            state.logStart = min(state.logStart, state.nextOffset)
            return state.producersEnd > state.nextOffset
        }
    }

    /// Takes over the producers that another reading of the files found.
    func adoptProducers(of recovered: consuming State) {
        let producers = recovered.producers
        state.withLock { $0.producers = producers }
    }

    /// Sets how much of the newest is kept in memory.
    func setTailBytesMax(_ bytesMax: Int) {
        state.withLock { $0.tailBytesMax = bytesMax }
    }
}
