import Conversations
import Events

/// The parts of table `events`: one for each month, by the server's time, UTC.
struct EventMonths {
    /// A month, counted from January of year 0.
    struct Month: Hashable, Comparable {
        let number: Int

        static func < (left: Self, right: Self) -> Bool { left.number < right.number }

        /// The month of a moment; `nil` outside of what messages can have been accepted in.
        init?(_ time: Timestamp) {
            let day = time.milliseconds.flooredQuotient(86_400_000)
            // Only a clock that is wrong says otherwise; what it says goes into the part for all else.
            guard (Self.day(year: 2020, month: 1)..<Self.day(year: 2100, month: 1)).contains(day)
            else { return nil }
            var year = 1970 + Int(day / 366)
            while Self.day(year: year + 1, month: 1) <= day { year += 1 }
            var month = 1
            while month < 12, Self.day(year: year, month: month + 1) <= day { month += 1 }
            number = year * 12 + month - 1
        }

        private init(number: Int) { self.number = number }

        var next: Month { Month(number: number + 1) }

        /// When it begins, in milliseconds since 1970.
        var start: Int64 {
            Self.day(year: number / 12, month: number % 12 + 1) * 86_400_000
        }

        /// The name of the part: `events_2026_11`.
        var table: String {
            let month = number % 12 + 1
            return "events_\(number / 12)_\(month < 10 ? "0" : "")\(month)"
        }

        /// The statement that makes the part, unless it is there; then it locks nothing.
        var creation: String {
            """
            CREATE TABLE IF NOT EXISTS \(table) PARTITION OF events
                FOR VALUES FROM (\(start)) TO (\(next.start))
            """
        }

        /// The first day of a month, in days since 1970, in the Gregorian calendar.
        ///
        /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
        private static func day(year: Int, month: Int) -> Int64 {
            let year = month <= 2 ? year - 1 : year
            let era = year / 400
            let yearOfEra = year - era * 400
            let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5
            let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            return Int64(era * 146_097 + dayOfEra - 719_468)
        }
    }

    /// How long a month ahead is let be after it could not be made: each try keeps readers waiting.
    static let rest: Duration = .seconds(60)

    /// Those whose events have their place.
    private var known: Set<Month> = []
    /// Those that events came for.
    private var seen: Set<Month> = []
    private var restsUntil: ContinuousClock.Instant?

    /// The months of events whose parts are not known to be there, in order.
    mutating func missing(for events: [TimelineEvent]) -> [Month] {
        var months: Set<Month> = []
        for event in events {
            if let month = Month(event.serverTime) { months.insert(month) }
        }
        seen.formUnion(months)
        return months.subtracting(known).sorted()
    }

    /// The events of a month have their place; say so only when it is true.
    mutating func note(_ month: Month) { known.insert(month) }

    /// The months after those that events came for, if their parts are not known to be there.
    ///
    /// A part that is made before its month needs nobody's patience when the month begins.
    func ahead(at now: ContinuousClock.Instant) -> [Month] {
        if let restsUntil, now < restsUntil { return [] }
        return Set(seen.map(\.next)).subtracting(known).sorted()
    }

    /// A month ahead could not be made; it is let be for a while.
    mutating func rest(from now: ContinuousClock.Instant) { restsUntil = now + Self.rest }
}

extension Int64 {
    fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
