import Testing

@testable import Cache

@Suite struct RedisPoolTests {
    private typealias Pool = RedisPool<Int>
    private let start = ContinuousClock.now
    private let later = ContinuousClock.now + .seconds(3600)

    private static let options: RedisCache.Options = {
        var options = RedisCache.Options()
        options.connections = 3
        options.queueCountMax = 4
        options.queueBytesMax = 100
        return options
    }()

    /// A pool of which so many workers are connected, and sleep.
    private func connected(_ workers: Int) -> Pool {
        var pool = Pool(Self.options, at: start)
        for worker in 0..<workers {
            _ = pool.next(for: worker, at: start)
            _ = pool.connected(worker)
            _ = pool.next(for: worker, at: start)
        }
        return pool
    }

    @Test func nothingIsTakenBeforeSomebodyIsConnected() {
        var pool = Pool(Self.options, at: start)
        #expect(pool.submit(1, bytes: 1, due: later) == .refused(.away))
        #expect(isConnect(pool.next(for: 0, at: start)))
        #expect(pool.submit(1, bytes: 1, due: later) == .refused(.away))
        #expect(pool.connected(0).change == .connected)
        #expect(pool.submit(1, bytes: 1, due: later) == .taken(wake: nil))
    }

    @Test func oneTriesAndTheOthersFollowWhenItSucceeds() {
        var pool = Pool(Self.options, at: start)
        #expect(isConnect(pool.next(for: 1, at: start)))
        #expect(wait(pool.next(for: 0, at: start)) == .some(nil))
        #expect(wait(pool.next(for: 2, at: start)) == .some(nil))
        #expect(pool.connected(1).wake == [0, 2])
        #expect(isConnect(pool.next(for: 0, at: start)))
        #expect(isConnect(pool.next(for: 2, at: start)))
        #expect(pool.connected(0).change == nil && pool.connected(2).change == nil)
    }

    @Test func theOneThatSleepsIsWokenOnce() {
        var pool = connected(2)
        #expect(pool.submit(1, bytes: 1, due: later) == .taken(wake: 0))
        #expect(pool.submit(2, bytes: 1, due: later) == .taken(wake: 1))
        #expect(pool.submit(3, bytes: 1, due: later) == .taken(wake: nil))
        #expect(served(pool.next(for: 1, at: start)) == 1)
        #expect(served(pool.next(for: 0, at: start)) == 2)
        #expect(served(pool.next(for: 0, at: start)) == 3)
    }

    @Test func theQueueIsBoundedInCountAndInBytes() {
        var pool = connected(1)
        for job in 0..<4 { #expect(pool.submit(job, bytes: 10, due: later) != .refused(.full)) }
        #expect(pool.submit(4, bytes: 10, due: later) == .refused(.full))
        _ = pool.next(for: 0, at: start)
        #expect(pool.submit(4, bytes: 71, due: later) == .refused(.full))
        #expect(pool.submit(4, bytes: 70, due: later) == .taken(wake: nil))
    }

    @Test func whatHasWaitedTooLongIsNotAskedAnyMore() {
        var pool = connected(1)
        _ = pool.submit(1, bytes: 1, due: start + .milliseconds(100))
        guard case .abandon(1) = pool.next(for: 0, at: start + .milliseconds(100)) else {
            Issue.record("it was served")
            return
        }
    }

    @Test func aFailureOpensTheBreakerForAllAndVoidsTheirConnections() {
        var random = SplitMix(seed: 1)
        var pool = connected(3)
        for job in 0..<3 { _ = pool.submit(job, bytes: 1, due: later) }
        #expect(served(pool.next(for: 0, at: start)) == 0)
        let effects = pool.failed(0, RedisFailure(.timeout), at: start, using: &random)
        #expect(effects.abandoned == [1, 2])
        #expect(effects.change == .away(RedisFailure(.timeout)))
        #expect(pool.submit(9, bytes: 1, due: later) == .refused(.away))
        for worker in 0..<3 {
            let pause = wait(pool.next(for: worker, at: start)) ?? nil
            #expect(pause.map { $0 >= .milliseconds(100) && $0 <= .milliseconds(300) } == true)
        }
        let due = start + .milliseconds(300)
        #expect(isConnect(pool.next(for: 2, at: due)))
        #expect(wait(pool.next(for: 0, at: due)) == .some(nil))
        #expect(pool.connected(2).wake == [0, 1])
        #expect(isConnect(pool.next(for: 0, at: due)), "its old connection may be dead, too")
    }

    @Test func failuresOfTheSameMomentCountOnce() {
        var random = SplitMix(seed: 2)
        var pool = connected(3)
        let first = pool.failed(0, RedisFailure(.closed), at: start, using: &random)
        let pause = wait(pool.next(for: 0, at: start))
        for worker in 1..<3 {
            let effects = pool.failed(worker, RedisFailure(.timeout), at: start, using: &random)
            #expect(effects.change == nil && effects.abandoned.isEmpty)
        }
        #expect(first.change != nil)
        #expect(wait(pool.next(for: 0, at: start)) == pause)
    }

    @Test func thePausesGrowToTheirBoundUntilSomethingWasAnswered() {
        var random = SplitMix(seed: 3)
        var pool = connected(1)
        var now = start
        var pauses: [Duration] = []
        _ = pool.failed(0, RedisFailure(.closed), at: now, using: &random)
        for _ in 0..<60 {
            guard let pause = wait(pool.next(for: 0, at: now)) ?? nil else { break }
            pauses.append(pause)
            now += pause
            #expect(isConnect(pool.next(for: 0, at: now)))
            // It even connects sometimes, but nothing is ever answered.
            if Bool.random(using: &random) { _ = pool.connected(0) }
            _ = pool.failed(0, RedisFailure(.timeout), at: now, using: &random)
        }
        #expect(pauses.count == 60)
        #expect(pauses.allSatisfy { $0 >= .milliseconds(100) && $0 <= .seconds(5) })
        #expect(pauses[0] <= .milliseconds(300) && pauses.contains { $0 > .seconds(3) })
        now += .seconds(5)
        #expect(isConnect(pool.next(for: 0, at: now)))
        _ = pool.connected(0)
        pool.worked(0)
        _ = pool.failed(0, RedisFailure(.closed), at: now, using: &random)
        let pause = wait(pool.next(for: 0, at: now)) ?? nil
        #expect(pause.map { $0 <= .milliseconds(300) } == true)
    }

    @Test func aConnectionTooManyForTheServerDisturbsNobody() {
        var random = SplitMix(seed: 4)
        var pool = connected(2)
        #expect(isConnect(pool.next(for: 2, at: start)))
        let failure = RedisFailure(.refused, word: "ERR")
        #expect(pool.failed(2, failure, at: start, using: &random).change == nil)
        #expect(pool.isAvailable)
        #expect(wait(pool.next(for: 2, at: start)) == .seconds(5))
        #expect(isConnect(pool.next(for: 2, at: start + .seconds(5))))
    }

    @Test func anOperatorHearsOfAFailureOnceAndOfANewRefusal() {
        var random = SplitMix(seed: 5)
        var pool = connected(1)
        var now = start
        var changes: [Pool.Change] = []
        let failures = [
            RedisFailure(.closed), RedisFailure(.unreachable), RedisFailure(.unreachable),
            RedisFailure(.refused, word: "WRONGPASS"), RedisFailure(.refused, word: "WRONGPASS"),
            RedisFailure(.timeout),
        ]
        for failure in failures {
            let effects = pool.failed(0, failure, at: now, using: &random)
            changes += effects.change.map { [$0] } ?? []
            now += .seconds(5)
            _ = pool.next(for: 0, at: now)
        }
        let back = pool.connected(0)
        #expect(changes == [.away(failures[0]), .away(failures[3])])
        #expect(back.change == .connected)
    }

    @Test func closingAnswersEverybodyAndEndsTheWorkers() {
        var pool = connected(2)
        for job in 0..<3 { _ = pool.submit(job, bytes: 1, due: later) }
        let effects = pool.close()
        #expect(effects.abandoned == [0, 1, 2] && effects.wake == [0, 1, 2])
        #expect(pool.submit(4, bytes: 1, due: later) == .refused(.away))
        for worker in 0..<3 {
            guard case .end = pool.next(for: worker, at: start) else {
                Issue.record("worker \(worker) goes on")
                return
            }
        }
        #expect(pool.close().abandoned.isEmpty)
    }

    private func isConnect(_ step: Pool.Step) -> Bool {
        if case .connect = step { true } else { false }
    }

    private func wait(_ step: Pool.Step) -> Duration?? {
        if case .wait(let limit) = step { .some(limit) } else { .none }
    }

    private func served(_ step: Pool.Step) -> Int? {
        if case .serve(let job) = step { job } else { nil }
    }
}
