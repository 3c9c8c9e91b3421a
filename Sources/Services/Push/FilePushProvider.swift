import Events
import Foundation

/// Appends one JSON line per notification to a file.
///
/// Each call is one `write` with `O_APPEND`, so lines of several writers never mix, and one `fsync`. A line that a
/// power failure cut short is closed by the next call, so that every other line stays readable.
public final class FilePushProvider: PushProvider {
    private let path: String

    /// A provider that appends to the file at `path`, making it when the first notification comes.
    public init(path: String) {
        self.path = path
    }

    /// Appends and syncs.
    public func deliver(_ notifications: [PushNotification]) throws {
        guard !notifications.isEmpty else { return }
        let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("open") }
        defer { close(file) }
        var lines: [UInt8] = []
        if try !endsWithNewline(file) { lines.append(UInt8(ascii: "\n")) }
        for notification in notifications {
            lines.append(contentsOf: Self.line(notification).utf8)
        }
        let written = lines.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        guard written == lines.count else { throw failure("write") }
        guard fsync(file) == 0 else { throw failure("sync") }
    }

    private func endsWithNewline(_ file: Int32) throws -> Bool {
        let end = lseek(file, 0, SEEK_END)
        guard end >= 0 else { throw failure("seek") }
        guard end > 0 else { return true }
        var last: UInt8 = 0
        guard pread(file, &last, 1, end - 1) == 1 else { throw failure("read") }
        return last == UInt8(ascii: "\n")
    }

    private func failure(_ action: String) -> PushError {
        PushError(.unavailable, "can't \(action) \(path): \(String(cString: strerror(errno)))")
    }

    /// Identifiers and numbers only: nothing needs escaping.
    static func line(_ notification: PushNotification) -> String {
        let origin = notification.origin
        let topic = Topic.all.first { $0.number == origin.topicNumber }?.name ?? "unknown"
        let devices = notification.devices.map { "\"\($0)\"" }.joined(separator: ",")
        return """
            {"kind":"\(notification.kind.name)","time":\(notification.time.milliseconds),\
            "account":"\(notification.account)","devices":[\(devices)],\
            "conversation_id":"\(notification.conversation)",\
            "message_id":"\(notification.messageID)",\
            "collapse_id":"\(notification.collapseID)",\
            "origin":{"topic":"\(topic)","partition":\(origin.partition),\
            "offset":\(origin.offset),"index":\(origin.index)}}\n
            """
    }
}
