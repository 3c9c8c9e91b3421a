import Events
import Testing

@testable import Flow

@Suite struct BackOffTests {
    @Test func waitsStayBetweenBaseAndCapAndGrow() {
        var random = SplitMix(seed: 7)
        var backOff = BackOff(base: .milliseconds(100), cap: .seconds(5))
        var longest = Duration.zero
        for _ in 0..<1000 {
            let wait = backOff.next(using: &random)
            #expect(wait >= .milliseconds(100) && wait <= .seconds(5))
            longest = max(longest, wait)
        }
        #expect(longest > .seconds(4))
    }

    @Test func theFirstWaitAfterAResetIsShort() {
        var random = SplitMix(seed: 8)
        var backOff = BackOff(base: .milliseconds(100), cap: .seconds(5))
        for _ in 0..<50 { _ = backOff.next(using: &random) }
        backOff.reset()
        #expect(backOff.next(using: &random) <= .milliseconds(300))
    }

    @Test func twoThatFailTogetherDoNotComeBackTogether() {
        var one = BackOff()
        var other = BackOff()
        var first = SplitMix(seed: 1)
        var second = SplitMix(seed: 2)
        let waits = (0..<20).map { _ in (one.next(using: &first), other.next(using: &second)) }
        #expect(waits.allSatisfy { $0.0 != $0.1 })
    }

    @Test func aCapOfHundredsOfYearsDoesNotOverflow() {
        var random = SplitMix(seed: 3)
        var backOff = BackOff(base: .seconds(1), cap: .seconds(Int64.max / 2))
        for _ in 0..<200 { #expect(backOff.next(using: &random) >= .seconds(1)) }
    }
}

@Suite struct BoundedQueueTests {
    @Test func whatIsBeyondABoundIsRefusedAndChangesNothing() {
        var queue = BoundedQueue<Int>(countMax: 3, bytesMax: 10)
        #expect(queue.append(1, bytes: 6) == true)
        #expect(queue.append(2, bytes: 5) == false)
        #expect(queue.append(2, bytes: 4) == true)
        #expect(queue.append(3) == true)
        #expect(queue.append(4) == false)
        #expect(queue.count == 3 && queue.bytes == 10)
        #expect(queue.popFirst() == 1)
        #expect(queue.bytes == 4)
        #expect(queue.append(4, bytes: 6) == true)
        #expect([queue.popFirst(), queue.popFirst(), queue.popFirst()] == [2, 3, 4])
        #expect(queue.popFirst() == nil && queue.isEmpty && queue.bytes == 0)
    }
}

@Suite struct TimerWheelTests {
    @Test func everyEntryComesOnceInItsTick() {
        var wheel = TimerWheel<Int>(slots: 8)
        for wanted in 1...7 { #expect(wheel.schedule(wanted, at: UInt64(wanted)) == wanted) }
        for tick in 1...7 { #expect(wheel.advance(to: UInt64(tick)) == [tick]) }
        #expect(wheel.count == 0)
    }

    @Test func whatIsPastComesInTheNextTickAndWhatIsTooFarComesEarly() {
        var wheel = TimerWheel<String>(slots: 8, tick: 100)
        #expect(wheel.schedule("past", at: 3) == 101)
        #expect(wheel.schedule("far", at: 1000) == 107)
        #expect(wheel.advance(to: 101) == ["past"])
        #expect(wheel.advance(to: 107) == ["far"])
    }

    @Test func aLongSleepMissesNothing() {
        var wheel = TimerWheel<Int>(slots: 4)
        for wanted in 1...3 { _ = wheel.schedule(wanted, at: UInt64(wanted)) }
        #expect(wheel.advance(to: 1000).sorted() == [1, 2, 3])
        #expect(wheel.schedule(9, at: 1001) == 1001)
        #expect(wheel.advance(to: 1001) == [9])
    }
}
