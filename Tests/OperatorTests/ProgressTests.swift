import LogTail
import Testing

@testable import Operator

@Suite struct ProgressTests {
    private func meter(_ total: Int64, _ notes: [(Int64, Duration)]) -> ProgressMeter {
        var meter = ProgressMeter(total: total)
        for (read, time) in notes { meter.note(read, at: time) }
        return meter
    }

    @Test func theRateIsThatOfTheLastSeconds() throws {
        var meter = ProgressMeter(total: 1_000_000)
        for second in 1...10 { meter.note(Int64(second) * 1000, at: .seconds(second)) }
        #expect(meter.rate == 1000)
        for second in 11...20 {
            meter.note(10_000 + Int64(second - 10) * 50_000, at: .seconds(second))
        }
        #expect(meter.rate == 50_000)
        #expect(try #require(meter.timeLeft) == .seconds(9.8))
    }

    @Test func nobodyKnowsHowLongAStandstillLasts() {
        #expect(ProgressMeter(total: 10).timeLeft == nil)
        var meter = meter(100, [(50, .seconds(1))])
        for second in 2...20 { meter.note(50, at: .seconds(second)) }
        #expect(meter.timeLeft == nil)
        #expect(!ProgressText.line(meter, "replay").contains("left"))
    }

    @Test func nothingToDoIsDone() {
        #expect(ProgressMeter(total: 0).share == 1)
        #expect(ProgressMeter(total: 5).share == 0)
    }

    @Test func aLineTellsPartAmountRateAndTimeLeft() {
        let meter = meter(2_900_000, [(1_234_567, .seconds(20))])
        #expect(
            ProgressText.line(meter, "replay")
                == "replay 42%: 1,234,567 of 2,900,000 records, 61,728/s, 0:27 left"
        )
    }

    @Test func aHundredPerCentIsSaidOnlyAtTheEnd() {
        #expect(
            ProgressText.line(meter(100_000, [(99_999, .seconds(1))]), "x").hasPrefix("x 99%")
        )
        #expect(
            ProgressText.line(meter(100_000, [(100_000, .seconds(1))]), "x").hasPrefix("x 100%")
        )
    }

    @Test func aBarFillsTheLineAndNeverOverflowsIt() {
        for columns in [1, 8, 20, 40, 60, 80, 120, 300] {
            for read in [0, 1, 777_777, 1_999_999, 2_000_000] as [Int64] {
                let bar = ProgressText.bar(
                    meter(2_000_000, [(read, .seconds(3))]),
                    "replay",
                    columns: columns
                )
                #expect(TerminalText.width(bar) < max(columns, 2), "\(columns): \(bar)")
            }
        }
        let half = ProgressText.bar(
            meter(1000, [(500, .seconds(1))]),
            "replay",
            columns: 100
        )
        #expect(half.hasPrefix("replay  50% █"))
        #expect(half.count { $0 == "█" } == half.count { $0 == "░" })
    }

    @Test(arguments: [
        (Duration.zero, "0:00"), (.milliseconds(1), "0:01"), (.seconds(59), "0:59"),
        (.seconds(60), "1:00"), (.seconds(3599.5), "1:00:00"), (.seconds(3723), "1:02:03"),
    ])
    func aDurationIsShownAsAClockShowsIt(duration: Duration, text: String) {
        #expect(ProgressText.clock(duration) == text)
    }

    @Test(
        arguments: [
            (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"),
            (Int64.min, "-9,223,372,036,854,775,808"),
        ] as [(Int64, String)]
    )
    func thousandsAreGrouped(number: Int64, text: String) {
        #expect(ProgressText.grouped(number) == text)
    }
}
