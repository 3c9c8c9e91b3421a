import EventLog
import Events
import Foundation
import SwiftProtobuf
import Testing

@testable import LogTail

@Suite struct RecordShowingTests {
    private func line(_ record: LogRecord, columns: Int? = nil, isColoured: Bool = false) -> String
    {
        RecordLine(
            palette: Palette(isColoured: isColoured),
            clock: LocalTime(zone: .gmt),
            columns: columns,
            now: Sample.time
        ).line(DecodedRecord(record))
    }

    private func object(_ record: LogRecord) throws -> [String: Any] {
        let line = RecordJSON().line(DecodedRecord(record))
        #expect(!line.contains("\n"))
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
        return try #require(object as? [String: Any])
    }

    @Test func aSubmissionIsOneReadableLine() throws {
        let record = try Sample.record(.submissions, Sample.submission())
        let words = [
            "00:00:00.123", "submissions/3@17    ", "post_message",
            "conv=…\(Sample.conversation.description.suffix(6))",
            "id=…\(Sample.message.description.suffix(6))",
            "from=…\(Sample.ada.description.suffix(6))",
            "dev=…\(Sample.phone.description.suffix(6))",
            "to=…\(Sample.bob.description.suffix(6))", "“Hello there”",
        ]
        #expect(line(record) == words.joined(separator: " "))
    }

    @Test func anotherDayShowsItsDate() throws {
        let record = try Sample.record(
            .submissions,
            Sample.submission(),
            at: Sample.time - .seconds(3600)
        )
        #expect(line(record).hasPrefix("2024-02-29 23:00:00.123 submissions/3@17"))
    }

    @Test func theLineFitsTheTerminal() throws {
        for text in [
            "short", String(repeating: "long ", count: 500), String(repeating: "長い", count: 300),
            String(repeating: "👩‍👩‍👧", count: 99), "",
        ] {
            let record = try Sample.record(.timeline, Sample.event(text))
            for columns in [80, 100, 132, 400] {
                let shown = line(record, columns: columns)
                #expect(TerminalText.width(shown) <= columns, "\(columns) columns: \(shown)")
                #expect(shown.contains("message_posted"))
            }
            #expect(!line(record, columns: 80, isColoured: true).contains("\n"))
        }
    }

    @Test func withoutATerminalNothingIsCutAndNothingColoured() throws {
        let text = String(repeating: "long ", count: 500) + "end"
        let shown = line(try Sample.record(.timeline, Sample.event(text)))
        #expect(shown.contains("long end”"))
        #expect(!shown.contains("\u{1B}"))
    }

    @Test func textsCannotSteerTheTerminal() throws {
        let text = "\u{1B}[2Jboo\r\nline\u{7}\u{202E}evil\u{9B}31m\u{0}"
        let shown = line(try Sample.record(.timeline, Sample.event(text)))
        #expect(shown.contains("“·[2Jboo⏎line··evil·31m·”"))
        #expect(shown.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
        let json = try object(try Sample.record(.timeline, Sample.event(text)))
        #expect(json["text"] as? String == text)
    }

    @Test func aRecordThatCantBeDecodedIsShownAsSuch() throws {
        let broken = LogRecord(
            topicPartition: TopicPartition(.timeline, Partition(0)),
            offset: Offset(1),
            timestamp: Sample.time,
            key: [1, 2, 0xFF],
            value: [0xFF, 0xFF, 0xFF]
        )
        #expect(
            line(broken) == "00:00:00.123 timeline/0@1         undecodable bytes=3 key=0x0102ff"
        )
        #expect(try object(broken)["kind"] as? String == "undecodable")
        let tombstone = LogRecord(
            topicPartition: TopicPartition(.routes, Partition(0)),
            offset: Offset(1),
            timestamp: Sample.time,
            key: Array("3".utf8),
            value: nil
        )
        #expect(line(tombstone).hasSuffix("tombstone key=3"))
        #expect(try object(tombstone)["key"] as? String == "3")
    }

    @Test func anythingAtAllIsShownInOneLine() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let topic = try #require(Topic.all.randomElement())
            let bytes = (0..<Int.random(in: 0...60)).map { _ in UInt8.random(in: 0...255) }
            let record = LogRecord(
                topicPartition: TopicPartition(topic, Partition(0)),
                offset: Offset(.max),
                timestamp: Timestamp(milliseconds: Int64(random.next() >> 8)),
                key: Bool.random() ? nil : bytes,
                value: bytes
            )
            #expect(!line(record).contains { $0.isNewline })
            _ = try object(record)
        }
    }

    @Test func theObjectHasEverythingInFull() throws {
        let object = try object(try Sample.record(.timeline, Sample.event()))
        #expect(object["topic"] as? String == "timeline")
        #expect(object["partition"] as? Int == 3)
        #expect(object["offset"] as? Int == 17)
        #expect(object["time"] as? String == "2024-03-01T00:00:00.123Z")
        #expect(object["key"] as? String == Sample.conversation.description)
        #expect(object["submission_id"] as? String == Sample.message.description)
        #expect(object["seq"] as? Int == 12)
        #expect(object["origin"] as? String == "submissions/3@17")
        #expect(object["text"] as? String == "Hello there")
    }

    @Test func everyKindOfRecordHasItsName() throws {
        let inbox = PBInboxRecord.with { $0.event = Sample.event() }
        let ticks = PBInboxRecord.with {
            $0.ticks.accountID = .init(Sample.ada.bytes)
            $0.ticks.deliveredSeq = 7
        }
        let rejection = PBInboxRecord.with {
            $0.rejection.code = "too_old"
            $0.rejection.submissionID = .init(Sample.message.bytes)
        }
        let connected = PBSessionRecord.with { $0.connected = .init() }
        let epoch = PBRouteRecord.with { $0.inboxEpoch.epoch = 35 }
        let letter = PBDeadLetter.with { $0.code = "undecodable" }
        #expect(line(try Sample.record(.inbox, inbox)).contains(" message_posted "))
        #expect(line(try Sample.record(.inbox, ticks)).contains(" ticks acct="))
        #expect(line(try Sample.record(.inbox, rejection)).hasSuffix(" code=too_old"))
        #expect(line(try Sample.record(.sessions, connected)).hasSuffix(" connected"))
        #expect(line(try Sample.record(.routes, epoch)).hasSuffix(" inbox_epoch epoch=z"))
        #expect(line(try Sample.record(.deadLetters, letter)).contains("code=undecodable"))
        #expect(line(try Sample.record(.receipts, PBReceipt())).contains(" unknown_receipt"))
    }

    @Test func filtersFindWhatIsAboutSomebody() throws {
        let description = RecordDescription(
            DecodedRecord(try Sample.record(.timeline, Sample.event()))
        )
        #expect(RecordFilter(conversation: Sample.conversation).admits(description))
        #expect(RecordFilter(account: Sample.ada).admits(description))
        #expect(RecordFilter(account: Sample.bob).admits(description))
        let other = AccountID(high: 9, low: 9)
        #expect(!RecordFilter(account: other).admits(description))
        #expect(
            !RecordFilter(conversation: Sample.conversation, account: other).admits(description)
        )
        let filter = RecordFilter(conversation: Sample.conversation)
        let partitions = (0..<12).filter {
            filter.admits(TopicPartition(.timeline, Partition($0)), of: 12)
        }
        #expect(
            partitions.map { Partition($0) }
                == [Partitioner.partition(of: Sample.conversation, count: 12)]
        )
        #expect(filter.admits(TopicPartition(.inbox, Partition(5)), of: 12))
    }
}
