public import Foundation
import ServiceKit
import Synchronization

/// Somebody else's server, started for a test on a free loopback port, in a temporary folder of its own.
///
/// It dies with the test process, however that ends, and with this object. Stopped or killed, it can be started again on the same
/// port and folder.
public final class TestServer: Sendable {
    /// What to run.
    public struct Command: Sendable {
        /// The program's path, such as `executable(_:package:folders:)` finds it.
        public var executable: String
        /// What follows the program's name.
        public var arguments: [String]
        /// Added to this process's environment.
        public var environment: [String: String]
        /// Whose process it is if the tests run as root; `nil` leaves it to root.
        public var user: String?
        /// What makes it end in order.
        public var stopSignal: Int32

        /// A command of its parts.
        public init(
            executable: String,
            arguments: [String],
            environment: [String: String] = [:],
            user: String? = nil,
            stopSignal: Int32 = SIGTERM
        ) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.user = user
            self.stopSignal = stopSignal
        }
    }

    /// So long may a start take before it counts as failed.
    static let startTimeout = Duration.seconds(60)

    /// Kills its process group, hence the server, when its standard input ends, which the server does not watch.
    ///
    /// The server is the process that was started, so signals reach it and not a shell. A parent-death signal would not do: it comes
    /// with the end of the thread that started the server.
    private static let wrapper = """
        exec 3<&0
        ( ( exec < /dev/null > /dev/null 2>&1; cat <&3; kill -KILL 0 ) & )
        exec "$@" 3<&- < /dev/null
        """

    /// A short name, such as `postgres`.
    public let name: String
    private let held: ServerPort
    private let ownFolder: ServerFolder
    private let process = Mutex<ChildProcess?>(nil)
    private let command: Mutex<Command?>

    /// A server that is not started yet.
    public init(name: String) throws {
        self.name = name
        held = try ServerPort()
        ownFolder = try ServerFolder(name: name)
        command = Mutex(nil)
    }

    deinit {
        process.withLock { $0 }?.send(signal: SIGKILL)
    }

    /// The port, on 127.0.0.1.
    public var port: Int { held.number }

    /// The folder's path.
    public var folder: String { ownFolder.path }

    /// Where standard output and standard error go.
    public var outputPath: String { "\(folder)/output.log" }

    /// Whether the process runs.
    public var isRunning: Bool { process.withLock { $0 }.map { $0.exit == nil } ?? false }

    /// Gives the folder to a user of this machine, for a server that refuses to run as root.
    public func giveFolder(to user: String) throws { try ownFolder.give(to: user) }

    /// Starts the server and waits until it is ready.
    ///
    /// A process that ends before is started again, as the port or a lock may be held by one that is just dying.
    ///
    /// - Parameters:
    ///   - command: what to run; `nil` means the same as the last time.
    ///   - isReady: asked when the port answers, until it says yes.
    /// - Throws: `ServerError` with the end of the server's output.
    public func start(
        _ command: Command? = nil,
        isReady: @Sendable () async throws -> Bool = { true }
    ) async throws {
        let command = try self.command.withLock { last in
            last = command ?? last
            guard let last else { throw ServerError("\(name): nothing to start") }
            return last
        }
        guard !isRunning else { throw ServerError("\(name) runs already") }
        let clock = ContinuousClock()
        let deadline = clock.now + Self.startTimeout
        var attempts = 0
        while clock.now < deadline, attempts < 100 {
            attempts += 1
            let started = try spawn(command)
            process.withLock { $0 = started }
            while clock.now < deadline, started.exit == nil {
                if held.answers, try await isReady(), started.exit == nil { return }
                try await Task.sleep(for: .milliseconds(10))
            }
            if started.exit != nil { try await Task.sleep(for: .milliseconds(50)) }
        }
        let outcome = process.withLock { $0 }?.exit?.description ?? "does not answer"
        await kill()
        throw ServerError("\(name) on port \(port) \(outcome):\n\(outputTail())")
    }

    /// Stops the server in order and waits for its end.
    public func stop() async {
        await end(signal: command.withLock { $0?.stopSignal } ?? SIGTERM)
    }

    /// Kills the server as `kill -9` does and waits for its end.
    public func kill() async { await end(signal: SIGKILL) }

    /// Sends the server a signal, such as SIGSTOP.
    public func send(signal: Int32) { process.withLock { $0 }?.send(signal: signal) }

    private func end(signal: Int32) async {
        guard let process = process.withLock({ $0 }) else { return }
        process.send(signal: signal)
        _ = await process.waitForExit()
    }

    private func spawn(_ command: Command) throws -> ChildProcess {
        var environment = ProcessInfo.processInfo.environment
        for (name, value) in command.environment { environment[name] = value }
        let words = Self.asUser(command.user, [command.executable] + command.arguments)
        return try ChildProcess(
            executable: "/bin/sh",
            arguments: ["-c", Self.wrapper, name] + words,
            environment: environment,
            output: .file(outputPath)
        )
    }

    /// The last lines of the output, for an error.
    private func outputTail() -> String {
        let content = FileManager.default.contents(atPath: outputPath) ?? Data()
        return String(decoding: content.suffix(4_000), as: UTF8.self)
    }
}

extension TestServer {
    /// Finds a program in the given folders or in `PATH`.
    ///
    /// - Throws: `ServerError` that names the Debian package to install: a missing server is never a reason to skip a test.
    public static func executable(
        _ name: String,
        package: String,
        folders: [String] = []
    ) throws -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let all = folders + path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        for folder in all where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
            return "\(folder)/\(name)"
        }
        throw ServerError("\(name) is not here: apt-get install \(package)")
    }

    /// Runs a program to its end and gives what it wrote.
    ///
    /// - Throws: `ServerError` if it ends with another status than 0.
    @discardableResult
    public static func run(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        user: String? = nil
    ) async throws -> String {
        let (exit, output) = try await outcome(
            executable,
            arguments,
            environment: environment,
            user: user
        )
        guard exit == .exited(0) else {
            throw ServerError("\(executable) \(exit):\n\(output.suffix(4_000))")
        }
        return output
    }

    /// Runs a program to its end and gives how it ended and what it wrote.
    static func outcome(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        user: String? = nil
    ) async throws -> (exit: ChildProcess.Exit, output: String) {
        let path = "\(NSTemporaryDirectory())martlet-run-\(UUID().uuidString).log"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var surroundings = ProcessInfo.processInfo.environment
        for (name, value) in environment { surroundings[name] = value }
        let words = asUser(user, [executable] + arguments)
        let process = try ChildProcess(
            executable: "/usr/bin/env",
            arguments: words,
            environment: surroundings,
            output: .file(path)
        )
        let exit = await process.waitForExit()
        let content = FileManager.default.contents(atPath: path) ?? Data()
        return (exit, String(decoding: content, as: UTF8.self))
    }

    /// The command under another user, if we are root; the process stays the same one.
    private static func asUser(_ user: String?, _ words: [String]) -> [String] {
        guard let user, geteuid() == 0 else { return words }
        let change = ["--reuid", user, "--regid", user, "--init-groups", "--"]
        return ["/usr/bin/setpriv"] + change + words
    }
}
