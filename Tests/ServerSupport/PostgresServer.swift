import Foundation
import ServiceKit

/// A PostgreSQL server of a test.
///
/// Commits don't wait for the disk unless `settings` says otherwise (`fsync=on`): killed processes lose nothing by it.
public final class PostgresServer: Sendable {
    /// How clients log in.
    public enum Login: Sendable {
        /// Everybody from this machine is let in.
        case trust
        /// SCRAM with `PostgresServer.password`.
        case password
    }

    /// The password of the user `postgres` with `Login.password`; it has a character that a URL must escape.
    public static let password = "open sesame/7"

    /// The user that the server's processes run as if the tests run as root, which PostgreSQL refuses to be.
    private static let user = "postgres"
    private static let package = "postgresql-15"

    /// The process, its port and its folder.
    public let server: TestServer
    private let login: Login
    private let hasTLS: Bool
    private let binaries: String

    private init(_ server: TestServer, login: Login, hasTLS: Bool, binaries: String) {
        self.server = server
        self.login = login
        self.hasTLS = hasTLS
        self.binaries = binaries
    }

    /// Makes a cluster and starts its server.
    ///
    /// - Parameters:
    ///   - login: how clients log in.
    ///   - tls: whether it offers TLS, with a self-signed certificate for 127.0.0.1 and localhost (`certificatePath`).
    ///   - settings: added to its configuration, such as `["max_connections": "10"]`.
    /// - Returns: the server, ready.
    /// - Throws: `ServerError`.
    public static func start(
        login: Login = .trust,
        tls: Bool = false,
        settings: [String: String] = [:]
    ) async throws -> PostgresServer {
        let initdb = try TestServer.executable(
            "initdb",
            package: package,
            folders: await folders()
        )
        let binaries = URL(fileURLWithPath: initdb).deletingLastPathComponent().path
        let server = try TestServer(name: "postgres")
        let made = PostgresServer(server, login: login, hasTLS: tls, binaries: binaries)
        try await made.makeCluster(initdb)
        if tls { try await made.makeCertificate() }
        try made.configure(settings)
        try await made.start()
        return made
    }

    /// The one server that all tests of this process share, started when it is first asked for.
    public static func shared() async throws -> PostgresServer { try await sharedStart.value }

    private static let sharedStart = Task { try await PostgresServer.start() }

    /// Where the server's certificate is, which is its own authority.
    public var certificatePath: String { "\(data)/server.crt" }

    /// The URL of the database `postgres`, without a word on TLS.
    public var url: String { url(database: "postgres") }

    /// The URL of a database of this server.
    public func url(database: String) -> String {
        let secret: String
        switch login {
        case .trust: secret = ""
        case .password:
            let allowed = CharacterSet.alphanumerics
            let escaped = Self.password.addingPercentEncoding(withAllowedCharacters: allowed)
            secret = ":\(escaped ?? "")"
        }
        return "postgresql://\(Self.user)\(secret)@127.0.0.1:\(server.port)/\(database)"
    }

    /// Makes a fresh, empty database and gives its URL.
    public func createDatabase() async throws -> String {
        let name = "test_" + UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(16)
        var arguments = ["-h", "127.0.0.1", "-p", "\(server.port)", "-U", Self.user, "-w"]
        arguments += ["--maintenance-db", "postgres", "-T", "template0", "-E", "UTF8", name]
        try await TestServer.run(
            "\(binaries)/createdb",
            arguments,
            environment: ["PGPASSWORD": Self.password]
        )
        return url(database: name)
    }

    /// Starts the server again after `stop` or `kill`.
    public func start() async throws {
        let command = TestServer.Command(
            executable: "\(binaries)/postgres",
            arguments: ["-D", data],
            user: Self.user,
            // A fast shutdown: what runs is rolled back, and clients are not waited for.
            stopSignal: SIGINT
        )
        let port = server.port
        let isReady = "\(binaries)/pg_isready"
        try await server.start(command) {
            let arguments = ["-q", "-h", "127.0.0.1", "-p", "\(port)", "-d", "postgres"]
            return try await TestServer.outcome(isReady, arguments).exit == .exited(0)
        }
    }

    /// Stops the server in order; open connections are cut.
    public func stop() async { await server.stop() }

    /// Kills the server as `kill -9` does; it recovers when it is started again.
    public func kill() async { await server.kill() }

    private var data: String { "\(server.folder)/data" }

    /// Where Debian puts the servers, newest first, then what `pg_config` names.
    private static func folders() async -> [String] {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        var folders = versions.compactMap(Int.init).sorted(by: >).map { "\(root)/\($0)/bin" }
        if let named = try? await TestServer.run("pg_config", ["--bindir"]) {
            folders.append(named.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return folders
    }

    private func makeCluster(_ initdb: String) async throws {
        var arguments = ["-D", data, "-U", Self.user, "-E", "UTF8", "--locale=C", "--no-sync"]
        switch login {
        case .trust: arguments.append("--auth=trust")
        case .password:
            let file = "\(server.folder)/password"
            try Data(Self.password.utf8).write(to: URL(fileURLWithPath: file))
            arguments += ["--auth=scram-sha-256", "--pwfile", file]
        }
        try server.giveFolder(to: geteuid() == 0 ? Self.user : NSUserName())
        try await TestServer.run(initdb, arguments, user: Self.user)
    }

    private func makeCertificate() async throws {
        let openssl = try TestServer.executable("openssl", package: "openssl")
        let names = "subjectAltName=IP:127.0.0.1,DNS:localhost"
        var arguments = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"]
        arguments += ["-subj", "/CN=localhost", "-addext", names]
        arguments += ["-keyout", "\(data)/server.key", "-out", certificatePath]
        try await TestServer.run(openssl, arguments, user: Self.user)
    }

    private func configure(_ settings: [String: String]) throws {
        var all = [
            "listen_addresses": "127.0.0.1", "port": "\(server.port)",
            "unix_socket_directories": "", "fsync": "off", "ssl": hasTLS ? "on" : "off",
        ]
        for (name, value) in settings { all[name] = value }
        let lines = all.sorted { $0.key < $1.key }.map { "\($0.key) = '\($0.value)'\n" }
        let path = "\(data)/postgresql.conf"
        let present = FileManager.default.contents(atPath: path) ?? Data()
        guard let file = FileHandle(forWritingAtPath: path) else {
            throw ServerError("cannot write \(path)")
        }
        try file.seek(toOffset: UInt64(present.count))
        try file.write(contentsOf: Data(lines.joined().utf8))
        try file.close()
    }
}
