import Events
import Foundation
import MartletClient
import TestKit
import Testing

/// The operator's tools, run as an operator runs them.
@Suite(.serialized) struct ToolTests {
    @Test func explainTellsAMessagesWholeLife() async throws {
        try await PipelineHarness.run { harness in
            let (ada, bob) = try await chat(harness)
            let id = try #require(bob.messages.first?.messageID)
            let tool = try await Tool.run(
                "martlet",
                ["explain", "\(id)", "--brokers", harness.brokers]
            )
            #expect(tool.status == 0, "\(tool)")
            for word in ["submissions", "timeline", "inbox", "receipts"] {
                #expect(tool.output.contains(word), "\(word) in \(tool)")
            }
            let unknown = try await Tool.run(
                "martlet",
                ["explain", "\(ada.newID())", "--brokers", harness.brokers]
            )
            #expect(unknown.status != 0, "\(unknown)")
            #expect(unknown.output.count + unknown.errors.count > 0)
            await ada.session.stop()
            await bob.session.stop()
        }
    }

    @Test func logTailShowsTheFlowAndEndsQuietlyInAPipe() async throws {
        try await PipelineHarness.run { harness in
            let (ada, bob) = try await chat(harness)
            let tail = try await Tool.run(
                "log-tail",
                [
                    "timeline", "--from", "beginning", "--count", "3", "--json", "--brokers",
                    harness.brokers,
                ]
            )
            #expect(tail.status == 0, "\(tail)")
            let lines = tail.output.split(separator: "\n")
            #expect(lines.count == 3)
            for line in lines {
                #expect(
                    (try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil,
                    "\(line)"
                )
            }
            let id = try #require(bob.messages.first?.messageID)
            #expect(lines.first?.contains(id.description) == true)
            let plain = try await Tool.run(
                "log-tail",
                ["--from", "beginning", "--count", "1", "--brokers", harness.brokers]
            )
            #expect(plain.status == 0, "\(plain)")
            #expect(!plain.output.contains("\u{1B}["), "colours in a pipe")
            let piped = try await Tool.shell(
                "log-tail --from beginning --brokers \(harness.brokers) | head -n 1"
            )
            #expect(piped.output.split(separator: "\n").count == 1, "\(piped)")
            #expect(piped.errors.isEmpty, "\(piped)")
            await ada.session.stop()
            await bob.session.stop()
        }
    }

    @Test func theStoreEqualsTheLogAndAReplayBuildsItAgain() async throws {
        try await PipelineHarness.run { harness in
            let (ada, bob) = try await chat(harness)
            let verify = try await Tool.run(
                "martlet",
                ["verify", "--data", harness.data, "--brokers", harness.brokers]
            )
            #expect(verify.status == 0, "\(verify)")
            let target = harness.data + "/replayed.sqlite"
            let replay = try await Tool.run(
                "martlet",
                [
                    "replay", "--into", target, "--data", harness.data, "--brokers",
                    harness.brokers,
                ]
            )
            #expect(replay.status == 0, "\(replay)")
            #expect(FileManager.default.fileExists(atPath: target))
            let topics = try await Tool.run(
                "martlet",
                ["topics", "check", "--brokers", harness.brokers]
            )
            #expect(topics.status == 0, "\(topics)")
            await ada.session.stop()
            await bob.session.stop()
        }
    }

    @Test func realTextGoesThroughThePipe() async throws {
        try await PipelineHarness.run { harness in
            let profiles = harness.data + "/profiles"
            let common = [
                "--server", harness.server, "--code-file", harness.data + "/verification.jsonl",
            ]
            func chat(_ me: String, _ other: String) -> [String] {
                ["chat", "--as", me, "--to", other, "--profile", "\(profiles)/\(me)"] + common
            }
            let text = (1...20).map { "\(harness.needle) line \($0)" }
            async let listening = Tool.run(
                "martlet",
                chat("+15551230002", "+15551230001") + ["--listen", "--count", "20"]
            )
            // The listener's device has to exist before anything is sent to it.
            try await wait(for: "the listener") {
                FileManager.default.fileExists(atPath: "\(profiles)/+15551230002")
                    && (try? String(
                        contentsOfFile: harness.data + "/verification.jsonl",
                        encoding: .utf8
                    )) != nil
            }
            let sending = try await Tool.run(
                "martlet",
                chat("+15551230001", "+15551230002"),
                input: text.joined(separator: "\n") + "\n"
            )
            #expect(sending.status == 0, "\(sending)")
            let heard = try await listening
            #expect(heard.status == 0, "\(heard)")
            var received: [String] = []
            for line in heard.output.split(separator: "\n") {
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
                guard let state = object as? [String: Any] else { continue }
                if state["state"] as? String == "received", let words = state["text"] as? String {
                    received.append(words)
                }
            }
            #expect(received == text)
        }
    }

    private func chat(_ harness: PipelineHarness) async throws -> (Person, Person) {
        let ada = try await Person(harness, phone: "+15551230001")
        let bob = try await Person(harness, phone: "+15551230002")
        try await ada.connect()
        try await bob.connect()
        for number in 0..<3 { try await ada.post("\(number)", to: bob) }
        try await bob.waitForMessages(3)
        let conversation = ada.conversation(with: bob)
        bob.readAll(in: conversation)
        try await wait(for: "blue ticks") { ada.ticks(in: conversation)?.readSeq == 3 }
        return (ada, bob)
    }
}
