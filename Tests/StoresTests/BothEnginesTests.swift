import Events
import Foundation
import ServerSupport
import Testing

@testable import Stores

/// What the two engines make of the same log is the same, to the last byte.
struct BothEnginesTests {
    @Test(arguments: UInt64(1)...12)
    func randomHistoriesHaveTheSameDigests(seed: UInt64) async throws {
        let folder = try TemporaryFolder()
        var random = SeededRandom(state: seed)
        var room = try Room(randomly: seed, &random)
        let file = try SQLiteHotStore(path: folder.file("history.sqlite"))
        let url = try await PostgresServer.shared().createDatabase()
        let database = try PostgresHotStore(PostgresPlace(url))
        let batch = room.take()
        try file.apply(batch)
        try database.apply(batch)
        #expect(try file.firstDifference(with: database) == nil)
        #expect(try file.digests() == database.digests())
        #expect(try file.digest(of: .events).rows > 0)
    }

    @Test func statementsAreSaidInPostgreSQLsWords() {
        let sql = """
            SELECT max(a), max(b, max(c, ?1)), x'', x'0a' FROM t CROSS JOIN u v ON v.a = t.a
            WHERE d IN (?2) AND e IN (x'', ?3) AND maximax(1, 2)
            """
        let said = """
            SELECT max(a), greatest(b, greatest(c, $1)), '\\x'::bytea, '\\x0a'::bytea \
            FROM t JOIN u v ON v.a = t.a
            WHERE d = ANY($2) AND e IN ('\\x'::bytea, $3) AND maximax(1, 2)
            """
        #expect(PortableSQL.translation(of: sql) == said)
        let bare = "SELECT a FROM t INDEXED BY i WHERE (a, b) > (?, ?)"
        #expect(PortableSQL.translation(of: bare) == "SELECT a FROM t WHERE (a, b) > ($1, $2)")
    }

    @Test(
        arguments: [
            (-1, nil), (1_577_836_799_999, nil), (1_577_836_800_000, "events_2020_01"),
            (1_709_164_800_000, "events_2024_02"), (1_709_251_200_000, "events_2024_03"),
            (1_798_761_599_999, "events_2026_12"), (1_798_761_600_000, "events_2027_01"),
            (4_102_444_800_000, nil), (Int64.max, nil),
        ] as [(Int64, String?)]
    )
    func monthsAreThoseOfTheCalendar(time: Int64, table: String?) {
        #expect(EventMonths.Month(Timestamp(milliseconds: time))?.table == table)
    }
}
