import Conversations
import Events
import Foundation
import Postgres
import ServerSupport
import Testing

@testable import Stores

/// A schema takes another's place, and what is not a store's is left alone.
@Suite(.timeLimit(.minutes(5))) struct PostgresSwapTests {
    private let url: String
    private let live: StoreLocation
    private let new: StoreLocation
    private let admin: PostgresConnection

    init() async throws {
        url = try await PostgresServer.shared().createDatabase()
        live = .postgres(try PostgresPlace(url))
        new = .postgres(try PostgresPlace(url + "?schema=rebuilt"))
        admin = try PostgresConnection(PostgresURL(url))
    }

    private func fill(_ location: StoreLocation, _ texts: Int) throws {
        var script = Script()
        for number in 0..<texts { script.post("text \(number)", from: ada, to: bob) }
        var batch = script.take()
        // With a part of its own, and one ahead.
        batch.events[0].serverTime = Timestamp(milliseconds: 1_794_700_800_000)
        let store = try onceFree { () throws(StoreError) in try location.open() }
        try store.apply(batch)
        try store.close()
    }

    private func events(_ location: StoreLocation) throws -> Int64 {
        Int64(try location.openReader().digest(of: .events).rows)
    }

    private func replace() throws {
        let hold = try onceFree { () throws(StoreError) in try live.hold() }
        try live.replace(with: new, holding: hold)
    }

    @Test func theNewStoreTakesThePlaceOfTheOldOneAndOfNone() throws {
        for rows in 2...3 as ClosedRange<Int> {
            try fill(new, rows)
            try replace()
            #expect(try events(live) == Int64(rows))
            #expect(try new.occupant() == .nothing)
        }
    }

    @Test(arguments: [
        ("CREATE TABLE martlet.notes (n int)", "notes"),
        ("CREATE VIEW martlet.names AS SELECT name FROM martlet.accounts", "names"),
        ("CREATE MATERIALIZED VIEW martlet.sums AS SELECT 1 AS n", "sums"),
        ("CREATE SEQUENCE martlet.numbers", "numbers"),
        ("CREATE FUNCTION martlet.one() RETURNS int LANGUAGE sql AS 'SELECT 1'", "one"),
        ("CREATE TYPE martlet.mood AS ENUM ('good')", "mood"),
        ("CREATE DOMAIN martlet.positive AS int CHECK (VALUE > 0)", "positive"),
        ("CREATE VIEW public.report AS SELECT count(*) FROM martlet.events", "report"),
        (
            "CREATE TABLE public.pets (owner bytea REFERENCES martlet.accounts (account))", "pets"
        ),
    ])
    func whatIsNotTheStoresIsNotDroppedWithIt(making: String, name: String) throws {
        try fill(live, 1)
        try fill(new, 2)
        try admin.execute(making)
        do {
            try replace()
            Issue.record("replaced")
        } catch let error as StoreError {
            #expect(error == StoreError(.invalidLocation, ""))
            #expect(error.message.contains(name), "\(error)")
        }
        #expect(try events(live) == 1)
        #expect(try events(new) == 2)
        // It can be done when that is out of the way.
        guard making.contains("public.") else { return }
        try admin.execute("DROP SCHEMA public CASCADE")
        try replace()
        #expect(try events(live) == 2)
    }

    @Test func anotherProgramsTablesAreNotReplacedWhateverTheirNames() throws {
        try fill(new, 2)
        try admin.execute("CREATE SCHEMA martlet; CREATE TABLE martlet.accounts (n int)")
        #expect(throws: StoreError(.invalidLocation, "")) { try replace() }
        #expect(try admin.statement("SELECT count(*) FROM martlet.accounts").rows().count == 1)
        #expect(try events(new) == 2)
    }

    @Test func whatIsInASchemaIsRecognised() throws {
        func make(_ script: String) throws {
            try admin.execute("DROP SCHEMA IF EXISTS martlet CASCADE; CREATE SCHEMA martlet")
            try admin.execute("SET search_path = martlet; \(script)")
        }
        func check(_ script: String, _ occupant: StoreOccupant) throws {
            try make(script)
            #expect(try live.occupant() == occupant, "\(script)")
        }
        #expect(try live.occupant() == .nothing)
        try check("", .nothing)
        try check("CREATE TABLE notes (text text)", .other)
        try check("CREATE VIEW one AS SELECT 1 AS n", .other)
        let ours =
            "CREATE TABLE migrations (identifier text PRIMARY KEY, applied_time timestamptz)"
        try check(ours, .store)
        try check("\(ours); CREATE TABLE notes (text text)", .other)
        try check("\(ours); INSERT INTO migrations VALUES ('create_users')", .other)
        try check("CREATE TABLE migrations (identifier text)", .other)
        try check("CREATE TABLE migrations (id bigint, name text)", .other)
        try check(
            "CREATE VIEW migrations AS SELECT '' AS identifier, now() AS applied_time",
            .other
        )
        try check("\(ours); INSERT INTO migrations VALUES ('stores-1')", .store)
        try make("\(ours); INSERT INTO migrations VALUES ('stores-1'), ('stores-99-future')")
        #expect(throws: StoreError(.tooNew, "")) { try live.occupant() }
        try admin.execute("DROP SCHEMA martlet CASCADE")
        try fill(live, 1)
        #expect(try live.occupant() == .store)
    }

    @Test func aSchemaOfTheSameDatabaseIsKnownHoweverItsURLIsWritten() throws {
        let same = try StoreLocation(url + "?sslmode=disable&schema=rebuilt", relativeTo: "/")
        #expect(same.obstacle(toReplacing: live) == nil)
        let other = try StoreLocation(url + "_other?schema=rebuilt", relativeTo: "/")
        #expect(other.obstacle(toReplacing: live) != nil)
    }
}
