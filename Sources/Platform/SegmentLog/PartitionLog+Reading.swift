import KafkaWire
public import NIOCore
import Synchronization

/// Reading, from memory or from the page cache.
extension PartitionLog {
    private static let window = 64 << 10

    private enum Source {
        case end
        case memory([TailCache.Entry])
        case disk([Segment])
    }

    /// Appends whole batches from the one with this offset on: at least one, then further ones while they fit.
    ///
    /// - Parameters:
    ///   - offset: where to begin; the first batch may begin before it.
    ///   - bytesMax: how much to read; only the first batch may be larger.
    ///   - buffer: where the batches go.
    /// - Returns: the bounds when it was read.
    /// - Throws: ``SegmentLogError/Code/offsetOutOfRange``, or a storage error.
    public func read(
        from offset: Int64,
        bytesMax: Int,
        into buffer: inout ByteBuffer
    ) throws(SegmentLogError) -> Bounds {
        let (bounds, source) = try locate(offset, bytesMax: bytesMax)
        switch source {
        case .end: break
        case .memory(let entries):
            for entry in entries { buffer.writeImmutableBuffer(entry.batch) }
        case .disk(let segments):
            do throws(FileSystemError) {
                for segment in segments
                where try Self.read(segment, from: offset, bytesMax: bytesMax, into: &buffer) {
                    break
                }
            } catch {
                throw SegmentLogError(error)
            }
        }
        return bounds
    }

    private func locate(
        _ offset: Int64,
        bytesMax: Int
    ) throws(SegmentLogError) -> (Bounds, Source) {
        let found: (Bounds, Source)? = state.withLock { state in
            guard offset >= state.logStart, offset <= state.durableEnd, !state.isDeleted else {
                return nil
            }
            let bounds = Bounds(start: state.logStart, end: state.durableEnd)
            if offset == state.durableEnd { return (bounds, .end) }
            let entries = state.tail.batches(from: offset, bytesMax: bytesMax)
            if !entries.isEmpty { return (bounds, .memory(entries)) }
            let index = state.segments.lastIndex { $0.baseOffset <= offset } ?? 0
            // After compaction an offset may be missing: then the next segment has the answer.
            return (bounds, .disk(Array(state.segments[index...].prefix(4))))
        }
        guard let found else {
            throw SegmentLogError(.offsetOutOfRange, "offset \(offset) is not kept")
        }
        return found
    }

    /// How many bytes a reader at an offset would find, counted up to a limit, or `nil` if that takes reading a file.
    public func byteCountInMemory(from offset: Int64, upTo limit: Int) -> Int? {
        state.withLock { state in
            if offset >= state.durableEnd || offset < state.logStart { return 0 }
            return state.tail.byteCount(from: offset, upTo: limit)
        }
    }

    /// Reads batches of one segment; returns whether there were any at or behind the offset.
    private static func read(
        _ segment: Segment,
        from offset: Int64,
        bytesMax: Int,
        into buffer: inout ByteBuffer
    ) throws(FileSystemError) -> Bool {
        let start = segment.position(before: offset)
        guard
            let (position, header) = try find(
                in: segment,
                from: start,
                where: {
                    $0.lastOffset >= offset
                }
            )
        else { return false }
        let count = min(max(bytesMax, header.totalSize), segment.size - position)
        let begin = buffer.writerIndex
        try segment.file.read(into: &buffer, at: position, count: count)
        // Cut what is not a whole batch.
        var end = begin
        while let size = try? RecordBatchHeader(of: buffer, at: end).totalSize,
            size >= RecordBatchHeader.size, end + size <= buffer.writerIndex
        {
            end += size
        }
        buffer.moveWriterIndex(to: end)
        return end > begin
    }

    /// The first batch from a position on whose head satisfies a condition.
    private static func find(
        in segment: Segment,
        from start: Int,
        where matches: (RecordBatchHeader) -> Bool
    ) throws(FileSystemError) -> (Int, RecordBatchHeader)? {
        var position = start
        var chunk = ByteBuffer()
        var chunkStart = 0
        while position + RecordBatchHeader.size <= segment.size {
            if position + RecordBatchHeader.size > chunkStart + chunk.writerIndex
                || position < chunkStart || chunk.writerIndex == 0
            {
                chunk = try segment.file.read(
                    at: position,
                    count: min(window, segment.size - position)
                )
                chunkStart = position
            }
            guard let header = try? RecordBatchHeader(of: chunk, at: position - chunkStart),
                header.totalSize >= RecordBatchHeader.size
            else { return nil }
            if matches(header) { return (position, header) }
            position += header.totalSize
        }
        return nil
    }

    /// The first record whose timestamp is not before this one.
    ///
    /// `timestamp` is in milliseconds since 1970. Of a compressed batch the first offset is told; `nil`: all are older.
    public func firstOffset(
        notBefore timestamp: Int64
    ) throws(SegmentLogError) -> (offset: Int64, timestamp: Int64)? {
        let (segments, logStart) = state.withLock { state in
            (state.segments.filter { $0.maxTimestamp >= timestamp }, state.logStart)
        }
        do throws(FileSystemError) {
            for segment in segments {
                let start = segment.position(beforeTimestamp: timestamp)
                guard
                    let (position, header) = try Self.find(
                        in: segment,
                        from: start,
                        where: {
                            $0.maxTimestamp >= timestamp && $0.lastOffset >= logStart
                        }
                    )
                else { continue }
                let batch = try segment.file.read(at: position, count: header.totalSize)
                return Self.first(in: batch, header, notBefore: timestamp, from: logStart)
            }
        } catch {
            throw SegmentLogError(error)
        }
        let entry = state.withLock { $0.tail.firstBatch(notBefore: timestamp) }
        guard let entry,
            let header = try? RecordBatchHeader(of: entry.batch, at: entry.batch.readerIndex)
        else { return nil }
        return Self.first(in: entry.batch, header, notBefore: timestamp, from: logStart)
    }

    private static func first(
        in batch: ByteBuffer,
        _ header: RecordBatchHeader,
        notBefore timestamp: Int64,
        from logStart: Int64
    ) -> (offset: Int64, timestamp: Int64) {
        if let records = try? RecordBatch.records(of: batch, header: header),
            let record = records.first(where: {
                $0.timestamp >= timestamp && $0.offset >= logStart
            })
        {
            return (record.offset, record.timestamp)
        }
        return (max(header.baseOffset, logStart), header.maxTimestamp)
    }

    /// The highest timestamp and the offset of its batch; `nil` when empty.
    public func latestTimestamp() throws(SegmentLogError) -> (offset: Int64, timestamp: Int64)? {
        let latest = state.withLock { state in
            let written = state.segments.filter { $0.size > 0 }.map(\.maxTimestamp).max()
            return [written, state.tail.maxTimestamp].compactMap(\.self).max()
        }
        guard let latest else { return nil }
        return try firstOffset(notBefore: latest)
    }
}
