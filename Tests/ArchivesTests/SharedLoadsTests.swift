import Synchronization
import Testing

@testable import Archives

@Suite struct SharedLoadsTests {
    /// A load that ends when a test says so.
    private final class Gate: Sendable {
        private let opening = AsyncStream.makeStream(of: Void.self)
        private let begun = AsyncStream.makeStream(of: Void.self)
        let count = Mutex((begun: 0, cancelled: 0))

        func load() async throws -> Int {
            count.withLock { $0.begun += 1 }
            begun.continuation.yield()
            for await _ in opening.stream { return 7 }
            count.withLock { $0.cancelled += 1 }
            throw CancellationError()
        }

        func open() { opening.continuation.yield() }
        func waitUntilBegun() async { for await _ in begun.stream { return } }
    }

    @Test func oneWhoGivesUpDoesNotDisturbTheOthers() async throws {
        let loads = SharedLoads<String, Int>(costMax: 100) { _ in 1 }
        let gate = Gate()
        let first = Task { try await loads.value(of: "a") { try await gate.load() } }
        await gate.waitUntilBegun()
        let second = Task { try await loads.value(of: "a") { 8 } }
        while loads.waiting(for: "a") < 2 { await Task.yield() }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        gate.open()
        #expect(try await second.value == 7)
        #expect(loads.kept("a") == 7)
        #expect(gate.count.withLock { $0.begun } == 1)
    }

    @Test func whenAllHaveGivenUpTheLoadIsCancelled() async throws {
        let loads = SharedLoads<String, Int>(costMax: 100) { _ in 1 }
        let gate = Gate()
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let waiters = (0..<3).map { _ in
            Task {
                try await loads.value(of: "a") {
                    defer { end.yield() }
                    return try await gate.load()
                }
            }
        }
        while loads.waiting(for: "a") < 3 { await Task.yield() }
        for waiter in waiters { waiter.cancel() }
        for waiter in waiters {
            await #expect(throws: CancellationError.self) { try await waiter.value }
        }
        for await _ in ended { break }
        #expect(gate.count.withLock { $0.cancelled } == 1)
        // Who comes then begins anew.
        #expect(try await loads.value(of: "a") { 8 } == 8)
        #expect(loads.kept("a") == 8)
    }

    @Test func aFailureIsNotKept() async throws {
        struct Failure: Error {}
        let loads = SharedLoads<String, Int>(costMax: 100) { _ in 1 }
        await #expect(throws: Failure.self) { try await loads.value(of: "a") { throw Failure() } }
        #expect(loads.kept("a") == nil)
        #expect(try await loads.value(of: "a") { 1 } == 1)
        #expect(try await loads.value(of: "a") { 2 } == 1)
    }

    @Test func whatIsForgottenIsLoadedAgainAndWeighsNothing() async throws {
        let loads = SharedLoads<String, Int>(costMax: 100) { _ in 1 }
        #expect(try await loads.value(of: "a") { 1 } == 1)
        loads.forget("a")
        #expect(loads.kept("a") == nil)
        #expect(try await loads.value(of: "a") { 2 } == 2)
        var cache = GenerationCache<Int, Int>(costMax: 4)
        // The young one, and then one that is old by now.
        cache.insert(1, of: 1, cost: 2)
        cache.remove(1)
        #expect(cache.cost == 0)
        for key in 1...2 { cache.insert(key, of: key, cost: 2) }
        cache.remove(1)
        #expect(cache.cost == 2)
        #expect(cache.find(1) == nil)
        #expect(cache.find(2) == 2)
    }

    @Test func aTaskThatWasCancelledBeforeItAskedIsToldSo() async throws {
        let loads = SharedLoads<String, Int>(costMax: 100) { _ in 1 }
        let asking = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await loads.value(of: "a") {
                try await Task.sleep(for: .seconds(3600))
                return 1
            }
        }
        await #expect(throws: CancellationError.self) { try await asking.value }
    }

    @Test(arguments: UInt64(1)...5)
    func whatIsKeptIsBoundedAndWhatIsUsedStays(seed: UInt64) {
        var random = SeededRandom(state: seed)
        var cache = GenerationCache<Int, Int>(costMax: 100)
        for _ in 0..<5000 {
            let key = Int.random(in: 0..<60, using: &random)
            if random.next() % 2 == 0 {
                let value = cache.find(key)
                #expect(value == nil || value == key)
            } else {
                cache.insert(key, of: key, cost: Int.random(in: 0...60, using: &random))
            }
            #expect(cache.cost <= 100, "seed \(seed)")
        }
        cache.insert(-1, of: -1, cost: 10)
        for key in 1000..<1100 {
            cache.insert(key, of: key, cost: 9)
            #expect(cache.find(-1) == -1)
        }
        #expect(cache.find(1000) == nil)
        // What weighs more than half of all would leave no room for anything else.
        cache.insert(5, of: -2, cost: 51)
        #expect(cache.find(-2) == nil)
    }
}
