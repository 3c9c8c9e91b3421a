import Foundation

/// Writes lines to standard output in large pieces, and knows when nobody reads them any more.
public final class LineWriter {
    /// The reader has gone: the pipe is closed.
    public struct ReaderGone: Error {
        /// The reader has gone.
        public init() {}
    }

    private static let bytesMax = 1 << 16

    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// Writes to a file descriptor; by default standard output.
    ///
    /// A closed pipe is then an error of `flush` and no longer a signal.
    public init(descriptor: Int32 = 1) {
        self.descriptor = descriptor
        signal(SIGPIPE, SIG_IGN)
    }

    /// Whether a person reads: the output is a terminal.
    public var isTerminal: Bool { isatty(descriptor) == 1 }

    /// The terminal's width, unless the output is none.
    public var columns: Int? {
        guard isTerminal else { return nil }
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
            return Int(size.ws_col)
        }
        return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 80
    }

    /// Whether to colour: a terminal, and `NO_COLOR` not set (no-color.org).
    public var isColoured: Bool {
        isTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Adds a line.
    ///
    /// - Throws: `ReaderGone`.
    public func write(_ line: String) throws {
        buffer += line.utf8
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.bytesMax { try flush() }
    }

    /// Writes lines and passes them on, if somebody still reads: for what was done whether or not anybody hears of it.
    public func tell(_ lines: [String]) {
        tell(lines.map { $0 + "\n" }.joined())
    }

    /// Writes text as it is and passes it on, if somebody still reads.
    public func tell(_ text: String) {
        buffer += text.utf8
        try? flush()
    }

    /// Passes on what was written; with nothing to pass on, it looks whether the reader is still there.
    ///
    /// - Throws: `ReaderGone`.
    public func flush() throws {
        // Who only waits for more would else not notice before there is more.
        if buffer.isEmpty, isReaderGone { throw ReaderGone() }
        var start = 0
        defer { buffer.removeAll(keepingCapacity: true) }
        while start < buffer.count {
            let written = buffer[start...].withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress, $0.count)
            }
            if written >= 0 {
                start += written
            } else if errno != EINTR, errno != EAGAIN {
                throw ReaderGone()
            }
        }
    }

    /// A pipe whose other end is closed says so at once, without being written to.
    private var isReaderGone: Bool {
        var state = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&state, 1, 0) > 0 && state.revents & Int16(POLLERR) != 0
    }
}
