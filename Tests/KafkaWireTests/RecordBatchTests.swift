import KafkaWire
import NIOCore
import Testing

@Suite struct RecordBatchTests {
    private static func records(_ count: Int, _ random: inout TestRandom) -> [Record] {
        (0..<count).map { index in
            let size = Int.random(in: 0...300, using: &random)
            return Record(
                offset: Int64(index),
                timestamp: 1_700_000_000_000 + Int64(index * 3),
                key: Bool.random(using: &random) ? ByteBuffer(string: "key \(index)") : nil,
                value: Bool.random(using: &random)
                    ? ByteBuffer(repeating: UInt8(index & 0xff), count: size) : nil,
                headers: Bool.random(using: &random)
                    ? [Record.Header(name: "h", value: ByteBuffer(string: "v"))] : []
            )
        }
    }

    @Test func recordsAreReadAsWritten() throws {
        var random = TestRandom(seed: 5)
        for count in 1...40 {
            let records = Self.records(count, &random)
            let batch = RecordBatch.make(
                records,
                producerID: 9,
                producerEpoch: 0,
                baseSequence: 3
            )
            let header = try RecordBatch.validateProduced(batch)
            #expect(header.recordCount == Int32(count))
            #expect(header.lastSequence == Int32(count + 2))
            #expect(try RecordBatch.records(of: batch, header: header) == records)
        }
    }

    @Test(arguments: [UInt64(21), 22, 23])
    func anyRecordsAreReadAsWritten(seed: UInt64) throws {
        var random = TestRandom(seed: seed)
        for _ in 0..<300 {
            var offset = Int64.random(in: 0...1 << 40, using: &random)
            let records = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                // Gaps, as compaction leaves them.
                offset += Int64.random(in: 1...1000, using: &random)
                return Self.anyRecord(offset, &random)
            }
            let batch = RecordBatch.make(records)
            let header = try RecordBatch.validate(batch, at: batch.readerIndex)
            #expect(header.recordCount == Int32(records.count))
            #expect(header.lastOffset == offset)
            #expect(header.maxTimestamp == records.map(\.timestamp).max())
            let read = try RecordBatch.records(of: batch, header: header)
            #expect(read == records, "seed \(seed)")
            let bytes = read.reduce(0) { sum, record in
                record.headers.reduce(sum + record.size) { $0 + ($1.value?.readableBytes ?? 0) }
            }
            #expect(bytes <= batch.readableBytes)
        }
    }

    private static func anyBytes(_ random: inout TestRandom) -> ByteBuffer? {
        let count = [-1, 0, 1, 63, 64, 300].randomElement(using: &random) ?? -1
        guard count >= 0 else { return nil }
        return ByteBuffer(bytes: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    private static func anyRecord(_ offset: Int64, _ random: inout TestRandom) -> Record {
        Record(
            offset: offset,
            timestamp: [0, -1, .min, .max, 1_700_000_000_000].randomElement(using: &random) ?? 0,
            key: anyBytes(&random),
            value: anyBytes(&random),
            headers: (0..<Int.random(in: 0...3, using: &random)).map { _ in
                Record.Header(
                    name: ["", "h", "Straße", "🦆"].randomElement(using: &random) ?? "",
                    value: anyBytes(&random)
                )
            }
        )
    }

    @Test func offsetAndEpochAreOutsideTheChecksum() throws {
        var random = TestRandom(seed: 6)
        let batch = RecordBatch.make(Self.records(4, &random))
        let stored = RecordBatch.assign(baseOffset: 12345, leaderEpoch: 7, to: batch)
        let header = try RecordBatch.validate(stored, at: stored.readerIndex)
        #expect(header.baseOffset == 12345)
        #expect(header.partitionLeaderEpoch == 7)
        #expect(header.nextOffset == 12349)
        #expect(
            try RecordBatch.records(of: stored, header: header).map(\.offset)
                == [12345, 12346, 12347, 12348]
        )
    }

    @Test func everyFlippedBitBehindTheChecksumIsFound() throws {
        var random = TestRandom(seed: 7)
        let batch = RecordBatch.make(Self.records(3, &random))
        for index in 17..<batch.readableBytes {
            var damaged = batch
            let byte = try #require(damaged.getInteger(at: index, as: UInt8.self))
            damaged.setInteger(byte ^ UInt8(1 << Int.random(in: 0..<8, using: &random)), at: index)
            #expect(throws: WireError(.checksumMismatch)) {
                try RecordBatch.validateProduced(damaged)
            }
        }
    }

    @Test func noDamageTraps() throws {
        var random = TestRandom(seed: 8)
        let batch = RecordBatch.make(Self.records(5, &random))
        for _ in 0..<20_000 {
            var damaged = batch
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged.setInteger(
                    UInt8.random(in: 0...255, using: &random),
                    at: Int.random(in: 0..<damaged.writerIndex, using: &random)
                )
            }
            if Bool.random(using: &random) {
                damaged.moveWriterIndex(to: Int.random(in: 0...damaged.writerIndex, using: &random))
            }
            if damaged.readableBytes > 61, Bool.random(using: &random) {
                RecordBatch.seal(&damaged)
            }
            guard let header = try? RecordBatch.validateProduced(damaged) else { continue }
            _ = try? RecordBatch.records(of: damaged, header: header)
        }
    }

    @Test func aBatchThatLiesAboutItsRecordsIsRefused() throws {
        var random = TestRandom(seed: 9)
        var batch = RecordBatch.make(Self.records(3, &random))
        batch.setInteger(Int32(2), at: 57)
        batch.setInteger(Int32(1), at: 23)
        RecordBatch.seal(&batch)
        #expect(throws: WireError(.invalidBatch)) { try RecordBatch.validateProduced(batch) }
    }

    @Test func anOlderMessageSetIsToldFromGarbage() {
        var buffer = ByteBuffer(repeating: 0, count: 80)
        buffer.setInteger(Int8(1), at: 16)
        #expect(throws: WireError(.unsupportedMagic)) { try RecordBatch.validateProduced(buffer) }
    }

    @Test func sequenceNumbersWrap() {
        var header = RecordBatchHeader()
        header.baseSequence = .max
        header.lastOffsetDelta = 2
        #expect(header.lastSequence == 1)
    }
}

extension Record {
    /// The bytes of key and value.
    fileprivate var size: Int { (key?.readableBytes ?? 0) + (value?.readableBytes ?? 0) }
}
