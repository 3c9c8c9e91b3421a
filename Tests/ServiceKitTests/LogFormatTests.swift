import Events
import Logging
import Synchronization
import Testing

@testable import ServiceKit

@Suite struct LogFormatTests {
    private struct StoppedClock: WallClock {
        func now() -> Timestamp { Timestamp(milliseconds: 1_795_435_200_007) }
    }

    private func line(
        _ format: LogFormat,
        level: Logger.Level = .info,
        log: (Logger) -> Void
    ) -> [String] {
        let lines = Lines()
        var logger = Logger(label: "gateway") {
            LineLogHandler(label: $0, level: level, format: format, clock: StoppedClock()) {
                lines.append($0)
            }
        }
        logger[metadataKey: "instance"] = "gateway-1"
        log(logger)
        return lines.all
    }

    private final class Lines: Sendable {
        private let list = Mutex<[String]>([])
        var all: [String] { list.withLock { $0 } }
        func append(_ line: String) { list.withLock { $0.append(line) } }
    }

    @Test func aTextEntryIsOneReadableLine() {
        let lines = line(.text) {
            $0.info("listening", metadata: ["port": "8080", "a": "two words"])
        }
        let expected = "2026-11-23T12:00:00.007Z info gateway listening "
        #expect(lines == [expected + "a=\"two words\" instance=gateway-1 port=8080\n"])
    }

    @Test func aJSONEntryIsOneObject() {
        let lines = line(.json) { $0.warning("say \"hi\"") }
        let expected = "{\"time\":\"2026-11-23T12:00:00.007Z\",\"level\":\"warning\","
        let rest = "\"service\":\"gateway\",\"message\":\"say \\\"hi\\\"\","
        #expect(lines == [expected + rest + "\"instance\":\"gateway-1\"}\n"])
    }

    @Test(arguments: [LogFormat.text, LogFormat.json])
    func noEntryCanForgeAnotherLine(format: LogFormat) {
        let lines = line(format) {
            $0.info("a\nb\u{2028}c\u{1B}[31m", metadata: ["k": "x\r\ny"])
        }
        #expect(lines.count == 1)
        #expect(lines.first?.dropLast().unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
    }

    @Test func anEntryIsBounded() {
        let lines = line(.text) { $0.info("\(String(repeating: "é", count: 100_000))") }
        #expect((lines.first?.utf8.count ?? 0) < LogFormat.valueBytesMax + 200)
    }

    @Test func entriesBelowTheLevelAreNotWritten() {
        #expect(line(.text, level: .warning) { $0.info("quiet") }.isEmpty)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"), (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
        (Int64.max, "9999-12-31T23:59:59.999Z"), (Int64.min, "0000-01-01T00:00:00.000Z"),
    ])
    func timesAreShownInRFC3339(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
    }
}
