import Events
import Logging

/// How a log entry is written: one line each.
enum LogFormat: String, Sendable {
    /// `2026-11-23T12:00:00.000Z info gateway message key=value`
    case text
    /// A JSON object per line.
    case json

    /// A message, or a value of its metadata, at most; what is longer is cut.
    static let valueBytesMax = 8 * 1024

    /// The line, with its end.
    func line(
        time: Timestamp,
        level: Logger.Level,
        label: String,
        message: String,
        metadata: [(key: String, value: String)]
    ) -> String {
        var line = ""
        line.reserveCapacity(96 + message.utf8.count)
        switch self {
        case .text:
            line += "\(time.iso8601) \(level.rawValue) \(label) "
            Self.append(message, to: &line, escaping: Self.isControl)
            for (key, value) in metadata {
                line += " \(key)="
                let isPlain = !value.isEmpty && !value.unicodeScalars.contains(where: Self.splits)
                if isPlain {
                    Self.append(value, to: &line, escaping: Self.isControl)
                } else {
                    Self.appendQuoted(value, to: &line)
                }
            }
        case .json:
            line += "{\"time\":\"\(time.iso8601)\",\"level\":\"\(level.rawValue)\",\"service\":"
            Self.appendQuoted(label, to: &line)
            line += ",\"message\":"
            Self.appendQuoted(message, to: &line)
            for (key, value) in metadata {
                line += ","
                Self.appendQuoted(key, to: &line)
                line += ":"
                Self.appendQuoted(value, to: &line)
            }
            line += "}"
        }
        line += "\n"
        return line
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
            || scalar.value == 0x2028 || scalar.value == 0x2029
    }

    private static func splits(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\"" || scalar == "="
    }

    private static func appendQuoted(_ text: String, to line: inout String) {
        line += "\""
        append(text, to: &line) { isControl($0) || $0 == "\"" || $0 == "\\" }
        line += "\""
    }

    private static func append(
        _ text: String,
        to line: inout String,
        escaping mustEscape: (Unicode.Scalar) -> Bool
    ) {
        var bytesLeft = valueBytesMax
        for scalar in text.unicodeScalars {
            bytesLeft -= UTF8.width(scalar)
            guard bytesLeft >= 0 else {
                line += "…"
                return
            }
            guard mustEscape(scalar) else {
                line.unicodeScalars.append(scalar)
                continue
            }
            switch scalar {
            case "\"": line += "\\\""
            case "\\": line += "\\\\"
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            default:
                let digits = String(scalar.value, radix: 16)
                line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
    }
}
