import Events
import Foundation
import Logging

/// Writes each log entry as one line, in one write, to standard error.
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let format: LogFormat
    private let clock: any WallClock
    private let write: @Sendable (String) -> Void

    init(
        label: String,
        level: Logger.Level,
        format: LogFormat,
        clock: any WallClock = SystemClock(),
        write: @escaping @Sendable (String) -> Void = Self.writeToStandardError
    ) {
        self.label = label
        logLevel = level
        self.format = format
        self.clock = clock
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        let pairs = all.map { (key: $0.key, value: $0.value.description) }
            .sorted { $0.key < $1.key }
        write(
            format.line(
                time: clock.now(),
                level: event.level,
                label: label,
                message: event.message.description,
                metadata: pairs
            )
        )
    }

    /// One `write`, so that lines of several threads and processes do not mix; what the reader does not take is lost.
    static func writeToStandardError(_ line: String) {
        var line = line
        line.withUTF8 { bytes in
            _ = Foundation.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }
}
