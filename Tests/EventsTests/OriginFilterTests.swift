import Events
import SwiftProtobuf
import Testing

@Suite struct OriginFilterTests {
    private func origin(
        _ offset: Int64,
        _ index: UInt32 = 0,
        topic: UInt32 = 1,
        partition: Int32 = 0
    ) -> Origin {
        Origin(
            topicNumber: topic,
            partition: Partition(partition),
            offset: Offset(offset),
            index: index
        )
    }

    @Test func repetitionsAreDroppedAndNothingElse() {
        var filter = OriginFilter()
        let script: [(Int64, UInt32, Bool)] = [
            (0, 0, true), (0, 1, true), (0, 1, false), (0, 0, false), (5, 0, true), (4, 9, false),
            (5, 0, false), (5, 1, true), (6, 0, true),
        ]
        for (offset, index, isNew) in script {
            let admitted = filter.admit(origin(offset, index))
            #expect(admitted == isNew, "\(offset).\(index)")
        }
    }

    @Test func originPartitionsDoNotDisturbOneAnother() {
        var filter = OriginFilter()
        let answer1 = filter.admit(origin(10))
        #expect(answer1)
        let answer2 = filter.admit(origin(3, partition: 1))
        #expect(answer2)
        let answer3 = filter.admit(origin(3, topic: 2))
        #expect(answer3)
        let answer4 = filter.admit(origin(3))
        #expect(!answer4)
        let answer5 = filter.admit(origin(3, partition: 1))
        #expect(!answer5)
    }

    @Test func aFilterGoesOnFromItsMarks() {
        var filter = OriginFilter()
        _ = filter.admit(origin(7, 2))
        var restored = OriginFilter(marks: filter.marks)
        let answer6 = restored.admit(origin(7, 2))
        #expect(!answer6)
        let answer7 = restored.admit(origin(7, 3))
        #expect(answer7)
        #expect(restored != filter)
    }

    /// Any number of restarts from any earlier point, with outputs repeated: each output is admitted once, in order.
    @Test func whateverIsRepeatedIsHadOnce() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let outputs = (0..<40).flatMap { offset in
                (0..<UInt32.random(in: 0...3, using: &random)).map { (Int64(offset), $0) }
            }
            var filter = OriginFilter()
            var had: [[Int64]] = []
            var position = 0
            while position < outputs.count {
                let end = Int.random(in: position...outputs.count, using: &random)
                for (offset, index) in outputs[position..<end]
                where filter.admit(origin(offset, index)) {
                    had.append([offset, Int64(index)])
                }
                position = end == outputs.count ? end : Int.random(in: 0...end, using: &random)
            }
            #expect(had == outputs.map { [$0.0, Int64($0.1)] })
        }
    }

    @Test func originsSurviveTheirGeneratedForm() throws {
        let origin = origin(.max, .max, topic: 9, partition: 11)
        let bytes: [UInt8] = try origin.message.serializedBytes()
        #expect(Origin(try PBOrigin(serializedBytes: bytes)) == origin)
    }
}
