import EventLog
import Events
import Testing

@testable import Persistence

struct CatchUpTests {
    private let timeline = TopicPartition(.timeline, Partition(0))
    private let receipts = TopicPartition(.receipts, Partition(1))

    private func log(
        _ timeline: Int64,
        _ receipts: ClosedRange<Int64>
    ) -> [TopicPartition: LogAdmin.Watermarks] {
        [
            self.timeline: .init(low: Offset(0), high: Offset(timeline)),
            self.receipts: .init(
                low: Offset(receipts.lowerBound),
                high: Offset(receipts.upperBound)
            ),
        ]
    }

    private func time(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1000) }

    @Test func aStoreHasCaughtUpWhenItHasWhatTheLogHadAtAnEarlierLook() {
        var state = CatchUp()
        state.look(at: time(1), log: log(100, 0...5), positions: [:])
        #expect(state.moment == nil)
        state.look(at: time(2), log: log(200, 0...5), positions: [timeline: Offset(150)])
        #expect(state.moment == nil, "of one partition nothing was read")
        let both = [timeline: Offset(150), receipts: Offset(5)]
        state.look(at: time(3), log: log(300, 0...5), positions: both)
        #expect(state.moment == time(1), "the log goes on, and what it had at first is there")
        state.look(at: time(4), log: log(400, 0...5), positions: both)
        #expect(state.moment == time(1))
        let later = [timeline: Offset(300), receipts: Offset(5)]
        state.look(at: time(5), log: log(500, 0...5), positions: later)
        #expect(state.moment == time(3))
    }

    @Test func whatTheLogDoesNotHaveAnyMoreIsNotWaitedFor() {
        var state = CatchUp()
        for second in Int64(1)...2 {
            state.look(at: time(second), log: log(0, 7...7), positions: [:])
        }
        #expect(state.moment == time(1))
    }
}
