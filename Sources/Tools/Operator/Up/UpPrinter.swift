import Foundation
import Synchronization

/// Writes what the services say on the terminal: one line at a time, after the service's name in its colour.
final class UpPrinter: Sendable {
    private static let palette = [36, 33, 32, 35, 34, 96, 93, 95]

    private let isColoured: Bool
    private let width: Int
    private let write: @Sendable (String) -> Void
    private let colours: Mutex<[String: Int]>

    /// A printer for services of these names.
    init(
        names: [String],
        isColoured: Bool,
        write: @escaping @Sendable (String) -> Void = UpPrinter.writeToStandardOutput
    ) {
        self.isColoured = isColoured
        self.width = names.map(\.count).max() ?? 0
        self.write = write
        var colours: [String: Int] = [:]
        for (place, name) in names.enumerated() {
            colours[name] = Self.palette[place % Self.palette.count]
        }
        self.colours = Mutex(colours)
    }

    /// Whether standard output is a terminal that may show colours (https://no-color.org).
    static var terminalShowsColours: Bool {
        isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }

    /// Prints a service's line.
    func line(_ text: String, of name: String) {
        let colour = colours.withLock { $0[name] ?? 37 }
        let padded = name + String(repeating: " ", count: max(width - name.count, 0))
        write("\(paint(padded, colour)) \(paint("|", 90)) \(shortened(text))\n")
    }

    /// Prints something that `up` itself has to say.
    func say(_ text: String) {
        write(text + "\n")
    }

    /// Prints something that went wrong.
    func warn(_ text: String) {
        write(paint(text, 33) + "\n")
    }

    /// Emphasises a part of what `up` says.
    func bold(_ text: String) -> String { paint(text, 1) }

    /// A log line without what the prefix says already: the date, the service, and `info`.
    ///
    /// `2026-11-23T12:00:00.123Z info gateway started port=8080` becomes `12:00:00.123 started port=8080`.
    func shortened(_ text: String) -> String {
        let parts = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let time = Self.timeOfDay(parts[0]) else { return text }
        let message = parts[3]
        switch parts[1] {
        case "info", "notice": return "\(paint(time, 90)) \(message)"
        case "warning": return "\(paint(time, 90)) \(paint("warning", 33)) \(message)"
        case "error", "critical": return "\(paint(time, 90)) \(paint(parts[1], 31)) \(message)"
        case "trace", "debug": return "\(paint(time, 90)) \(paint(parts[1], 90)) \(message)"
        default: return text
        }
    }

    private static func timeOfDay(_ text: Substring) -> Substring? {
        guard text.count >= 20, text.last == "Z", text.first?.isNumber == true,
            let separator = text.firstIndex(of: "T")
        else { return nil }
        return text[text.index(after: separator)...].dropLast()
    }

    private func paint(_ text: some StringProtocol, _ code: Int) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : String(text)
    }

    /// One system call a line, so lines of different services never mix.
    ///
    /// That nobody reads them any more, as when the terminal is gone, must not keep it from stopping the services.
    @Sendable
    static func writeToStandardOutput(_ text: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }
}
