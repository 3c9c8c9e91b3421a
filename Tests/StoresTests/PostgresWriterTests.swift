import Events
import Foundation
import Postgres
import ServerSupport
import Testing

@testable import Stores

/// The one connection that writes: how its loss is noticed, and what follows.
@Suite(.timeLimit(.minutes(5))) struct PostgresWriterTests {
    private let place: PostgresPlace

    init() async throws {
        place = try PostgresPlace(try await PostgresServer.shared().createDatabase())
    }

    private func batches(_ count: Int) -> [StoreBatch] {
        var script = Script()
        return (0..<count).map { number in
            script.post("text \(number)", from: ada, to: bob)
            return script.take()
        }
    }

    /// Ends the session that writes, and waits until its lock is free.
    private func cut(_ store: PostgresHotStore) throws {
        let backend = try number("SELECT pg_backend_pid()", store)
        let admin = try PostgresConnection(place.url)
        let end = admin.statement("SELECT pg_terminate_backend($1::int8::int4, 60000)")
        end.bind(1, backend)
        #expect(try end.rows().bool(0, 0) == true)
        #expect(throws: StoreError(.unavailable, "")) { try number("SELECT 1", store) }
    }

    private func number(_ sql: String, _ store: PostgresHotStore) throws -> Int64? {
        try store.write { database in
            try BoundStatement(database, sql).first { $0.integer(0) }
        }
    }

    @Test func theServerLooksAfterTheClientThatWrites() throws {
        let store = try PostgresHotStore(place)
        for (name, value) in [
            ("tcp_keepalives_idle", "20"), ("tcp_keepalives_interval", "10"),
            ("tcp_keepalives_count", "3"), ("tcp_user_timeout", "30000"),
            ("client_connection_check_interval", "10s"),
        ] {
            let found = try store.write { database in
                try BoundStatement(database, "SELECT current_setting('\(name)')").first {
                    $0.text(0)
                }
            }
            #expect(found?.hasPrefix(value) == true, "\(name) = \(found ?? "")")
        }
    }

    @Test func aLostConnectionIsReplacedWhenItsLockIsFree() throws {
        let store = try PostgresHotStore(place)
        let batches = batches(2)
        try store.apply(batches[0])
        try cut(store)
        let holder = try PostgresConnection(place.url)
        #expect(try holder.tryLock(place.lockKey))
        #expect(throws: StoreError(.inUse, "")) { try store.apply(batches[1]) }
        try holder.unlock(place.lockKey)
        try store.apply(batches[1])
        #expect(try store.digest(of: .events).rows == 2)
    }

    @Test(arguments: [false, true])
    func whatAnotherProcessWroteMeanwhileIsNotWrittenOver(isFirst: Bool) throws {
        let batches = batches(3)
        try PostgresHotStore(place).apply(batches[0])
        let store = try PostgresHotStore.whenFree(place)
        if !isFirst { try store.apply(batches[1]) }
        try cut(store)
        let other = try PostgresHotStore(place)
        for batch in batches.dropFirst(isFirst ? 1 : 2) { try other.apply(batch) }
        other.close()
        let positions = try store.positions()
        #expect(throws: StoreError(.database, "")) {
            try onceFree { () throws(StoreError) in
                try StoreError.wrappingPostgres { try store.apply(batches[1]) }
            }
        }
        #expect(try store.positions() == positions)
    }
}
