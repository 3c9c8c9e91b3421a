import Foundation
import Postgres
import ServerSupport
import Synchronization
import Testing

/// The server goes away in the middle.
@Suite(.timeLimit(.minutes(5))) struct FailureTests {
    @Test func aSessionThatTheServerEndsIsUnavailable() async throws {
        let url = try await PostgresServerURL.fresh()
        let connection = try PostgresConnection(url)
        let other = try PostgresConnection(url)
        let number = try #require(try connection.number("SELECT pg_backend_pid()"))
        let end = other.statement("SELECT pg_terminate_backend($1::int8::int4, 5000)")
        end.bind(1, number)
        #expect(try end.rows().bool(0, 0) == true)
        let error = try failure { _ = try connection.number("SELECT 1") }
        #expect(error == PostgresError(.unavailable, ""))
        #expect(error.isRetriable && !connection.isOpen)
        let again = try failure { try connection.transaction(.write) {} }
        #expect(again == PostgresError(.unavailable, ""))
    }

    @Test func aSessionThatEndsDuringAStatementSaysWhy() async throws {
        let url = try await PostgresServerURL.fresh()
        let connection = try PostgresConnection(url)
        let other = try PostgresConnection(url)
        let number = try #require(try connection.number("SELECT pg_backend_pid()"))
        async let running = onThread {
            try failure { try connection.statement("SELECT pg_sleep(600)").run() }
        }
        try await Self.untilActive("%pg_sleep(600)%", other)
        let end = other.statement("SELECT pg_terminate_backend($1::int8::int4, 5000)")
        end.bind(1, number)
        try end.run()
        let error = try await running
        #expect(error == PostgresError(.unavailable, ""))
        #expect(error.sqlState == "57P01")
    }

    @Test func aServerThatIsStoppedComesBack() async throws {
        let server = try await PostgresServer.start()
        let url = try PostgresURL(server.url)
        let connection = try PostgresConnection(url)
        try connection.execute("CREATE TABLE t (n bigint)")
        await server.stop()
        let error = try failure {
            try connection.transaction(.write) {
                try connection.statement("INSERT INTO t VALUES (1)").enqueue()
            }
        }
        // Before COMMIT or at it: this side sent all at once and can't know.
        #expect([.unavailable, .commitUnknown].contains(error.code))
        let refused = try failure { _ = try PostgresConnection(url) }
        #expect(refused == PostgresError(.unavailable, ""))
        try await server.start()
        let next = try PostgresConnection(url)
        #expect(try next.number("SELECT count(*) FROM t") == 0)
        await server.stop()
    }

    @Test func aCommitWhoseAnswerIsLostIsUnknown() async throws {
        let server = try await PostgresServer.start()
        let url = try PostgresURL(server.url)
        let connection = try PostgresConnection(url)
        let other = try PostgresConnection(url)
        // COMMIT takes until the server dies.
        try connection.execute(
            """
            CREATE TABLE t (n bigint);
            CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_sleep(600); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION wait();
            """
        )
        async let outcome = onThread {
            try failure {
                try connection.transaction(.write) {
                    _ = try connection.statement("INSERT INTO t VALUES (1)").run()
                }
            }
        }
        try await Self.untilActive("COMMIT", other)
        await server.kill()
        let error = try await outcome
        #expect(error == PostgresError(.commitUnknown, ""))
        #expect(!error.isRetriable && !connection.isOpen)
        try await server.start()
        let next = try PostgresConnection(url)
        #expect(try next.number("SELECT count(*) FROM t") == 0)
        await server.stop()
    }

    /// A writer goes on through ten `kill -9` of the server; what it was told is what is there.
    @Test func whatWasCommittedSurvivesKills() async throws {
        let server = try await PostgresServer.start()
        let url = try PostgresURL(server.url)
        try PostgresConnection(url).execute("CREATE TABLE t (batch bigint, n bigint)")
        let isOver = Mutex(false)
        let committed = Mutex(0)
        async let ledger = onThread {
            var ledger = Ledger()
            while !isOver.withLock({ $0 }) {
                ledger.write(to: url) { committed.withLock { $0 += 1 } }
            }
            return ledger
        }
        for _ in 0..<10 {
            // A few commits, and then at whatever the writer is doing.
            let before = committed.withLock { $0 }
            try await eventually { committed.withLock { $0 } >= before + 3 ? () : nil }
            await server.kill()
            try await server.start()
        }
        isOver.withLock { $0 = true }
        let told = try await ledger
        let connection = try await eventually { try? PostgresConnection(url) }
        let found = Set(try connection.numbers("SELECT DISTINCT batch FROM t"))
        #expect(told.acknowledged.isSubset(of: found))
        #expect(found.isSubset(of: told.acknowledged.union(told.unknown)))
        #expect(told.acknowledged.count >= 30)
        let halves =
            "SELECT count(*) FROM (SELECT 1 FROM t GROUP BY batch HAVING count(*) <> 500) h"
        #expect(try connection.number(halves) == 0)
        await server.stop()
    }

    /// What a writer was told of its batches.
    private struct Ledger: Sendable {
        var acknowledged: Set<Int64> = []
        var unknown: Set<Int64> = []
        private var batch: Int64 = 0

        /// Writes batches until something fails.
        mutating func write(to url: PostgresURL, _ committed: () -> Void) {
            do {
                let connection = try PostgresConnection(url)
                let insert = connection.statement("INSERT INTO t VALUES ($1, $2)")
                while true {
                    batch += 1
                    try connection.transaction(.write) {
                        for number in 0..<500 as Range<Int64> {
                            insert.bind(1, batch)
                            insert.bind(2, number)
                            try insert.enqueue()
                        }
                    }
                    acknowledged.insert(batch)
                    committed()
                    guard batch % 50 != 0 else { return }
                }
            } catch {
                guard let error = error as? PostgresError else {
                    Issue.record(error)
                    return
                }
                #expect([.unavailable, .commitUnknown].contains(error.code), "\(error)")
                if error.code == .commitUnknown { unknown.insert(batch) }
            }
        }
    }

    @Test func aServerThatStandsStillIsGivenUp() async throws {
        let server = try await PostgresServer.start()
        server.server.send(signal: SIGSTOP)
        let error = try failure {
            _ = try PostgresConnection(PostgresURL(server.url + "?connect_timeout=1"))
        }
        #expect(error == PostgresError(.unavailable, ""))
        server.server.send(signal: SIGCONT)
        #expect(try PostgresConnection(PostgresURL(server.url)).number("SELECT 1") == 1)
        await server.stop()
    }

    /// Waits until the server is busy with a statement.
    private static func untilActive(
        _ pattern: String,
        _ connection: PostgresConnection
    ) async throws {
        let active = connection.statement(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()
            """
        )
        try active.bind(1, text: pattern)
        try await eventually { try active.rows().int64(0, 0) == 0 ? nil : () }
    }
}
