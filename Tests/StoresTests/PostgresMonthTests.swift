import Conversations
import Events
import Foundation
import Postgres
import ServerSupport
import Testing

@testable import Stores

/// The parts of table `events` in PostgreSQL.
@Suite(.timeLimit(.minutes(5))) struct PostgresMonthTests {
    /// The 15th of November 2026.
    private static let november = Timestamp(milliseconds: 1_794_700_800_000)
    /// Thirty days later.
    private static let december = Timestamp(milliseconds: 1_797_292_800_000)

    private let url: String
    private let place: PostgresPlace

    init() async throws {
        url = try await PostgresServer.shared().createDatabase()
        place = try PostgresPlace(url)
    }

    private func batch(_ times: Timestamp..., from count: Int = 1) -> StoreBatch {
        var script = Script()
        for number in 1..<count { script.post("old \(number)", from: ada, to: bob) }
        _ = script.take()
        for number in times.indices { script.post("text \(number)", from: ada, to: bob) }
        var batch = script.take()
        for (place, time) in times.enumerated() { batch.events[place].serverTime = time }
        return batch
    }

    /// A transaction that reads `events` until its connection is closed.
    private func reader() throws -> PostgresConnection {
        let connection = try PostgresConnection(place.url)
        try connection.execute("BEGIN; SELECT count(*) FROM events")
        return connection
    }

    private func hasTable(_ name: String, _ store: PostgresHotStore) throws -> Bool {
        try store.asked("SELECT count(to_regclass('\(name)'))") == 1
    }

    // MARK: The value

    @Test func aMonthIsKnownWhenItWasNotedAndNotBefore() throws {
        let month = try #require(EventMonths.Month(Self.november))
        let events = batch(Self.november, Self.november).events
        var months = EventMonths()
        #expect(months.missing(for: events) == [month])
        #expect(months.missing(for: events) == [month])
        months.note(month)
        #expect(months.missing(for: events).isEmpty)
    }

    @Test func theMonthAfterEachThatEventsCameForIsMadeAhead() throws {
        let now = ContinuousClock.now
        let month = try #require(EventMonths.Month(Self.november))
        var months = EventMonths()
        #expect(months.ahead(at: now).isEmpty)
        _ = months.missing(for: batch(Self.november).events)
        months.note(month)
        #expect(months.ahead(at: now) == [month.next])
        months.rest(from: now)
        #expect(months.ahead(at: now).isEmpty)
        #expect(months.ahead(at: now + EventMonths.rest) == [month.next])
        months.note(month.next)
        #expect(months.ahead(at: now + EventMonths.rest).isEmpty)
        #expect(months.missing(for: batch(Self.december).events).isEmpty)
        #expect(months.ahead(at: now + EventMonths.rest) == [month.next.next])
    }

    // MARK: The tables

    @Test func aMonthWhosePartCanNotBeMadeWaitsForIt() throws {
        let store = try PostgresHotStore(place)
        let reader = try reader()
        let batch = batch(Self.november)
        for _ in 0..<2 {
            #expect(throws: StoreError(.unavailable, "")) { try store.apply(batch) }
        }
        // Whoever comes to read gets through in between.
        #expect(try store.digest(of: .events).rows == 0)
        reader.close()
        try untilApplied(batch, store)
        #expect(try store.asked("SELECT count(*) FROM events_2026_11") == 1)
        #expect(try store.asked("SELECT count(*) FROM events_other") == 0)
    }

    /// Applies a batch, if need be when the server has noticed that a reader is gone.
    private func untilApplied(_ batch: StoreBatch, _ store: PostgresHotStore) throws {
        while true {
            do {
                try store.apply(batch)
                return
            } catch let error as StoreError where error.code == .unavailable {
                continue
            }
        }
    }

    @Test func aMonthThatBeganInThePartForAllElseStaysThere() throws {
        let store = try PostgresHotStore(place)
        try store.apply(batch(Timestamp(milliseconds: 5)))
        try PostgresConnection(place.url).execute(
            "UPDATE events SET server_time = \(Self.november.milliseconds)"
        )
        try store.apply(batch(Self.november, from: 2))
        store.close()
        let again = try PostgresHotStore.whenFree(place)
        try again.apply(batch(Self.november, Self.december, from: 3))
        #expect(try !hasTable("events_2026_11", again))
        #expect(try again.asked("SELECT count(*) FROM events_other") == 3)
        #expect(try again.asked("SELECT count(*) FROM events_2026_12") == 1)
    }

    @Test func theNextMonthIsMadeAheadAndHoldsUpNobodyIfItCanNotBe() throws {
        let store = try PostgresHotStore(place)
        try store.apply(batch(Self.november))
        #expect(try hasTable("events_2026_12", store))
        store.close()
        try PostgresConnection(place.url).execute("DROP TABLE events_2026_12")
        let reader = try reader()
        let other = try PostgresHotStore.whenFree(place)
        try other.apply(batch(Self.november, from: 2))
        #expect(try other.digest(of: .events).rows == 2)
        #expect(try !hasTable("events_2026_12", other))
        try reader.execute("ROLLBACK")
        other.close()
        let third = try PostgresHotStore.whenFree(place)
        try third.apply(batch(Self.november, from: 3))
        #expect(try hasTable("events_2026_12", third))
        // Months whose parts are there are looked at beside any reader.
        try reader.execute("BEGIN; SELECT count(*) FROM events")
        third.close()
        try PostgresHotStore.whenFree(place).apply(batch(Self.december, from: 4))
        #expect(try third.asked("SELECT count(*) FROM events_2026_12") == 1)
    }
}
