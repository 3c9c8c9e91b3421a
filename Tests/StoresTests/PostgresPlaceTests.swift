import Foundation
import Postgres
import ServerSupport
import Testing

@testable import Stores

/// What a store's URL and role have to say.
@Suite struct PostgresPlaceTests {
    private func setting(_ name: String, _ connection: PostgresConnection) throws -> String? {
        try connection.statement("SELECT current_setting('\(name)')").rows().text(0, 0)
    }

    @Test func optionsOfTheURLAreKept() async throws {
        let url = try await PostgresServer.shared().createDatabase()
        let place = try PostgresPlace(
            url + "?options=-cstatement_timeout%3D4321%20-csearch_path%3Delsewhere&schema=here"
                + "&options=-cwork_mem%3D1234kB"
        )
        let connection = try PostgresConnection(place.url)
        #expect(try setting("statement_timeout", connection) == "4321ms")
        #expect(try setting("work_mem", connection) == "1234kB")
        #expect(try setting("search_path", connection) == "here")
    }

    @Test func aRoleNeedsNoPrivilegeButItsSchema() async throws {
        let url = try await PostgresServer.shared().createDatabase()
        let admin = try PostgresConnection(PostgresURL(url))
        let role = "r_\(UInt64.random(in: .min ... .max))"
        try admin.execute(
            """
            CREATE ROLE \(role) LOGIN;
            CREATE SCHEMA martlet AUTHORIZATION \(role);
            """
        )
        let place = try PostgresPlace(url.replacing("postgres@", with: "\(role)@"))
        try PostgresHotStore(place).close()
        #expect(try PostgresStoreReader(place).digest(of: .events).rows == 0)
        let other = try PostgresPlace(url.replacing("postgres@", with: "\(role)@") + "?schema=no")
        #expect(throws: StoreError(.database, "")) { try PostgresHotStore(other) }
    }
}
