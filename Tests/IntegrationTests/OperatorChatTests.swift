import Foundation
import MartletClient
import TestKit
import Testing

/// `martlet chat --search` and `--export` between pipes, on a real installation.
@Suite(.serialized) struct OperatorChatTests {
    /// A line that a search writes.
    private struct Line: Decodable {
        let state: String
        let text: String?
        let found: Int?
        let complete: Bool?
    }

    @Test(arguments: OperatorEngine.allCases)
    func aSearchFindsWhatWasSaidToWhoeverMaySeeIt(_ engine: OperatorEngine) async throws {
        try await OperatorInstallation.run(engine) { installation in
            let harness = installation.harness
            let ada = try await Person(harness, phone: "+15551230001")
            let bob = try await Person(harness, phone: "+15551230002")
            let cyd = try await Person(harness, phone: "+15551230003")
            try await ada.post("The harbour at dawn", to: bob)
            let other = try await bob.post("no such place", to: ada)
            let gone = try await ada.post("the harbour, and gone", to: bob)
            try await ada.post("A HARBOUR for everybody", to: cyd)
            try await bob.post("harbours are something else", to: ada)
            _ = try await harness.http.act(
                .edit(other.conversationID, other.messageID, text: bob.mark("harbour at last")),
                id: bob.newID(),
                token: bob.credentials.accessToken
            )
            _ = try await harness.http.act(
                .delete(gone.conversationID, gone.messageID),
                id: ada.newID(),
                token: ada.credentials.accessToken
            )
            let all = [
                ada.mark("A HARBOUR for everybody"), bob.mark("harbour at last"),
                ada.mark("The harbour at dawn"),
            ]
            try await expect(all, "harbour", by: ada)
            try await expect(Array(all.dropFirst()), "harbour", by: bob)
            try await expect([all[0]], "harbour", by: cyd)
            try await expect([all[0]], "harbour", by: ada, ["--to", "\(cyd.account)"])
            try await expect([all[2]], "\"the harbour at\"", by: ada)
            try await expect([all[0]], "harbour", by: ada, ["--count", "1"])
            try await expect([bob.mark("harbours are something else")], "harbours", by: bob)
            try await expect([], "nowhere", by: ada)
            // An address leads to a conversation only where one has written to it.
            let unknown = try await chat(ada, ["--search", "harbour", "--to", cyd.phone])
            #expect(unknown.status == 1 && unknown.output.isEmpty, "\(unknown)")
            let malformed = try await chat(ada, ["--search", "\"harbour"])
            #expect(malformed.status == 1 && malformed.output.isEmpty, "\(malformed)")
        }
    }

    @Test func anExportIsAZipThatOthersCanReadWithAllOfOnesMessages() async throws {
        try await OperatorInstallation.run { installation in
            let harness = installation.harness
            let talk = try await OperatorTalk(harness)
            try await talk.turn()
            let cyd = try await Person(harness, phone: "+15551230003")
            try await cyd.post("for bob alone", to: talk.bob)
            await talk.stop()
            #expect(try await installation.verifyAll().equal)

            let path = harness.data + "/ada.zip"
            let export = try await chat(talk.ada, ["--export", path])
            #expect(export.status == 0, "\(export)")
            #expect(export.output.contains(#""state":"exported""#), "\(export)")
            let files = try await unzipped(path)
            let conversation = talk.ada.conversation(with: talk.bob)
            #expect(
                Set(files.keys) == [
                    "README.txt", "account.json", "manifest.json",
                    "conversations/\(conversation).json", "conversations/\(conversation).jsonl",
                ]
            )
            let events = try #require(files["conversations/\(conversation).jsonl"])
            let lines = try events.split(separator: "\n").map {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
            #expect(lines.map { $0?["seq"] as? Int } == Array(1...1 + OperatorTalk.eventsPerTurn))
            let texts = lines.filter { $0?["kind"] as? String == "message" }
                .map { ($0?["content"] as? [String: Any])?["text"] as? String }
            #expect(
                texts == [talk.opening, talk.ada.mark("meant"), talk.bob.mark("meant")],
                "\(events)"
            )
            #expect(files.values.allSatisfy { !$0.contains("for bob alone") })
            let again = try await chat(talk.ada, ["--export", path])
            #expect(again.status == 1, "\(again)")
        }
    }

    // MARK: Parts

    /// Searches until this is found, the newest first, and nothing is left to be searched.
    private func expect(
        _ texts: [String],
        _ words: String,
        by person: Person,
        _ flags: [String] = []
    ) async throws {
        var found: [String] = []
        var last: Line?
        do {
            // What was just said is not in the store yet, and then not indexed.
            try await wait(for: "the index", within: .seconds(30), every: .milliseconds(200)) {
                let search = try await chat(person, ["--search", words] + flags)
                guard search.status == 0 else { throw HarnessError("\(search)") }
                let lines = try search.output.split(separator: "\n").map {
                    try JSONDecoder().decode(Line.self, from: Data($0.utf8))
                }
                found = lines.filter { $0.state == "found" }.map { $0.text ?? "" }
                last = lines.last
                return found == texts && last?.complete == true
            }
        } catch {
            Issue.record(
                "\(words) \(flags): \(error); found: \(found), \(String(describing: last))"
            )
        }
        #expect(last?.state == "searched" && last?.found == texts.count)
    }

    private func chat(_ person: Person, _ flags: [String]) async throws -> Tool {
        let harness = person.harness
        return try await Tool.run(
            "martlet",
            [
                "chat", "--as", person.phone, "--server", harness.server,
                "--profile", harness.data + "/profiles/" + person.phone,
                "--code-file", harness.data + "/verification.jsonl",
            ] + flags
        )
    }

    /// What is in a zip, as Python reads it.
    private func unzipped(_ path: String) async throws -> [String: String] {
        let script =
            "import json, sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); "
            + "assert z.testzip() is None; "
            + "print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))"
        let python = try await Tool.shell("python3 -c '\(script)' '\(path)'")
        guard python.status == 0 else { throw HarnessError("\(python)") }
        return try JSONDecoder().decode([String: String].self, from: Data(python.output.utf8))
    }
}
