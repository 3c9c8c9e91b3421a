import Foundation
import Postgres
import ServerSupport
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct PoolTests {
    private static let backend = "SELECT pg_backend_pid()"

    @Test func aConnectionIsUsedAgain() async throws {
        let pool = PostgresPool(try await PostgresServerURL.fresh(), size: 4)
        let first = try pool.withConnection { try $0.number(Self.backend) }
        let second = try pool.withConnection { try $0.number(Self.backend) }
        #expect(first == second)
        let inner = try pool.withConnection { _ in
            try pool.withConnection { try $0.number(Self.backend) }
        }
        #expect(inner != first)
        pool.close()
        #expect(try failure { try pool.withConnection { _ in } } == PostgresError(.closed, ""))
    }

    @Test func noMoreThanItsSizeAreInUse() async throws {
        let pool = PostgresPool(try await PostgresServerURL.fresh(), size: 2)
        let usage = Usage()
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    try await onThread { try usage.use(pool, times: 20) }
                }
            }
            try await group.waitForAll()
        }
        #expect(usage.counts.withLock { $0.most } == 2)
        #expect(usage.counts.withLock { $0.all } == 160)
    }

    /// How many use a pool at a time.
    private final class Usage: Sendable {
        let counts = Mutex((now: 0, most: 0, all: 0))

        func use(_ pool: PostgresPool, times: Int) throws {
            for _ in 0..<times {
                try pool.withConnection { connection in
                    counts.withLock { counts in
                        counts.now += 1
                        counts.all += 1
                        counts.most = max(counts.most, counts.now)
                    }
                    defer { counts.withLock { $0.now -= 1 } }
                    _ = try connection.number("SELECT 1 FROM pg_sleep(0.001)")
                }
            }
        }
    }

    @Test func whoWaitsTooLongIsTold() async throws {
        let url = try await PostgresServerURL.fresh()
        let pool = PostgresPool(url, size: 1, waitMax: .milliseconds(20))
        try pool.withConnection { _ in
            let error = try failure { try pool.withConnection { _ in } }
            #expect(error == PostgresError(.poolExhausted, ""))
            #expect(error.isRetriable)
        }
        #expect(try pool.withConnection { try $0.number("SELECT 1") } == 1)
    }

    @Test func aConnectionThatWasLeftInTheMiddleIsNotLentAgain() async throws {
        let pool = PostgresPool(try await PostgresServerURL.fresh(), size: 1)
        let first = try pool.withConnection { connection in
            try connection.execute("BEGIN")
            return try connection.number(Self.backend)
        }
        let second = try pool.withConnection { try $0.number(Self.backend) }
        #expect(first != second)
        // An error alone is no reason.
        _ = try failure { try pool.withConnection { _ = try $0.number("SELECT no_such") } }
        #expect(try pool.withConnection { try $0.number(Self.backend) } == second)
    }

    @Test func whatNobodyUsesIsClosed() async throws {
        let time = Mutex(ContinuousClock.now)
        let pool = PostgresPool(
            try await PostgresServerURL.fresh(),
            size: 3,
            idleMax: .seconds(60),
            now: { time.withLock { $0 } }
        )
        let sessions = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend'
            """
        let before = try pool.withConnection { one in
            try pool.withConnection { two in
                try pool.withConnection { three in
                    _ = try (two.number("SELECT 1"), three.number("SELECT 1"))
                    return try one.number(sessions)
                }
            }
        }
        #expect(before == 3)
        time.withLock { $0 += .seconds(61) }
        _ = try pool.withConnection { try $0.number("SELECT 1") }
        try await eventually {
            try pool.withConnection { try $0.number(sessions) } == 1 ? () : nil
        }
    }

    @Test func thePoolComesBackWithTheServer() async throws {
        let server = try await PostgresServer.start()
        let pool = PostgresPool(try PostgresURL(server.url), size: 2)
        let old = try pool.withConnection { try $0.number(Self.backend) }
        await server.kill()
        try await server.start()
        // The stale connection is noticed before it is lent: not even the first call fails.
        let new = try pool.withConnection { try $0.number(Self.backend) }
        #expect(old != nil && new != nil && old != new)
        await server.stop()
        #expect(
            try failure { try pool.withConnection { _ in } } == PostgresError(.unavailable, "")
        )
        try await server.start()
        let answer = try await eventually {
            try? pool.withConnection { try $0.number("SELECT 1") }
        }
        #expect(answer == 1)
        await server.stop()
    }

    @Test func aServerThatIsAwayIsNotAskedByEverybody() async throws {
        let server = try await PostgresServer.start()
        let time = Mutex(ContinuousClock.now)
        let pool = PostgresPool(
            try PostgresURL(server.url),
            size: 2,
            now: { time.withLock { $0 } }
        )
        await server.stop()
        let isAway = PostgresError(.unavailable, "")
        #expect(try failure { try pool.withConnection { _ in } } == isAway)
        try await server.start()
        // The clock stands still: it is not yet time to try again.
        #expect(try failure { try pool.withConnection { _ in } } == isAway)
        time.withLock { $0 += .seconds(1) }
        #expect(try pool.withConnection { try $0.number("SELECT 1") } == 1)
        await server.stop()
    }
}
