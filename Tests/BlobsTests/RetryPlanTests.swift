import Events
import Testing

@testable import Blobs

@Suite struct RetryPlanTests {
    private let failure = S3Failure(.unavailable, "", isRepeated: true)
    private let settings: S3Settings = {
        var settings = S3Settings()
        settings.backOffBase = .milliseconds(100)
        settings.backOffMax = .milliseconds(1000)
        settings.totalTimeout = .seconds(60)
        return settings
    }()

    @Test func waitsDoubleUpToTheirCapAndEnd() {
        var plan = RetryPlan(settings)
        let waits = (0..<7).map { _ in plan.wait(after: failure, elapsed: .zero, chance: 1) }
        #expect(
            waits.map { $0?.milliseconds } == [100, 200, 400, 800, 1000, nil, nil]
        )
    }

    @Test func theJitterIsFull() {
        for (chance, milliseconds) in [(0.0, 0), (0.25, 25), (0.5, 50), (1, 100)] {
            var plan = RetryPlan(settings)
            let wait = plan.wait(after: failure, elapsed: .zero, chance: chance)
            #expect(wait?.milliseconds == Int64(milliseconds))
        }
    }

    @Test func theServerIsLeftAloneForAsLongAsItAsks() {
        let failure = S3Failure(.unavailable, "", isRepeated: true, retryAfter: .seconds(7))
        var plan = RetryPlan(settings)
        #expect(plan.wait(after: failure, elapsed: .zero, chance: 1) == .seconds(7))
        #expect(plan.wait(after: failure, elapsed: .seconds(52), chance: 1) == .seconds(7))
        // It would come too late.
        #expect(plan.wait(after: failure, elapsed: .seconds(53), chance: 1) == nil)
    }

    @Test func timeIsBounded() {
        var plan = RetryPlan(settings)
        #expect(plan.wait(after: failure, elapsed: .seconds(59), chance: 1) != nil)
        #expect(plan.wait(after: failure, elapsed: .seconds(60), chance: 1) == nil)
    }

    @Test func whatIsNoUseIsNotRepeated() {
        var plan = RetryPlan(settings)
        #expect(plan.wait(after: S3Failure(.refused, ""), elapsed: .zero, chance: 1) == nil)
    }

    @Test func manyRetriesDoNotOverflow() {
        var patient = settings
        patient.retriesMax = 100
        var plan = RetryPlan(patient)
        for _ in 0..<100 {
            let wait = plan.wait(after: failure, elapsed: .zero, chance: 1) ?? .zero
            #expect(wait > .zero && wait <= patient.backOffMax)
        }
    }
}
