import Synchronization

/// Removing what need not be kept: whole segments, the oldest first.
extension PartitionLog {
    /// Removes segments that are too old or too many, and rolls one that has been open too long.
    ///
    /// `now` is in milliseconds since 1970.
    func applyRetention(now: Int64) throws(SegmentLogError) {
        let configuration = configuration
        let wantsRoll = state.withLock { state in
            guard let active = state.segments.last, active.size > 0 else { return false }
            return now - active.firstTimestamp > configuration.segmentMilliseconds
        }
        if wantsRoll { requestRoll() }
        guard configuration.isDeleting else { return }
        let end = state.withLock { state -> Int64 in
            var total = state.segments.reduce(0) { $0 + $1.size }
            var start = state.logStart
            for (segment, next) in zip(state.segments, state.segments.dropFirst()) {
                let isOld =
                    configuration.retentionMilliseconds >= 0
                    && now - segment.maxTimestamp > configuration.retentionMilliseconds
                let isExcess =
                    configuration.retentionBytes >= 0
                    && total - segment.size >= configuration.retentionBytes
                guard isOld || isExcess else { break }
                total -= segment.size
                start = max(start, next.baseOffset)
            }
            return start
        }
        _ = try removeRecords(before: end)
    }

    /// Whether segments wait for a checkpoint before they can go.
    var wantsCheckpoint: Bool {
        state.withLock { state in
            state.segments.count > 1 && state.segments.contains { !$0.isNameSynced }
        }
    }

    /// Forgets the records before an offset; their files go when nothing else is in them.
    ///
    /// - Parameter offset: the first offset to keep; at most the end.
    /// - Returns: the first offset kept.
    /// - Throws: what the file system says.
    @discardableResult
    public func removeRecords(before offset: Int64) throws(SegmentLogError) -> Int64 {
        let (removed, start, isChanged) = state.withLock { state -> ([Segment], Int64, Bool) in
            let isChanged = offset > state.logStart
            state.logStart = min(max(state.logStart, offset), state.durableEnd)
            var removed: [Segment] = []
            // A segment goes if the next one begins at or before the start; the last one always stays. The next one's name must be
            // durable, or a power failure could leave nothing that tells where the offsets were.
            while state.segments.count > 1, state.segments[1].baseOffset <= state.logStart,
                state.segments[1].isNameSynced
            {
                removed.append(state.segments.removeFirst())
            }
            state.isDirty = state.isDirty || isChanged
            return (removed, state.logStart, isChanged)
        }
        do throws(FileSystemError) {
            if isChanged { try saveState() }
            for segment in removed {
                try files.remove(segment.path + ".index")
                try files.remove(segment.path + ".log")
            }
        } catch {
            throw SegmentLogError(error)
        }
        return start
    }
}
