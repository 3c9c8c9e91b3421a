public import Events

/// A day in UTC, by which events are archived.
public struct ArchiveDay: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01.
    public let number: Int64

    private static let milliseconds: Int64 = 86_400_000

    /// The day so many days after 1970-01-01.
    public init(number: Int64) {
        self.number = number
    }

    /// The day in which a moment lies.
    public init(containing time: Timestamp) {
        let (days, rest) = time.milliseconds.quotientAndRemainder(dividingBy: Self.milliseconds)
        number = rest < 0 ? days - 1 : days
    }

    /// Reads what `description` shows: `2026-11-23`.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2] else { return nil }
        let numbers = parts.compactMap { part in
            part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                ? Int64(part) : nil
        }
        guard numbers.count == 3 else { return nil }
        self.init(year: numbers[0], month: numbers[1], day: numbers[2])
        guard date == (numbers[0], numbers[1], numbers[2]) else { return nil }
    }

    /// The algorithm `days_from_civil` (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"), for years from 0 on.
    private init(year: Int64, month: Int64, day: Int64) {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        number = era * 146_097 + dayOfEra - 719_468
    }

    /// Year, month and day; the algorithm `civil_from_days` of the same source.
    var date: (year: Int64, month: Int64, day: Int64) {
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
            dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }

    /// The moments of the day, its end excluded.
    public var times: Range<Timestamp> {
        let start = number.multipliedReportingOverflow(by: Self.milliseconds)
        guard !start.overflow, start.partialValue <= .max - Self.milliseconds else {
            let edge = Timestamp(milliseconds: number < 0 ? .min : .max)
            return edge..<edge
        }
        let first = Timestamp(milliseconds: start.partialValue)
        return first..<Timestamp(milliseconds: start.partialValue + Self.milliseconds)
    }

    /// Orders by time.
    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    /// The date, such as `2026-11-23`.
    public var description: String {
        let (year, month, day) = date
        return "\(year.digits(4))-\(month.digits(2))-\(day.digits(2))"
    }
}

extension Int64 {
    /// The number with zeros in front, so that it has at least so many digits.
    func digits(_ count: Int) -> String {
        let text = String(self)
        return String(repeating: "0", count: Swift.max(0, count - text.utf8.count)) + text
    }
}
