import KafkaWire
import NIOCore
import Synchronization

/// Bringing durable batches into segment files, and the files to the device. The committer's thread writes, the checkpointer's
/// thread syncs.
extension PartitionLog {
    private static let writeBytesMax = 1 << 20

    /// Writes what is durable but not in a segment file yet.
    ///
    /// A failure marks the partition failed; the batches stay in memory and in the journal, and
    /// the next call tries again.
    func flush(staging: inout ByteBuffer) throws(SegmentLogError) {
        do {
            while try writeSome(staging: &staging) {}
            state.withLock { $0.isFailed = false }
        } catch {
            state.withLock { $0.isFailed = true }
            throw SegmentLogError(error)
        }
    }

    /// Writes the next batches, rolling first if they don't fit; returns whether there may be more.
    private func writeSome(staging: inout ByteBuffer) throws(FileSystemError) -> Bool {
        let next = state.withLock { nextWrite(in: $0) }
        guard let next, let first = next.batches.first, let last = next.batches.last else {
            if next?.rolls == true { try roll() }
            return false
        }
        staging.clear()
        for entry in next.batches { staging.writeImmutableBuffer(entry.batch) }
        let written = staging.readableBytes
        var active = next.rolls ? try open(baseOffset: first.baseOffset) : next.segment
        try active.file.write(staging, at: active.size)
        for entry in next.batches {
            active.add(
                baseOffset: entry.baseOffset,
                maxTimestamp: entry.maxTimestamp,
                batchSize: entry.batch.readableBytes
            )
        }
        state.withLock { state in
            // The checkpointer may have synced in the meantime, and retention removed older segments.
            if state.segments.last?.baseOffset == active.baseOffset {
                active.syncedSize = state.segments[state.segments.count - 1].syncedSize
                active.isNameSynced = state.segments[state.segments.count - 1].isNameSynced
                state.segments[state.segments.count - 1] = active
            } else {
                state.segments.append(active)
                state.wantsRoll = false
            }
            state.isDirty = true
            state.writtenEnd = last.lastOffset + 1
            state.unwrittenBytes -= written
            state.tail.trim(toBytes: state.tailBytesMax, writtenBefore: state.writtenEnd)
        }
        return true
    }

    private struct Write {
        let batches: [TailCache.Entry]
        let segment: Segment
        /// Whether the batches go to a new segment.
        let rolls: Bool
    }

    /// The batches that go to a segment next: those that fit, at least one.
    private func nextWrite(in state: borrowing State) -> Write? {
        guard let segment = state.segments.last, !state.isDeleted else { return nil }
        let end = state.writtenEnd
        guard end < state.durableEnd else {
            return Write(batches: [], segment: segment, rolls: state.wantsRoll && segment.size > 0)
        }
        let room = configuration.segmentBytes - segment.size
        if !state.wantsRoll || segment.size == 0 {
            let batches = state.tail.batches(from: end, bytesMax: min(room, Self.writeBytesMax))
            let fits = batches.first.map { $0.batch.readableBytes <= room } ?? true
            if fits || segment.size == 0 {
                return Write(batches: batches, segment: segment, rolls: false)
            }
        }
        let bytesMax = min(configuration.segmentBytes, Self.writeBytesMax)
        return Write(
            batches: state.tail.batches(from: end, bytesMax: bytesMax),
            segment: segment,
            rolls: true
        )
    }

    /// Begins a new, empty segment.
    private func roll() throws(FileSystemError) {
        let segment = try open(baseOffset: state.withLock { $0.writtenEnd })
        state.withLock { state in
            state.segments.append(segment)
            state.wantsRoll = false
            state.isDirty = true
        }
    }

    private func open(baseOffset: Int64) throws(FileSystemError) -> Segment {
        let path = directory + "/" + Segment.name(of: baseOffset) + ".log"
        let file = try files.openFile(path, creates: true)
        // A crash may have left a longer file of this name.
        try file.truncate(to: 0)
        return Segment(baseOffset: baseOffset, directory: directory, file: file)
    }

    /// Asks for a new segment at the next opportunity.
    func requestRoll() {
        state.withLock { $0.wantsRoll = true }
        committer.submitWork(.flush(self))
    }

    /// Has what waits in memory written to its segment file: only there is it seen by retention.
    func requestFlush() {
        committer.submitWork(.flush(self))
    }

    /// Bytes in segment files that may not be on the device.
    var unsyncedBytes: Int {
        state.withLock { $0.segments.reduce(0) { $0 + $1.size - $1.syncedSize } }
    }

    // MARK: Called by the checkpointer's thread

    /// Brings the segment files to the device and notes how far they are.
    ///
    /// - Throws: when a sync failed: after that, nobody knows what is on the device.
    func checkpoint() throws(FileSystemError) {
        let (isDirty, segments) = state.withLock { state in
            let isDirty = state.isDirty && !state.isDeleted
            state.isDirty = false
            return (isDirty, state.segments.filter { $0.syncedSize < $0.size || !$0.isNameSynced })
        }
        guard isDirty else { return }
        for segment in segments { try segment.file.syncData() }
        if segments.contains(where: { !$0.isNameSynced }) { try files.syncDirectory(directory) }
        let indexed = state.withLock { state in
            for segment in segments {
                guard
                    let index = state.segments.firstIndex(where: {
                        $0.baseOffset == segment.baseOffset
                    })
                else { continue }
                state.segments[index].syncedSize = segment.size
                state.segments[index].isNameSynced = true
            }
            return state.segments.filter { candidate in
                segments.contains { $0.baseOffset == candidate.baseOffset }
            }
        }
        // These only save time when the log is opened: if they can't be written, or are lost, it is read instead.
        do throws(FileSystemError) {
            try saveState()
            for segment in indexed {
                try SealedFile.write(
                    segment.encodeIndex(),
                    kind: .index,
                    version: Segment.indexVersion,
                    to: segment.path + ".index",
                    durable: false,
                    in: files
                )
            }
        } catch {
            state.withLock { $0.isDirty = true }
        }
    }

    /// The name of the file with the first offset and the producers.
    static let stateFile = "partition.state"

    /// Writes down the first offset and the producers as they are at the durable end.
    func saveState() throws(FileSystemError) {
        let content = state.withLock { state in
            var producers = state.producers
            for item in state.inFlight.reversed() {
                producers.undo(item.producerID, previous: item.previous)
            }
            var buffer = ByteBuffer()
            buffer.writeMultipleIntegers(state.logStart, state.durableEnd)
            producers.encode(into: &buffer)
            return buffer
        }
        try SealedFile.write(
            content,
            kind: .producers,
            version: ProducerTable.version,
            to: directory + "/" + Self.stateFile,
            durable: false,
            in: files
        )
    }
}
