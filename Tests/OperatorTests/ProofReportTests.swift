import Events
import Foundation
import LogTail
import Stores
import Testing

@testable import Operator

@Suite struct ProofReportTests {
    private func digest(_ table: StoreTable, _ rows: Int, _ digit: Character) -> StoreDigest {
        StoreDigest(table: table, rows: rows, sha256: String(repeating: digit, count: 64))
    }

    private func equal(_ table: StoreTable) -> StoreProof.Finding {
        StoreProof.Finding(
            store: digest(table, 1200, "a"),
            log: digest(table, 1200, "a"),
            difference: nil
        )
    }

    private func report(_ findings: [StoreProof.Finding]) -> ProofReport {
        var outcome = StoreProof.Outcome()
        outcome.findings = findings
        outcome.records = 5000
        outcome.duration = .seconds(1.5)
        return ProofReport(outcome: outcome, palette: Palette(isColoured: false))
    }

    private func row(_ conversation: ConversationID, seq: Int64) -> StoreRow {
        let key: [StoreValue] = [.bytes(conversation.bytes), .integer(seq)]
        let rest = StoreTable.events.columns.count - key.count
        return StoreRow(table: .events, values: key + Array(repeating: .null, count: rest))
    }

    @Test func equalTablesAreOneLineEach() {
        let report = report(StoreTable.allCases.map(equal))
        #expect(report.lines.count == StoreTable.allCases.count + 2)
        for (table, line) in zip(StoreTable.allCases, report.lines.dropFirst()) {
            #expect(line.hasPrefix(table.rawValue))
            #expect(line.contains("1,200"))
            #expect(line.hasSuffix("aaaaaaaaaaaaaaaa  OK"))
        }
        #expect(report.outcome.isEqual)
        #expect(
            report.lines.last == "The store equals the log: 5,000 records folded in 1.5 s."
        )
    }

    @Test(arguments: [
        (StoreDifference.Kind.columns(["server_time", "content"]), "other server_time, content"),
        (.onlyHere, "the log gives no such row"), (.onlyThere, "missing in the store"),
    ])
    func aDifferenceNamesTheRowInTheTablesLine(
        kind: StoreDifference.Kind,
        words: String
    ) throws {
        let conversation = ConversationID(high: 7, low: 9)
        let finding = StoreProof.Finding(
            store: digest(.events, 3, "a"),
            log: digest(.events, 4, "b"),
            difference: StoreDifference(row: row(conversation, seq: 2), kind: kind)
        )
        let report = report([equal(.accounts), finding])
        #expect(!report.outcome.isEqual)
        #expect(
            report.lines[2].hasSuffix(
                "DIFFERS at conversation=\(conversation) seq=2: \(words); "
                    + "the log gives 4 rows, bbbbbbbbbbbbbbbb"
            )
        )
        #expect(report.lines.last?.contains("differs from the log in 1 of 2 tables") == true)
        let text = report.object.text
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        )
        #expect(object["equal"] as? Bool == false)
        let tables = try #require(object["tables"] as? [[String: Any]])
        #expect(tables[0]["first_difference"] == nil)
        #expect((tables[1]["first_difference"] as? String)?.contains("seq=2") == true)
        #expect(tables[1]["log_sha256"] as? String == String(repeating: "b", count: 64))
    }
}
