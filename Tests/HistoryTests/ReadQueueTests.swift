import Dispatch
import Synchronization
import Testing
import Web

@testable import History

@Suite struct ReadQueueTests {
    private struct Failure: Error, Equatable {}

    private final class Count: Sendable {
        let value = Mutex(0)
    }

    @Test func aReadGivesWhatItReads() async throws {
        let queue = ReadQueue()
        for number in 0..<1000 { #expect(try await queue.run { number } == number) }
    }

    @Test func aReadThatFailsFailsItsCallerAndMakesRoom() async throws {
        let queue = ReadQueue(threads: 1)
        for _ in 0...ReadQueue.readsMax {
            await #expect(throws: Failure()) { try await queue.run { throw Failure() } }
        }
        #expect(try await queue.run { true })
    }

    @Test func readsThatWaitAreBounded() async throws {
        let queue = ReadQueue(threads: 2)
        let door = DispatchSemaphore(value: 0)
        let begun = Count()
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<(ReadQueue.readsMax + 100) {
                group.addTask {
                    do {
                        try await queue.run {
                            begun.value.withLock { $0 += 1 }
                            door.wait()
                        }
                        return true
                    } catch {
                        #expect((error as? Problem)?.code == .storeUnavailable)
                        return false
                    }
                }
            }
            var outcomes: [Bool] = []
            // Nobody's read ends before the door is opened: the first to come back were refused.
            for await outcome in group.prefix(100) { outcomes.append(outcome) }
            for _ in 0..<ReadQueue.readsMax { door.signal() }
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        #expect(outcomes.prefix(100).allSatisfy { !$0 })
        #expect(outcomes.dropFirst(100).allSatisfy { $0 })
        #expect(outcomes.count == ReadQueue.readsMax + 100)
        #expect(begun.value.withLock { $0 } == ReadQueue.readsMax)
        #expect(try await queue.run { true })
    }
}
