import Events
import Foundation
import Stores
import Testing

@testable import Archives

/// Python's own zip and JSON readers look at our archives.
@Suite struct RefereeTests {
    private static let script = #"""
        import hashlib, json, sys, zipfile
        with zipfile.ZipFile(sys.argv[1]) as archive:
            assert archive.testzip() is None
            entries = []
            for info in archive.infolist():
                data = archive.read(info)
                lines = data.decode("utf-8").split("\n")
                assert lines.pop() == ""
                values = [json.loads(line) for line in lines]
                entries.append({
                    "name": info.filename, "sha256": hashlib.sha256(data).hexdigest(),
                    "seqs": [value.get("seq", 0) for value in values],
                    "texts": [value.get("text", "") for value in values],
                    "time": list(info.date_time), "method": info.compress_type,
                    "extra": len(info.extra), "comment": len(info.comment),
                })
            manifest = json.loads(archive.read("manifest.json"))
            index = archive.read("index.json")
            assert hashlib.sha256(index).hexdigest() == manifest["index_sha256"]
            print(json.dumps({
                "entries": entries, "day": manifest["day"], "events": manifest["events"],
                "index": [e["sha256"] for e in json.loads(index)["conversations"]],
            }))
        """#

    private struct Answer: Decodable {
        struct Entry: Decodable {
            let name: String
            let sha256: String
            let seqs: [Int64]
            let texts: [String]
            let time: [Int]
            let method: Int
            let extra: Int
            let comment: Int
        }

        let entries: [Entry]
        let day: String
        let events: Int
        let index: [String]
    }

    private func ask(_ path: String) throws -> Answer {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.script, path]
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try JSONDecoder().decode(Answer.self, from: data)
    }

    @Test func pythonReadsTheSame() throws {
        let folder = try TemporaryFolder()
        var random = SeededRandom(state: 99)
        var rows = Samples.rows(conversations: 12, eventsMax: 50, &random)
        rows += [
            Samples.message("é \"\\\n\u{1F}日", in: .init(high: .max, low: .max), seq: 1)
        ]
        let packed = try Samples.pack(rows, at: folder.file("a.zip"))
        let answer = try ask(packed.path)
        #expect(answer.day == "2026-11-23")
        #expect(answer.events == rows.count)
        #expect(answer.index == packed.conversations.map(\.summary.sha256))
        #expect(answer.entries.map(\.name).suffix(2) == ["index.json", "manifest.json"])
        #expect(answer.entries.allSatisfy { $0.method == 8 && $0.extra == 0 && $0.comment == 0 })
        #expect(answer.entries.allSatisfy { $0.time == [2026, 11, 23, 12, 0, 0] })
        for (entry, conversation) in zip(answer.entries, packed.conversations) {
            let summary = conversation.summary
            #expect(entry.name == "conversations/\(summary.conversation).jsonl")
            #expect(entry.sha256 == summary.sha256)
            #expect(
                entry.seqs == rows.filter { $0.conversation == summary.conversation }.map(\.seq)
            )
        }
        #expect(answer.entries[12].texts == ["é \"\\\n\u{1F}日"])
    }
}
