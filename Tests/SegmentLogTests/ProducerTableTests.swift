import KafkaWire
import NIOCore
import Testing

@testable import SegmentLog

@Suite struct ProducerTableTests {
    private func header(
        _ sequence: Int32,
        count: Int32 = 1,
        epoch: Int16 = 0,
        id: Int64 = 7
    ) -> RecordBatchHeader {
        var header = RecordBatchHeader()
        header.producerID = id
        header.producerEpoch = epoch
        header.baseSequence = sequence
        header.recordCount = count
        header.lastOffsetDelta = count - 1
        return header
    }

    @Test func theLastFiveBatchesAreRecognisedWithTheirOffsets() {
        var table = ProducerTable()
        for number in 0..<8 {
            let next = header(Int32(number * 2), count: 2)
            #expect(table.decide(next) == .new)
            _ = table.apply(next, baseOffset: Int64(100 + number * 2))
        }
        for number in 3..<8 {
            #expect(
                table.decide(header(Int32(number * 2), count: 2))
                    == .duplicate(baseOffset: Int64(100 + number * 2))
            )
        }
        #expect(table.decide(header(0, count: 2)) == .oldDuplicate)
        #expect(table.decide(header(18)) == .outOfOrder)
        #expect(table.decide(header(16)) == .new)
    }

    @Test func anOlderEpochIsRefusedAndANewerBeginsAtZero() {
        var table = ProducerTable()
        _ = table.apply(header(0, epoch: 3), baseOffset: 0)
        #expect(table.decide(header(1, epoch: 2)) == .staleEpoch)
        #expect(table.decide(header(5, epoch: 4)) == .outOfOrder)
        #expect(table.decide(header(0, epoch: 4)) == .new)
    }

    @Test func sequenceNumbersWrapToZero() {
        var table = ProducerTable()
        _ = table.apply(header(.max - 1, count: 2), baseOffset: 0)
        #expect(table.decide(header(0)) == .new)
    }

    @Test func whatIsTakenBackWasNeverThere() {
        var table = ProducerTable()
        _ = table.apply(header(0), baseOffset: 0)
        let previous = table.apply(header(1), baseOffset: 1)
        table.undo(7, previous: previous)
        #expect(table.decide(header(1)) == .new)
        #expect(table.decide(header(2)) == .outOfOrder)
    }

    @Test func theTableIsReadAsWrittenAndStaysBounded() throws {
        var table = ProducerTable()
        for id in 0..<(ProducerTable.producersMax + 50) {
            _ = table.apply(header(0, id: Int64(id)), baseOffset: Int64(id))
        }
        #expect(table.entries.count <= ProducerTable.producersMax)
        var buffer = ByteBuffer()
        table.encode(into: &buffer)
        var copy = buffer
        let read = try #require(ProducerTable(from: &copy))
        #expect(read.entries.count == table.entries.count)
        let last = Int64(ProducerTable.producersMax + 49)
        #expect(read.decide(header(0, id: last)) == .duplicate(baseOffset: last))
        for length in 0..<min(buffer.readableBytes, 400) {
            var cut = try #require(buffer.getSlice(at: 0, length: length))
            #expect(ProducerTable(from: &cut) == nil)
        }
    }
}
