import Events
import Testing

@testable import Archives

@Suite struct ArchiveDayTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01"), (-1, "1969-12-31"), (59, "1970-03-01"), (10_957, "2000-01-01"),
        (11_016, "2000-02-29"), (20_780, "2026-11-23"), (2_932_896, "9999-12-31"),
    ])
    func daysHaveTheirDates(number: Int64, text: String) {
        #expect(ArchiveDay(number: number).description == text)
        #expect(ArchiveDay(text)?.number == number)
    }

    @Test func everyDayOfSixHundredYearsIsReadAsItIsShown() {
        for number in Int64(-60_000)...160_000 {
            let day = ArchiveDay(number: number)
            #expect(ArchiveDay(day.description) == day)
        }
    }

    @Test(arguments: [
        "", "2026", "2026-13-01", "2026-00-10", "2026-02-29", "2026-11-31", "2026-11-23 ",
        "2026-11-2", "+026-11-23", "2026--1-23", "2026-11-00",
    ])
    func otherTextsAreNoDays(text: String) {
        #expect(ArchiveDay(text) == nil)
    }

    @Test func aMomentLiesInItsDay() {
        for number in [Int64(-3), 0, 20_780] {
            let day = ArchiveDay(number: number)
            let (start, end) = (day.times.lowerBound, day.times.upperBound)
            #expect(ArchiveDay(containing: start) == day)
            #expect(ArchiveDay(containing: end - .milliseconds(1)) == day)
            #expect(ArchiveDay(containing: end) == ArchiveDay(number: number + 1))
            #expect(end - start == .seconds(86_400))
        }
        for time in [Timestamp(milliseconds: .min), Timestamp(milliseconds: .max)] {
            _ = ArchiveDay(containing: time).times
            _ = ArchiveDay(containing: time).description
        }
        #expect(ArchiveDay(number: .max).times.isEmpty)
    }
}
