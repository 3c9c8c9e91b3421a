public import Events
public import Foundation

/// A place in the log as a person names it.
public enum LogPlace: Hashable, Sendable {
    /// The oldest record kept.
    case beginning
    /// After the newest there is now.
    case end
    /// An offset, the same in every partition.
    case offset(Offset)
    /// So many records before the end of every partition.
    case last(Int64)
    /// The first record not before that moment.
    case time(Timestamp)

    /// Reads `beginning`, `end`, an offset, `-10` (ten before the end), `-5m` (five minutes ago; ms, s, m, h, d) or a
    /// moment as ISO 8601; `nil` for anything else.
    ///
    /// A moment without a zone is local; a date alone is its beginning; a time alone is today's.
    public init?(_ text: String, now: Timestamp, zone: TimeZone = .current) {
        switch text {
        case "beginning", "start": self = .beginning
        case "end", "now": self = .end
        default:
            if let number = Int64(text), text.first != "+" {
                self =
                    number < 0 ? .last(Int64(clamping: number.magnitude)) : .offset(Offset(number))
            } else if let ago = Self.ago(text) {
                self = .time(now - ago)
            } else if let time = Self.moment(text, now: now, zone: zone) {
                self = .time(time)
            } else {
                return nil
            }
        }
    }

    private static func ago(_ text: String) -> Duration? {
        guard text.first == "-" else { return nil }
        let digits = text.dropFirst().prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), count <= 1_000_000_000 else { return nil }
        switch text.dropFirst(1 + digits.count) {
        case "ms": return .milliseconds(count)
        case "s": return .seconds(count)
        case "m": return .seconds(count * 60)
        case "h": return .seconds(count * 3600)
        case "d": return .seconds(count * 86_400)
        default: return nil
        }
    }

    private static func moment(_ text: String, now: Timestamp, zone: TimeZone) -> Timestamp? {
        let today = LocalTime(zone: zone).date(now)
        let full = text.contains("-") ? text : "\(today)T\(text)"
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = zone
        formatter.isLenient = false
        let separated = full.replacingOccurrences(of: " ", with: "T")
        for pattern in [
            "yyyy-MM-dd'T'HH:mm:ss.SSSXXXXX", "yyyy-MM-dd'T'HH:mm:ssXXXXX",
            "yyyy-MM-dd'T'HH:mmXXXXX", "yyyy-MM-dd'T'HH:mm:ss.SSS", "yyyy-MM-dd'T'HH:mm:ss",
            "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd",
        ] {
            formatter.dateFormat = pattern
            if let date = formatter.date(from: separated) {
                return Timestamp(
                    milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded())
                )
            }
        }
        return nil
    }
}
