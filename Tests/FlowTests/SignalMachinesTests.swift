import Events
import Testing

@testable import Flow

@Suite struct AllowanceTests {
    @Test func aBurstIsAllowedAndThenTheLongRun() {
        var allowance = Allowance(burst: 20, perSecond: 10, now: .seconds(5))
        #expect((0..<25).filter { _ in allowance.take(now: .seconds(5)) }.count == 20)
        #expect((0..<25).filter { _ in allowance.take(now: .seconds(6)) }.count == 10)
        #expect((0..<99).filter { _ in allowance.take(now: .seconds(60)) }.count == 20)
    }

    @Test func whatCostsMoreThanIsLeftCostsNothing() {
        var allowance = Allowance(burst: 10, perSecond: 1, now: .zero)
        let atOnce = [11, 10, 1].map { allowance.take($0, now: .zero) }
        #expect(atOnce == [false, true, false])
        allowance.exhaust(now: .seconds(5))
        let later = [5, 6].map { allowance.take(now: .seconds($0)) }
        #expect(later == [false, true])
    }

    @Test func aClockThatStandsOrGoesBackGivesNothing() {
        var allowance = Allowance(burst: 1, perSecond: 1, now: .seconds(9))
        let taken = [9, 3, 9].map { allowance.take(now: .seconds($0)) }
        #expect(taken == [true, false, false])
    }

    @Test(arguments: 1...10)
    func inAnySpanNoMoreThanBurstAndRatePasses(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var allowance = Allowance(burst: 20, perSecond: 20, now: .zero)
        var now = Duration.zero
        var passed = 0
        for _ in 0..<2000 {
            now += .milliseconds(Int.random(in: 0...60, using: &random))
            if allowance.take(now: now) { passed += 1 }
            let (seconds, attoseconds) = now.components
            let bound = 20 + 20 * (Double(seconds) + Double(attoseconds) * 1e-18)
            #expect(Double(passed) <= bound + 1e-6)
        }
    }
}

@Suite struct TypingThrottleTests {
    private let first = ConversationID(high: 1, low: 1)
    private let second = ConversationID(high: 1, low: 2)

    @Test func whileItGoesOnItIsToldOncePerInterval() {
        var throttle = TypingThrottle(interval: .seconds(3))
        let told = (0..<100).filter {
            throttle.admits(first, isOn: true, now: .milliseconds($0 * 100))
        }
        #expect(told == [0, 30, 60, 90])
        let isOtherTold = throttle.admits(second, isOn: true, now: .milliseconds(9950))
        #expect(isOtherTold)
    }

    @Test func anEndIsToldAtOnceAndOnlyOnce() {
        var throttle = TypingThrottle(interval: .seconds(3))
        let told = [(false, 0), (true, 0), (false, 1), (false, 2), (true, 3), (true, 3000)].map {
            throttle.admits(first, isOn: $0.0, now: .milliseconds($0.1))
        }
        #expect(told == [false, true, true, false, false, true], "and not so soon again")
    }

    @Test(arguments: 1...10)
    func noConversationHearsMoreThanTwicePerInterval(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var throttle = TypingThrottle(interval: .seconds(3))
        var now = Duration.zero
        var told = 0
        for _ in 0..<3000 {
            now += .milliseconds(Int.random(in: 0...50, using: &random))
            if throttle.admits(first, isOn: Bool.random(using: &random), now: now) { told += 1 }
        }
        #expect(told <= 2 * (Int(now.components.seconds) / 3 + 1))
    }

    @Test func itRemembersABoundedNumberOfConversations() {
        var throttle = TypingThrottle(interval: .seconds(3))
        for low in 0..<10_000 {
            let conversation = ConversationID(high: 2, low: UInt64(low))
            let isTold = throttle.admits(conversation, isOn: true, now: .milliseconds(low))
            #expect(isTold)
        }
        #expect(throttle.count <= TypingThrottle.conversationsMax)
    }
}

@Suite struct AbsencesTests {
    @Test func onlyAnAbsenceThatLastsIsTold() {
        var absences = Absences<Int>(grace: .seconds(2))
        absences.begin(1, now: .seconds(0))
        absences.begin(2, now: .seconds(1))
        let isBack = absences.end(1)
        #expect(isBack)
        let early = absences.lasted(now: .milliseconds(2999))
        #expect(early == [])
        let late = absences.lasted(now: .seconds(3))
        #expect(late == [2])
        let isBackTooLate = absences.end(2)
        #expect(!isBackTooLate)
    }

    @Test func whoComesBackAndGoesAgainIsAwaySinceThen() {
        var absences = Absences<Int>(grace: .seconds(2))
        absences.begin(1, now: .seconds(0))
        _ = absences.end(1)
        absences.begin(1, now: .seconds(1))
        let told = (0...4).flatMap { second in
            absences.lasted(now: .seconds(second)).map { (second, $0) }
        }
        #expect(told.map(\.0) == [3])
        #expect(absences.count == 0 && !absences.contains(1))
    }

    @Test(arguments: 1...10)
    func anyComingAndGoingAgreesWithAModel(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var absences = Absences<Int>(grace: .seconds(2))
        var goneSince: [Int: Duration] = [:]
        var now = Duration.zero
        for _ in 0..<2000 {
            now += .milliseconds(Int.random(in: 0...400, using: &random))
            let someone = Int.random(in: 0..<5, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0 where goneSince[someone] == nil:
                absences.begin(someone, now: now)
                goneSince[someone] = now
            case 1:
                let wasAway = absences.end(someone)
                #expect(wasAway == (goneSince.removeValue(forKey: someone) != nil))
            default:
                let lasted = Set(absences.lasted(now: now))
                let expected = goneSince.filter { now - $0.value >= .seconds(2) }.keys
                #expect(lasted == Set(expected), "seed \(seed)")
                for someone in lasted { goneSince[someone] = nil }
            }
        }
    }
}
