import Foundation
import Postgres
import ServerSupport
import Testing

/// A URL may name several hosts.
@Suite(.timeLimit(.minutes(5))) struct HostsTests {
    private static let portQuery = "SELECT inet_server_port()"

    private func url(_ ports: [Int], _ options: String = "") throws -> PostgresURL {
        let hosts = ports.map { "127.0.0.1:\($0)" }.joined(separator: ",")
        return try PostgresURL(
            "postgresql://postgres@\(hosts)/postgres?connect_timeout=1\(options)"
        )
    }

    /// The port of the server that a URL leads to.
    private func port(_ url: PostgresURL) throws -> Int? {
        try PostgresConnection(url).number(Self.portQuery).map(Int.init)
    }

    @Test func aHostThatSaysNothingDoesNotKeepFromTheNext() async throws {
        let silent = try SilentServer()
        let server = try await PostgresServer.shared().server.port
        #expect(try port(url([silent.port, server])) == server)
        #expect(try port(url([server, silent.port])) == server)
        let addresses = try PostgresURL(
            "postgresql://postgres@/postgres?hostaddr=127.0.0.1,127.0.0.1"
                + "&port=\(silent.port),\(server)&connect_timeout=1"
        )
        #expect(try port(addresses) == server)
    }

    @Test func whenAllHostsAreAwayEachIsNamed() async throws {
        let silent = try SilentServer()
        let url = try PostgresURL(
            "postgresql://postgres@/d?host=127.0.0.1,/no/such/folder&port=\(silent.port)"
                + "&connect_timeout=1"
        )
        let error = try failure { _ = try PostgresConnection(url) }
        #expect(error == PostgresError(.unavailable, ""))
        #expect(error.message.contains("127.0.0.1") && error.message.contains("/no/such/folder"))
    }

    @Test func hostsThatDoNotGoTogetherWithTheirPortsAreNotTried() async throws {
        let server = try await PostgresServer.shared().server.port
        let url = try PostgresURL(
            "postgresql://postgres@127.0.0.1,127.0.0.1/postgres?port=\(server),\(server),1"
        )
        #expect(throws: PostgresError.self) { try PostgresConnection(url) }
    }

    @Test func aHostThatRefusesIsNotPassedOver() async throws {
        let silent = try SilentServer()
        let strict = try await PostgresServer.start(login: .password)
        let server = try await PostgresServer.shared().server.port
        let options = "&password=mistaken"
        let refused = try failure {
            _ = try PostgresConnection(url([strict.server.port, server], options))
        }
        #expect(refused == PostgresError(.serverRefused, ""))
        // Whoever was away may come back and let us in.
        let mixed = try failure {
            _ = try PostgresConnection(url([silent.port, strict.server.port, server], options))
        }
        #expect(mixed == PostgresError(.unavailable, ""))
        #expect(mixed.sqlState == "28P01" && !"\(mixed)".contains("mistaken"))
        await strict.stop()
    }

    @Test func theServerOfTheWantedKindIsFound() async throws {
        let primary = try await PostgresServer.shared().server.port
        let server = try await PostgresServer.standby()
        let standby = server.server.port
        for ports in [[primary, standby], [standby, primary]] {
            for (kind, wanted) in [
                ("any", ports[0]), ("read-write", primary), ("primary", primary),
                ("read-only", standby), ("standby", standby), ("prefer-standby", standby),
            ] {
                let url = try url(ports, "&target_session_attrs=\(kind)")
                #expect(try port(url) == wanted, "\(kind)")
            }
        }
        let silent = try SilentServer()
        let preferring = "&target_session_attrs=prefer-standby"
        #expect(try port(url([silent.port, primary], preferring)) == primary)
        let none = try failure {
            _ = try PostgresConnection(url([primary, primary], "&target_session_attrs=standby"))
        }
        #expect(none == PostgresError(.unavailable, ""))
        await server.stop()
    }

    @Test func aStandbyIsUnavailableForWritingUntilItIsPromoted() async throws {
        let server = try await PostgresServer.standby()
        let connection = try PostgresConnection(PostgresURL(server.url))
        let script = try failure { try connection.execute("CREATE TABLE t (n bigint)") }
        #expect(script == PostgresError(.unavailable, ""))
        #expect(script.sqlState == "25006")
        let transaction = try failure { try connection.transaction(.write) {} }
        #expect(transaction == PostgresError(.unavailable, ""))
        #expect(connection.isOpen)
        #expect(try connection.statement("SELECT pg_promote()").rows().bool(0, 0) == true)
        try connection.execute("CREATE TABLE t (n bigint)")
        let insert = connection.statement("INSERT INTO t VALUES (1)")
        try connection.transaction(.write) { try insert.enqueue() }
        #expect(try connection.number("SELECT count(*) FROM t") == 1)
        await server.stop()
    }
}

extension PostgresServer {
    /// A server that waits to be promoted, and has nobody to follow.
    fileprivate static func standby() async throws -> PostgresServer {
        let server = try await PostgresServer.start()
        await server.stop()
        let path = "\(server.server.folder)/data/standby.signal"
        // The server's user must be able to write it.
        guard FileManager.default.createFile(atPath: path, contents: nil), chmod(path, 0o666) == 0
        else { throw ServerError("cannot write \(path)") }
        try await server.start()
        return server
    }
}
