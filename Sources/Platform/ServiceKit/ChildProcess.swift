import Foundation
import Synchronization

/// A process that this one started and will see the end of.
///
/// It lives in a process group of its own, so Ctrl-C in a terminal reaches only the parent, which then stops its children in order. Its
/// standard input is a pipe that ends with the parent (`ParentWatch`). A signal can never reach a stranger that got the
/// same number: signalling and reaping exclude one another.
public final class ChildProcess: Sendable {
    /// How a process ended.
    public enum Exit: Hashable, Sendable, CustomStringConvertible {
        /// By itself, with this status.
        case exited(Int32)
        /// By this signal.
        case signalled(Int32)

        /// Such as `exited with status 1` or `was killed by signal 9`.
        public var description: String {
            switch self {
            case .exited(let status): return "exited with status \(status)"
            case .signalled(let signal): return "was killed by signal \(signal)"
            }
        }
    }

    /// Where standard output and standard error go.
    public enum Output: Sendable {
        /// Each line is handed over on a thread of its own, in order, without its end; a longer one comes in pieces.
        case lines(@Sendable (String) -> Void)
        /// Appended to a file.
        case file(String)
    }

    /// A process could not be started.
    public struct StartError: Error, CustomStringConvertible {
        /// What was tried, and why it failed.
        public let description: String
    }

    /// A line is cut after so many bytes.
    public static let lineBytesMax = 64 * 1024

    /// No process is started while a descriptor is open and not yet marked to be closed in children.
    private static let spawning = Mutex(())

    private struct State {
        var exit: Exit?
        var waiters: [CheckedContinuation<Exit, Never>] = []
        var standardInput: Int32
    }

    /// The process's number; after its end the number may be somebody else's.
    public let identifier: Int32
    private let state: Mutex<State>

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - executable: its path.
    ///   - arguments: what follows the program's name.
    ///   - environment: all of its environment, `nil` meaning this process's; `MARTLET_PARENT_PIPE` is added.
    ///   - output: where standard output and standard error go.
    /// - Throws: `StartError`.
    public init(
        executable: String,
        arguments: [String] = [],
        environment: [String: String]? = nil,
        output: Output
    ) throws {
        let environment = environment ?? ProcessInfo.processInfo.environment
        let input = try Self.makePipe()
        let sink: Int32
        let reader: Int32?
        do {
            (sink, reader) = try Self.open(output)
        } catch {
            close(input.reading)
            close(input.writing)
            throw error
        }
        defer {
            close(input.reading)
            close(sink)
        }
        do {
            identifier = try Self.spawn(
                executable: executable,
                arguments: arguments,
                environment: environment,
                input: input.reading,
                output: sink
            )
        } catch {
            close(input.writing)
            reader.map { _ = close($0) }
            throw error
        }
        state = Mutex(State(standardInput: input.writing))
        if let reader, case .lines(let body) = output {
            Self.onThread("output-\(identifier)") { Self.readLines(of: reader, body) }
        }
        Self.onThread("wait-\(identifier)") { self.reap() }
    }

    /// How it ended; `nil` while it runs.
    public var exit: Exit? { state.withLock { $0.exit } }

    /// Sends a signal; `false` if the process has ended.
    @discardableResult
    public func send(signal: Int32) -> Bool {
        state.withLock { state in
            guard state.exit == nil else { return false }
            return kill(identifier, signal) == 0
        }
    }

    /// Waits for the end of the process; cancellation does not shorten the wait.
    public func waitForExit() async -> Exit {
        await withCheckedContinuation { continuation in
            let exit: Exit? = state.withLock { state in
                if state.exit == nil { state.waiters.append(continuation) }
                return state.exit
            }
            if let exit { continuation.resume(returning: exit) }
        }
    }

    private func reap() {
        var information = siginfo_t()
        while waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) != 0 {
            guard errno == EINTR else { break }
        }
        let (exit, waiters, input) = state.withLock { state in
            var status: Int32 = 0
            while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7F
            let exit: Exit = signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
            state.exit = exit
            defer { state.waiters = [] }
            return (exit, state.waiters, state.standardInput)
        }
        close(input)
        for waiter in waiters { waiter.resume(returning: exit) }
    }
}

extension ChildProcess {
    private static func makePipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        let failed = spawning.withLock { _ in
            guard pipe(&ends) == 0 else { return true }
            return ends.contains { fcntl($0, F_SETFD, FD_CLOEXEC) < 0 }
        }
        guard !failed else {
            throw StartError(description: "cannot make a pipe: \(lastError())")
        }
        return (ends[0], ends[1])
    }

    /// The descriptor for the child to write to, and the one to read its lines from, if any.
    private static func open(_ output: Output) throws -> (sink: Int32, reader: Int32?) {
        switch output {
        case .lines:
            let pipe = try makePipe()
            return (pipe.writing, pipe.reading)
        case .file(let path):
            let sink = Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            guard sink >= 0 else {
                throw StartError(description: "cannot write to \(path): \(lastError())")
            }
            return (sink, nil)
        }
    }

    private static func spawn(
        executable: String,
        arguments: [String],
        environment: [String: String],
        input: Int32,
        output: Int32
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        // Signals that the parent ignores or has blocked must work in the child.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var surroundings = environment
        surroundings[ParentWatch.variable] = "1"
        var identifier: pid_t = 0
        let failure = withCStrings([executable] + arguments) { arguments in
            withCStrings(surroundings.map { "\($0.key)=\($0.value)" }) { environment in
                spawning.withLock { _ in
                    posix_spawn(
                        &identifier,
                        executable,
                        &actions,
                        &attributes,
                        arguments,
                        environment
                    )
                }
            }
        }
        guard failure == 0 else {
            let reason = String(cString: strerror(failure))
            throw StartError(description: "cannot start \(executable): \(reason)")
        }
        return identifier
    }

    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        pointers.append(nil)
        return body(pointers)
    }

    private static func readLines(of descriptor: Int32, _ body: (String) -> Void) {
        defer { close(descriptor) }
        var splitter = LineSplitter(lineBytesMax: lineBytesMax)
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            splitter.append(buffer[..<count], body)
        }
        splitter.finish(body)
    }

    private static func onThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = String(name.prefix(15))
        thread.stackSize = 512 * 1024
        thread.start()
    }

    private static func lastError() -> String { String(cString: strerror(errno)) }
}
