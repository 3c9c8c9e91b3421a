public import NIOCore

/// Checks, reads and changes whole record batches.
public enum RecordBatch {
    /// Checks a stored batch at an index: complete, version 2, sane numbers, right checksum.
    ///
    /// - Returns: its head; the batch ends at `index + totalSize`.
    public static func validate(
        _ buffer: ByteBuffer,
        at index: Int
    ) throws(WireError) -> RecordBatchHeader {
        let header = try RecordBatchHeader(of: buffer, at: index)
        guard header.magic == 2 else { throw WireError(.unsupportedMagic) }
        guard header.totalSize >= RecordBatchHeader.size,
            header.totalSize <= buffer.writerIndex - index
        else { throw WireError(.invalidLength) }
        guard header.recordCount >= 0, header.lastOffsetDelta >= 0, header.baseOffset >= 0,
            header.baseOffset < Int64.max - Int64(Int32.max)
        else { throw WireError(.invalidBatch) }
        let start = RecordBatchHeader.checksumStart
        let checksum = buffer.withUnsafeReadableBytes { bytes in
            let from = index - buffer.readerIndex
            return CRC32C.checksum(
                UnsafeRawBufferPointer(rebasing: bytes[(from + start)..<(from + header.totalSize)])
            )
        }
        guard checksum == header.checksum else { throw WireError(.checksumMismatch) }
        return header
    }

    /// Checks what a producer sent: exactly one batch, with dense offsets, and records (unless compressed) that add up.
    public static func validateProduced(
        _ buffer: ByteBuffer
    ) throws(WireError) -> RecordBatchHeader {
        // An older message set has its magic byte at the same place; tell it from garbage.
        if let magic = buffer.getInteger(at: buffer.readerIndex + 16, as: Int8.self), magic < 2,
            magic >= 0
        {
            throw WireError(.unsupportedMagic)
        }
        let header = try validate(buffer, at: buffer.readerIndex)
        guard header.totalSize == buffer.readableBytes, header.recordCount > 0,
            header.lastOffsetDelta == header.recordCount - 1, !header.isControl
        else { throw WireError(.invalidBatch) }
        if header.isIdempotent {
            guard header.producerEpoch >= 0, header.baseSequence >= 0 else {
                throw WireError(.invalidBatch)
            }
        }
        if !header.isCompressed {
            try checkRecords(buffer, count: Int(header.recordCount))
        }
        return header
    }

    /// Walks over the records: each a length and, inside it, the offset that it must have.
    private static func checkRecords(_ buffer: ByteBuffer, count: Int) throws(WireError) {
        var cursor = buffer
        cursor.moveReaderIndex(forwardBy: RecordBatchHeader.size)
        for index in 0..<count {
            let length = try cursor.readVarint()
            guard length > 0, length <= cursor.readableBytes else {
                throw WireError(.invalidBatch)
            }
            let end = cursor.readerIndex + Int(length)
            cursor.moveReaderIndex(forwardBy: 1)
            _ = try cursor.readVarint()
            guard try cursor.readVarint() == Int64(index), cursor.readerIndex <= end else {
                throw WireError(.invalidBatch)
            }
            cursor.moveReaderIndex(to: end)
        }
        guard cursor.readableBytes == 0 else { throw WireError(.invalidBatch) }
    }

    /// A copy of its own of a batch, with the offset and epoch that the broker gives it.
    public static func assign(
        baseOffset: Int64,
        leaderEpoch: Int32,
        to batch: ByteBuffer
    ) -> ByteBuffer {
        var copy = ByteBufferAllocator().buffer(capacity: batch.readableBytes)
        copy.writeInteger(baseOffset)
        let from = batch.readerIndex
        copy.writeInteger(batch.getInteger(at: from + 8, as: Int32.self) ?? 0)
        copy.writeInteger(leaderEpoch)
        if let rest = batch.getSlice(at: from + 16, length: batch.readableBytes - 16) {
            copy.writeImmutableBuffer(rest)
        }
        return copy
    }

    /// Reads the records of a checked batch that is not compressed.
    public static func records(
        of buffer: ByteBuffer,
        header: RecordBatchHeader
    ) throws(WireError) -> [Record] {
        guard !header.isCompressed else { throw WireError(.invalidBatch) }
        guard var cursor = buffer.getSlice(at: buffer.readerIndex, length: header.totalSize) else {
            throw WireError(.truncated)
        }
        guard header.totalSize >= RecordBatchHeader.size else { throw WireError(.invalidLength) }
        cursor.moveReaderIndex(forwardBy: RecordBatchHeader.size)
        var records: [Record] = []
        records.reserveCapacity(min(Int(header.recordCount), cursor.readableBytes / 7 + 1))
        for _ in 0..<max(0, Int(header.recordCount)) {
            records.append(try Record(from: &cursor, header: header))
        }
        return records
    }

    /// Makes a batch of records, whose offsets and timestamps are as given.
    ///
    /// There must be at least one record, and the offsets must rise.
    public static func make(
        _ records: [Record],
        producerID: Int64 = -1,
        producerEpoch: Int16 = -1,
        baseSequence: Int32 = -1
    ) -> ByteBuffer {
        var header = RecordBatchHeader()
        header.baseOffset = records.first?.offset ?? 0
        header.baseTimestamp = records.first?.timestamp ?? 0
        header.maxTimestamp = records.map(\.timestamp).max() ?? 0
        header.lastOffsetDelta = Int32((records.last?.offset ?? 0) - header.baseOffset)
        header.recordCount = Int32(records.count)
        header.producerID = producerID
        header.producerEpoch = producerEpoch
        header.baseSequence = baseSequence
        var body = ByteBuffer()
        for record in records { record.write(to: &body, header: header) }
        header.batchLength = Int32(
            RecordBatchHeader.size - RecordBatchHeader.lengthOverhead + body.readableBytes
        )
        var batch = ByteBufferAllocator().buffer(
            capacity: RecordBatchHeader.size + body.readableBytes
        )
        header.write(to: &batch)
        batch.writeImmutableBuffer(body)
        seal(&batch)
        return batch
    }

    /// Sets the checksum of a batch whose other bytes are final.
    public static func seal(_ batch: inout ByteBuffer) {
        let checksum = batch.withUnsafeReadableBytes { bytes in
            CRC32C.checksum(
                UnsafeRawBufferPointer(rebasing: bytes[RecordBatchHeader.checksumStart...])
            )
        }
        batch.setInteger(
            checksum,
            at: batch.readerIndex + RecordBatchHeader.checksumPosition
        )
    }
}
