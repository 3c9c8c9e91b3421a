import Logging
import Synchronization

/// Keeps what is logged, for a test to read.
final class LogCapture: Sendable {
    private let entries = Mutex<[String]>([])

    /// Level, message and metadata of each entry.
    var lines: [String] { entries.withLock { $0 } }

    var logger: Logger {
        Logger(label: "cache") { _ in Handler(capture: self) }
    }

    private struct Handler: LogHandler {
        let capture: LogCapture
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let pairs = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()
            let line = "\(event.level) \(event.message) \(pairs.joined(separator: " "))"
            capture.entries.withLock { $0.append(line) }
        }
    }
}
