import Foundation
import ServiceKit

/// A Redis of a test; it keeps nothing on the disk, so a restart empties it.
public final class RedisServer: Sendable {
    /// The process, its port and its folder.
    public let server: TestServer
    private let settings: [String: String]

    private init(_ server: TestServer, settings: [String: String]) {
        self.server = server
        self.settings = settings
    }

    /// Starts a server.
    ///
    /// - Parameter settings: its configuration, such as `["requirepass": "secret"]`, quoted where Redis wants it.
    /// - Returns: the server, ready.
    /// - Throws: `ServerError`.
    public static func start(settings: [String: String] = [:]) async throws -> RedisServer {
        let made = try RedisServer(TestServer(name: "redis"), settings: settings)
        try await made.start()
        return made
    }

    /// The one server that all tests of this process share, started when it is first asked for.
    public static func shared() async throws -> RedisServer { try await sharedStart.value }

    private static let sharedStart = Task { try await RedisServer.start() }

    /// The URL of its database 0, without a password.
    public var url: String { "redis://127.0.0.1:\(server.port)/0" }

    /// Starts the server again after `stop` or `kill`.
    public func start() async throws {
        var all = [
            "bind": "127.0.0.1", "port": "\(server.port)", "dir": server.folder, "save": "\"\"",
            "appendonly": "no", "loglevel": "warning",
        ]
        for (name, value) in settings { all[name] = value }
        let lines = all.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }
        let path = "\(server.folder)/redis.conf"
        try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: path))
        let executable = try TestServer.executable("redis-server", package: "redis-server")
        let client = try TestServer.executable("redis-cli", package: "redis-tools")
        let command = TestServer.Command(executable: executable, arguments: [path])
        let port = "\(server.port)"
        // It listens before it has read what may make it end; with a password any answer is one.
        try await server.start(command) {
            try await TestServer.outcome(client, ["-p", port, "ping"]).exit == .exited(0)
        }
    }

    /// Stops the server in order.
    public func stop() async { await server.stop() }

    /// Kills the server as `kill -9` does.
    public func kill() async { await server.kill() }

    /// Makes the server hang: it has its connections, and even gets new ones, but does nothing.
    public func hang() { server.send(signal: SIGSTOP) }

    /// Ends `hang`.
    public func resume() { server.send(signal: SIGCONT) }
}
