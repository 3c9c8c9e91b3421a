public import Events

extension Timestamp {
    /// The moment in UTC as `2026-11-23T12:00:00.000Z` (RFC 3339), for years 0 to 9999.
    ///
    /// Days are turned into a date by the algorithm `civil_from_days` (Howard Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms").
    public var iso8601: String {
        let day: Int64 = 86_400_000
        let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999
        let clamped = min(max(milliseconds, range.lowerBound), range.upperBound)
        let timeOfDay = ((clamped % day) + day) % day
        let shifted = (clamped - timeOfDay) / day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let fields: [(value: Int64, width: Int, end: Character)] = [
            (year, 4, "-"), (month, 2, "-"), (dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, 2, "T"),
            (timeOfDay / 3_600_000, 2, ":"), (timeOfDay / 60_000 % 60, 2, ":"),
            (timeOfDay / 1000 % 60, 2, "."), (timeOfDay % 1000, 3, "Z"),
        ]
        var text = ""
        for field in fields {
            let digits = String(field.value)
            text += String(repeating: "0", count: max(0, field.width - digits.count)) + digits
            text.append(field.end)
        }
        return text
    }
}
