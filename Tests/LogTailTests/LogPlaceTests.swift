import EventLog
import Events
import Foundation
import Testing

@testable import LogTail

@Suite struct LogPlaceTests {
    private let now = Timestamp(milliseconds: 1_709_294_400_000)  // 2024-03-01T12:00:00Z

    @Test(arguments: [
        ("beginning", LogPlace.beginning), ("end", .end), ("0", .offset(Offset(0))),
        ("1042", .offset(Offset(1042))), ("-10", .last(10)),
        ("-9223372036854775808", .last(.max)),
        ("-5m", .time(Timestamp(milliseconds: 1_709_294_100_000))),
        ("-250ms", .time(Timestamp(milliseconds: 1_709_294_399_750))),
        ("-2h", .time(Timestamp(milliseconds: 1_709_287_200_000))),
        ("-1d", .time(Timestamp(milliseconds: 1_709_208_000_000))),
        ("2024-03-01T11:00:00Z", .time(Timestamp(milliseconds: 1_709_290_800_000))),
        ("2024-03-01T11:00:00.5+01:00", .time(Timestamp(milliseconds: 1_709_287_200_500))),
        ("2024-03-01 11:00", .time(Timestamp(milliseconds: 1_709_290_800_000))),
        ("2024-03-01", .time(Timestamp(milliseconds: 1_709_251_200_000))),
        ("11:30", .time(Timestamp(milliseconds: 1_709_292_600_000))),
    ])
    func placesAreRead(text: String, place: LogPlace) {
        #expect(LogPlace(text, now: now, zone: .gmt) == place)
    }

    @Test(arguments: [
        "", "yesterday", "-", "-m", "5m", "--5m", "-5y", "+3", "2024-13-01", "2024-02-30",
        "25:00", "-99999999999999999999d", "1e3",
    ])
    func whatIsNoPlaceIsRefused(text: String) {
        #expect(LogPlace(text, now: now, zone: .gmt) == nil)
    }

    @Test func batchesAreShownByTimeButNeverAgainstAPartitionsOrder() {
        func record(_ partition: Int32, _ offset: Int64, _ time: Int64) -> LogRecord {
            LogRecord(
                topicPartition: TopicPartition(.timeline, Partition(partition)),
                offset: Offset(offset),
                timestamp: Timestamp(milliseconds: time),
                key: nil,
                value: nil
            )
        }
        let shown = LogTailer.inOrderOfTime([
            record(0, 0, 10), record(0, 1, 5), record(0, 2, 30), record(1, 0, 7), record(1, 1, 20),
        ])
        #expect(
            shown.map { "\($0.topicPartition.partition)@\($0.offset)" } == [
                "1@0", "0@0", "0@1", "1@1", "0@2",
            ]
        )
    }

    @Test func timesAreRightAroundLeapDaysAndCenturies() {
        let utc = LocalTime(zone: .gmt)
        for (milliseconds, date) in [
            (0, "1970-01-01"), (-1, "1969-12-31"), (951_782_400_000, "2000-02-29"),
            (1_709_164_800_000, "2024-02-29"), (4_107_542_400_000, "2100-03-01"),
            (-2_203_891_200_001, "1900-02-28"),
        ] as [(Int64, String)] {
            #expect(utc.date(Timestamp(milliseconds: milliseconds)) == date)
        }
        #expect(LocalTime.iso8601(Timestamp(milliseconds: -1)) == "1969-12-31T23:59:59.999Z")
    }
}
