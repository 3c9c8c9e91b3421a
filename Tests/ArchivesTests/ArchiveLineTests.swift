import Conversations
import Events
import Stores
import Testing

@testable import Archives

@Suite struct ArchiveLineTests {
    private func line(_ row: StoreRow) throws -> String {
        String(decoding: try ArchiveLine.encode(row), as: UTF8.self)
    }

    private func decode(_ text: String) throws -> StoreRow {
        try ArchiveLine.decode(Array(text.utf8))
    }

    @Test func theColumnsAreThoseOfTheTable() {
        #expect(StoreTable.events.columns.count == ArchiveLine.Column.allCases.count)
        let names: [ArchiveLine.Column: String] = [
            .conversation: "conversation", .seq: "seq", .messageCount: "message_count",
            .serverTime: "server_time", .content: "content", .details: "details",
            .originTopic: "origin_topic", .originIndex: "origin_index", .recipient: "recipient",
        ]
        for (column, name) in names {
            #expect(StoreTable.events.columns[column.rawValue] == name)
        }
    }

    @Test func aMessageIsALineThatAPersonCanRead() throws {
        let row = Samples.message("hi \"Bob\"\n", in: Samples.conversation(1), seq: 7)
        let id = Samples.conversation(1).description
        #expect(
            try line(row)
                == #"{"conversation":"\#(id)","seq":7,"message_count":7,"#
                + #""message_id":"0000000000e0000000000000007","kind":16,"#
                .replacing("0000000000e0000000000000007", with: name(7))
                + #""sender":"\#(name(0xADA))","device":"\#(name(0xDE))","#
                + #""recipient":"\#(name(0xB0B))","server_time":1795392000007,"#
                + #""client_time":1795391999967,"text":"hi \"Bob\"\n","#
                + #""origin":[1,3,35,0]}"# + "\n"
        )
    }

    private func name(_ number: UInt64) -> String {
        SubmissionID(high: number, low: 7).description
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func everyRowComesBackAsItWas(seed: UInt64) throws {
        var random = SeededRandom(state: seed)
        for row in Samples.rows(conversations: 10, eventsMax: 60, &random) {
            let bytes = try ArchiveLine.encode(row)
            #expect(bytes.last == 0x0A)
            #expect(!bytes.dropLast().contains(0x0A))
            #expect(try ArchiveLine.decode(bytes.dropLast()) == row, "seed \(seed)")
            #expect(try ArchiveLine.encode(row) == bytes)
            let seq = bytes.withUnsafeBytes { ArchiveLine.seq($0) }
            #expect(seq == row.seq, "seed \(seed)")
        }
    }

    @Test func onlyAPlainTextIsWrittenAsOne() throws {
        var row = Samples.message("x", in: Samples.conversation(1), seq: 1)
        #expect(try line(row).contains(#""text":"x""#))
        for content: [UInt8] in [
            [0x0A, 0x03, 0x0A, 0x01, 0xFF], [0x0A, 0x83, 0x00, 0x0A, 0x01, 0x78], [0x12, 0x00],
        ] {
            row = replacing(row, .content, .bytes(content))
            #expect(try line(row).contains(#""content":""#))
            #expect(try ArchiveLine.decode(ArchiveLine.encode(row).dropLast()) == row)
        }
        row = replacing(row, .content, .bytes([]))
        #expect(try !line(row).contains("content"))
    }

    private func replacing(
        _ row: StoreRow,
        _ column: ArchiveLine.Column,
        _ value: StoreValue
    ) -> StoreRow {
        var values = row.values
        values[column.rawValue] = value
        return StoreRow(table: row.table, values: values)
    }

    @Test func whatANewerVersionAddsIsPassedOver() throws {
        let row = Samples.message("x", in: Samples.conversation(1), seq: 1)
        let text = try line(row).dropLast(2)
        let more = text + #","later":{"a":[1,-2.5e3,true,null,"\u00e9\/"],"b":{}},"more":""}"#
        #expect(try decode(String(more)) == row)
    }

    @Test func rowsThatAreNoneAreRefused() throws {
        let row = Samples.message("x", in: Samples.conversation(1), seq: 1)
        for (column, value) in [
            (ArchiveLine.Column.seq, StoreValue.null), (.seq, .text("1")), (.sender, .null),
            (.sender, .bytes([1])), (.content, .null), (.content, .integer(1)),
            (.originIndex, .null), (.details, .text("")), (.recipient, .bytes([])),
        ] {
            #expect(throws: archiveError(.invalidRows)) {
                try ArchiveLine.encode(replacing(row, column, value))
            }
        }
        #expect(throws: archiveError(.invalidRows)) {
            try ArchiveLine.encode(StoreRow(table: .asides, values: row.values))
        }
        #expect(throws: archiveError(.invalidRows)) {
            try ArchiveLine.encode(StoreRow(table: .events, values: []))
        }
    }

    @Test func linesThatAreNoneAreRefused() throws {
        let good = String(
            try line(Samples.message("x", in: Samples.conversation(1), seq: 1)).dropLast()
        )
        _ = try decode(good)
        let bad: [String] = [
            "", "{", "{}", "[]", "null", good + " ", good + good, " " + good,
            good.replacing("\"seq\":1", with: "\"seq\":1.0"),
            good.replacing("\"seq\":1", with: "\"seq\":01"),
            good.replacing("\"seq\":1", with: "\"seq\":-0"),
            good.replacing("\"seq\":1", with: "\"seq\":1e3"),
            good.replacing("\"seq\":1", with: "\"seq\":9223372036854775808"),
            good.replacing("\"seq\":1", with: "\"seq\":-9223372036854775809"),
            good.replacing("\"seq\":1", with: "\"seq\":\"1\""),
            good.replacing("\"seq\":1", with: "\"seq\":1,\"seq\":1"),
            good.replacing("\"seq\":1,", with: ""),
            good.replacing("[1,3,5,0]", with: "[1,3,5]"),
            good.replacing("[1,3,5,0]", with: "[1,3,5,0,0]"),
            good.replacing("[1,3,5,0]", with: "{}"),
            good.replacing("\"text\":\"x\"", with: "\"text\":\"x\",\"content\":\"\""),
            good.replacing("\"text\":\"x\"", with: "\"content\":\"?\""),
            good.replacing("\"text\":\"x\"", with: "\"text\":\"\\u0041\""),
            good.replacing("\"text\":\"x\"", with: "\"text\":\"\\u+1f1\""),
            good.replacing("\"text\":\"x\"", with: "\"text\":\"\\x\""),
            good.replacing("\"text\":\"x\"", with: "\"text\":\"\\"),
            good.replacing("\"text\":\"x\"", with: "\"text\":\"\u{1}\""),
            good.replacing("\"kind\":16", with: "\"kind\":" + String(repeating: "[", count: 99)),
            good.replacing("\"kind\":16", with: "\"kind\":null"),
            good.replacing(Samples.conversation(1).description, with: "0"),
        ]
        for text in bad {
            #expect(throws: archiveError(.corrupt), "\(text)") { try decode(text) }
        }
        #expect(
            try decode(good.replacing("\"seq\":1", with: "\"seq\":-9223372036854775808")).seq
                == .min
        )
    }

    @Test func textThatIsNotUTF8IsRefused() throws {
        var bytes = try ArchiveLine.encode(
            Samples.message("zz", in: Samples.conversation(1), seq: 1)
        ).dropLast()
        let place = try #require(bytes.lastIndex(of: UInt8(ascii: "z")))
        bytes[place] = 0xFF
        #expect(throws: archiveError(.corrupt)) { try ArchiveLine.decode(Array(bytes)) }
    }

    @Test(arguments: [UInt64(11), 12, 13])
    func changedLinesAreRefusedOrReadAsARow(seed: UInt64) throws {
        var random = SeededRandom(state: seed)
        for row in Samples.rows(conversations: 5, eventsMax: 40, &random) {
            var bytes = Array(try ArchiveLine.encode(row).dropLast())
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            }
            guard let read = try? ArchiveLine.decode(bytes) else { continue }
            let again = try ArchiveLine.encode(read)
            #expect(try ArchiveLine.decode(again.dropLast()) == read, "seed \(seed)")
        }
    }
}

extension ArchiveLine {
    /// Reads a line given as a slice.
    static func decode(_ line: ArraySlice<UInt8>) throws -> StoreRow { try decode(Array(line)) }
}
