import Foundation
import Postgres
import ServerSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct LoginTests {
    @Test func aPasswordLetsInAndAWrongOneDoesNot() async throws {
        let server = try await PostgresServer.start(login: .password)
        #expect(try PostgresConnection(PostgresURL(server.url)).number("SELECT 1") == 1)
        let port = server.server.port
        let wrong = try failure {
            _ = try PostgresConnection(
                PostgresURL("postgresql://postgres:mistaken@127.0.0.1:\(port)/postgres")
            )
        }
        #expect(wrong == PostgresError(.serverRefused, ""))
        #expect(wrong.sqlState == "28P01")
        #expect(!wrong.isRetriable && !"\(wrong)".contains("mistaken"))
        let none = try failure {
            _ = try PostgresConnection(
                PostgresURL(
                    "postgresql://postgres@127.0.0.1:\(port)/postgres?passfile=/no/such/file"
                )
            )
        }
        #expect(none == PostgresError(.serverRefused, ""))
        let database = try failure {
            _ = try PostgresConnection(PostgresURL(server.url(database: "no_such")))
        }
        #expect(database == PostgresError(.serverRefused, ""))
        #expect(database.sqlState == "3D000")
        await server.stop()
    }

    @Test func aServerThatIsFullIsUnavailable() async throws {
        let settings = [
            "max_connections": "3", "superuser_reserved_connections": "0", "max_wal_senders": "0",
        ]
        let server = try await PostgresServer.start(settings: settings)
        let url = try PostgresURL(server.url)
        var all: [PostgresConnection] = []
        let error = try failure {
            for _ in 0..<4 { all.append(try PostgresConnection(url)) }
        }
        #expect(error == PostgresError(.unavailable, ""))
        #expect(error.sqlState == "53300")
        #expect(all.count >= 2)
        await server.stop()
    }

    @Test func aDatabaseOfAnotherEncodingIsRefused() async throws {
        let server = try await PostgresServer.shared()
        try PostgresConnection(PostgresURL(server.url)).execute(
            "CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0"
        )
        let error = try failure {
            _ = try PostgresConnection(PostgresURL(server.url(database: "ascii")))
        }
        #expect(error == PostgresError(.serverRefused, ""))
        #expect(error.message.contains("SQL_ASCII"))
    }

    @Test func tlsIsRequiredByTheURL() async throws {
        let plain = try await PostgresServer.shared()
        let refused = try failure {
            _ = try PostgresConnection(PostgresURL(plain.url + "?sslmode=require"))
        }
        #expect(refused == PostgresError(.serverRefused, ""))

        let server = try await PostgresServer.start(tls: true)
        let other = try await PostgresServer.start(tls: true)
        let required = try PostgresConnection(PostgresURL(server.url + "?sslmode=require"))
        #expect(required.isEncrypted)
        let without = try PostgresConnection(PostgresURL(server.url + "?sslmode=disable"))
        #expect(!without.isEncrypted)
        let verify = "?sslmode=verify-full&sslrootcert="
        let own = try PostgresConnection(PostgresURL(server.url + verify + server.certificatePath))
        #expect(own.isEncrypted)
        for path in [other.certificatePath, "/no/such/file"] {
            let error = try failure {
                _ = try PostgresConnection(PostgresURL(server.url + verify + path))
            }
            #expect(error == PostgresError(.serverRefused, ""), "\(error)")
        }
        await server.stop()
        await other.stop()
    }

    @Test func muchGoesThroughTLSInBothDirections() async throws {
        let server = try await PostgresServer.start(tls: true)
        let connection = try PostgresConnection(PostgresURL(server.url + "?sslmode=require"))
        let echo = connection.statement("SELECT $1::bytea, repeat('x', $2::int)")
        try connection.transaction(.write) {
            for size in stride(from: 1, to: 3_000_000, by: 99_991) as StrideTo<Int> {
                let bytes = [UInt8](repeating: UInt8(size & 0xFF), count: size)
                echo.bind(1, bytes: bytes)
                echo.bind(2, Int64(size))
                for _ in 0..<3 { try echo.enqueue() }
                let rows = try echo.rows()
                #expect(rows.bytes(0, 0) == bytes)
                #expect(rows.text(0, 1)?.utf8.count == size)
            }
        }
        await server.stop()
    }
}
