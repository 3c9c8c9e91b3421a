import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What a chat needs of a terminal; tests give it a fake one.
protocol ChatTerminal: Sendable {
    /// Its size now.
    var size: (rows: Int, columns: Int) { get }
    /// Writes text and commands.
    func write(_ text: String)
}

/// The terminal that the process runs in: raw mode, and the way back out of it on every exit.
final class Terminal: ChatTerminal {
    private static let enter = "\u{1B}[?1049h\u{1B}[?2004h\u{1B}[H\u{1B}[2J"
    private static let leave: StaticString = "\u{1B}[?2004l\u{1B}[?25h\u{1B}[0m\u{1B}[?1049l"

    /// The modes to go back to.
    ///
    /// Written before the signal handlers are installed and before each raw mode, read by the handlers, which may not lock.
    private nonisolated(unsafe) static var saved = termios()
    private nonisolated(unsafe) static var isRaw: sig_atomic_t = 0

    private let sources = Mutex<[any DispatchSourceSignal]>([])

    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

    var size: (rows: Int, columns: Int) {
        var window = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else {
            return (24, 80)
        }
        return (Int(window.ws_row), Int(window.ws_col))
    }

    func write(_ text: String) { StandardOutput.write(text) }

    /// Takes the terminal over.
    func begin() {
        tcgetattr(STDIN_FILENO, &Self.saved)
        atexit { Terminal.restore() }
        // A crash must not leave a terminal in which nothing is seen.
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGQUIT] {
            signal(number) { number in
                Terminal.restore()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        resume()
    }

    /// Raw mode, and a screen of its own.
    func resume() {
        var raw = Self.saved
        cfmakeraw(&raw)
        Self.isRaw = 1
        tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        write(Self.enter)
    }

    /// Gives the terminal back; may be called from a signal handler, and twice.
    static func restore() {
        guard isRaw == 1 else { return }
        isRaw = 0
        _ = Foundation.write(STDOUT_FILENO, leave.utf8Start, leave.utf8CodeUnitCount)
        tcsetattr(STDIN_FILENO, TCSANOW, &saved)
    }

    /// Stops the process, as Ctrl-Z does, and comes back when it is continued.
    func suspend() {
        Self.restore()
        kill(getpid(), SIGSTOP)
        resume()
    }

    /// Calls back, on a queue of its own, when one of these signals comes.
    func onSignals(_ numbers: [Int32], _ action: @escaping @Sendable (Int32) -> Void) {
        for number in numbers {
            signal(number, SIG_IGN)
            sources.withLock { sources in
                let source = DispatchSource.makeSignalSource(
                    signal: number,
                    queue: DispatchQueue.global()
                )
                source.setEventHandler { action(number) }
                source.resume()
                sources.append(source)
            }
        }
    }

    /// What is typed, as bytes; read by a thread of its own until the end of the input.
    static func input() -> AsyncStream<[UInt8]> {
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream(
            bufferingPolicy: .bufferingOldest(4096)
        )
        let thread = Thread {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(STDIN_FILENO, &buffer, buffer.count)
                if count < 0, errno == EINTR {
                    continue
                }
                guard count > 0 else { break }
                continuation.yield(Array(buffer[..<count]))
            }
            continuation.finish()
        }
        thread.name = "martlet-keys"
        thread.start()
        return stream
    }
}

/// Standard output without buffering; a reader that has gone is an answer, not a signal.
enum StandardOutput {
    /// Writes all of it; `false`: nobody reads any more.
    @discardableResult
    static func write(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var start = 0
            while start < bytes.count {
                let count = Foundation.write(
                    STDOUT_FILENO,
                    bytes.baseAddress.map { $0 + start },
                    bytes.count - start
                )
                if count < 0 {
                    guard errno == EINTR || errno == EAGAIN else { return false }
                    continue
                }
                start += count
            }
            return true
        }
    }
}
