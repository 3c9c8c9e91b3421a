import Dispatch
import Stores
import Synchronization
import Testing

@testable import History

/// Looks for a store that is away.
@Suite struct StoreHandleTests {
    /// A database that takes its time to say that it is away.
    private final class Away: Sendable {
        let looks = Mutex(0)
        let now = Mutex(ContinuousClock.now)

        func handle() throws -> StoreHandle {
            StoreHandle(
                try StoreLocation("postgresql://ada@127.0.0.1/martlet", relativeTo: "/"),
                lookInterval: .milliseconds(500),
                now: { self.now.withLock { $0 } },
                open: { _ throws(StoreError) in
                    self.looks.withLock { $0 += 1 }
                    self.advance(by: .seconds(5))
                    throw StoreError(.unavailable, "away")
                }
            )
        }

        func advance(by duration: Duration) { now.withLock { $0 += duration } }
        var count: Int { looks.withLock { $0 } }
    }

    @Test func whoHasWaitedForALookIsToldWhatItCameTo() throws {
        let away = Away()
        let handle = try away.handle()
        DispatchQueue.concurrentPerform(iterations: 64) { _ in
            #expect(throws: StoreError(.unavailable, "")) { try handle.current() }
        }
        #expect(away.count == 1)
        away.advance(by: .milliseconds(499))
        #expect(throws: StoreError(.unavailable, "")) { try handle.current() }
        #expect(away.count == 1)
        away.advance(by: .milliseconds(1))
        #expect(throws: StoreError(.unavailable, "")) { try handle.current() }
        #expect(away.count == 2)
    }
}
