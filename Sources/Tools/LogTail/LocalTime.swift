public import Events
public import Foundation

/// Shows moments on the clock of a time zone.
public struct LocalTime: Sendable {
    private let zone: TimeZone

    /// Shows moments in that zone; by default this machine's.
    public init(zone: TimeZone = .current) {
        self.zone = zone
    }

    /// The time of day in the zone, such as `14:03:05.123`.
    public func timeOfDay(_ time: Timestamp) -> String {
        let (_, milliseconds) = split(shifted(time))
        let seconds = milliseconds / 1000
        return Self.padded(seconds / 3600, 2) + ":" + Self.padded(seconds / 60 % 60, 2) + ":"
            + Self.padded(seconds % 60, 2) + "." + Self.padded(milliseconds % 1000, 3)
    }

    /// The date in the zone, such as `2026-03-01`.
    public func date(_ time: Timestamp) -> String {
        Self.date(days: split(shifted(time)).days)
    }

    /// The moment in UTC as ISO 8601, such as `2026-03-01T14:03:05.123Z`.
    public static func iso8601(_ time: Timestamp) -> String {
        let utc = LocalTime(zone: .gmt)
        return "\(utc.date(time))T\(utc.timeOfDay(time))Z"
    }

    private func shifted(_ time: Timestamp) -> Int64 {
        let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
        return time.milliseconds.addingReportingOverflow(
            Int64(zone.secondsFromGMT(for: date)) * 1000
        ).partialValue
    }

    private func split(_ milliseconds: Int64) -> (days: Int64, rest: Int64) {
        let day: Int64 = 86_400_000
        let rest = (milliseconds % day + day) % day
        return ((milliseconds - rest) / day, rest)
    }

    private static func padded(_ number: Int64, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// Days since 1970-01-01 as a date of the proleptic Gregorian calendar.
    private static func date(days: Int64) -> String {
        // Counted from 0000-03-01, so that a leap day is a year's last: 146,097 days make 400 years.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}
