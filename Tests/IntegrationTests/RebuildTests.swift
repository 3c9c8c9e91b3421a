import EventLog
import Events
import Foundation
import GRDB
import Logging
import MartletClient
import ServiceKit
import SwiftProtobuf
import TestKit
import Testing

/// The store, spoiled, proved wrong, built anew and put in place, as an operator does it.
@Suite(.serialized) struct RebuildTests {
    @Test func aSpoiledRowIsNamedAndASwappedReplayPutsItRight() async throws {
        try await PipelineHarness.run { harness in
            let ada = try await Person(harness, phone: "+15551230001")
            let bob = try await Person(harness, phone: "+15551230002")
            for number in 1...3 { try await ada.post("\(number)", to: bob) }
            let right = ["1", "2", "3"].map { ada.mark($0) }
            try await wait(for: "history") { try await texts(harness, ada, bob) == right }
            try await expectEqual(harness)

            try spoil(harness, seq: 2)
            try await wait(for: "the forgery") {
                try await texts(harness, ada, bob).dropFirst().first == "forged"
            }
            let verify = try await martlet(harness, ["verify"])
            #expect(verify.status == 1, "\(verify)")
            let place = "conversation=\(ada.conversation(with: bob)) seq=2: other content"
            let lines = verify.output.split(separator: "\n")
            #expect(lines.contains { $0.hasPrefix("events") && $0.contains(place) }, "\(verify)")
            let tables = lines.filter { $0.hasSuffix("OK") || $0.contains("DIFFERS") }
            #expect(tables.count > 10, "\(verify)")
            #expect(tables.count { $0.contains("DIFFERS") } == 1, "\(verify)")
            #expect(!verify.output.contains("forged") && !verify.output.contains(harness.needle))

            let target = harness.data + "/new.sqlite"
            let replay = ["replay", "--into", target, "--swap"]
            let refused = try await martlet(harness, replay + ["--wait", "0"])
            #expect(refused.status == 1, "\(refused)")
            #expect(refused.errors.contains("stop it"), "\(refused)")
            #expect(FileManager.default.fileExists(atPath: target))
            #expect(try await texts(harness, ada, bob)[1] == "forged")

            // It waits for the writer to go, as it would for one that is being stopped.
            async let swapping = martlet(harness, replay)
            #expect(await harness.stop("persistence") == .exited(0))
            let swapped = try await swapping
            #expect(swapped.status == 0, "\(swapped)")
            #expect(!FileManager.default.fileExists(atPath: target))
            try await wait(for: "the right text") {
                try await texts(harness, ada, bob) == right
            }

            try await harness.start("persistence")
            try await bob.post("4", to: ada)
            try await wait(for: "the store to go on") {
                try await texts(harness, ada, bob) == right + [bob.mark("4")]
            }
            try await expectEqual(harness)
            #expect(try leftovers(harness).isEmpty)
        }
    }

    @Test func aReplayThatIsKilledAndInterruptedGoesOnToTheSameStore() async throws {
        let total: Int64 = 200_000
        var options = PipelineHarness.Options()
        options.services = [.broker]
        try await PipelineHarness.run(options) { harness in
            try await fill(harness, records: total)
            let whole = harness.data + "/whole.sqlite"
            let first = try await martlet(harness, ["replay", "--into", whole, "--json"])
            #expect(first.status == 0, "\(first)")
            #expect(first.output.contains(#""records":\#(total),"#), "\(first)")

            let pieces = harness.data + "/pieces.sqlite"
            let killed = try await interrupted(harness, pieces, SIGKILL, after: 0)
            #expect(killed.exit == .signalled(SIGKILL))
            #expect((1..<total).contains(killed.position), "\(killed.position)")
            let stopped = try await interrupted(harness, pieces, SIGINT, after: killed.position)
            #expect(stopped.exit == .exited(130))
            #expect((killed.position + 1..<total).contains(stopped.position))

            let last = try await martlet(harness, ["replay", "--into", pieces, "--json"])
            #expect(last.status == 0, "\(last)")
            let left = total - stopped.position
            #expect(last.output.contains(#""records":\#(left),"#), "\(last)")
            let digests = try await [whole, pieces].asyncMap { path in
                let verify = try await martlet(harness, ["verify", "--store", path, "--json"])
                #expect(verify.status == 0, "\(verify)")
                return try tables(verify.output)
            }
            #expect(digests[0] == digests[1])
            #expect(digests[0]["receipts"]?.hasPrefix("\(total) ") == true)

            try await refusals(harness, pieces)
        }
    }

    // MARK: Parts

    private func refusals(_ harness: PipelineHarness, _ store: String) async throws {
        let back = try await martlet(harness, ["replay", "--into", store, "--until", "5"])
        #expect(back.status == 1, "\(back)")
        #expect(back.errors.contains("beyond --until"), "\(back)")
        let other = harness.data + "/notes.txt"
        try Data("not a store, but somebody's notes".utf8).write(to: URL(filePath: other))
        let stranger = try await martlet(harness, ["replay", "--into", other])
        #expect(stranger.status == 1, "\(stranger)")
        #expect(stranger.errors.contains("something else"), "\(stranger)")
        let missing = try await martlet(harness, ["verify"])
        #expect(missing.status == 2, "\(missing)")
        #expect(missing.errors.contains("there is no store"), "\(missing)")
    }

    private func martlet(_ harness: PipelineHarness, _ arguments: [String]) async throws -> Tool {
        try await Tool.run(
            "martlet",
            arguments + ["--data", harness.data, "--brokers", harness.brokers]
        )
    }

    private func expectEqual(_ harness: PipelineHarness) async throws {
        let verify = try await martlet(harness, ["verify"])
        #expect(verify.status == 0, "\(verify)")
        #expect(verify.output.contains("The store equals the log"), "\(verify)")
    }

    /// The texts that history serves, oldest first.
    private func texts(
        _ harness: PipelineHarness,
        _ ada: Person,
        _ bob: Person
    ) async throws
        -> [String]
    {
        let history = try #require(try await harness.http.discover().history)
        // As long as the store has not got there the conversation does not exist for history.
        let page = try? await harness.http.events(
            of: ada.conversation(with: bob),
            history: history,
            token: ada.credentials.accessToken,
            afterSeq: 0
        )
        return (page?.events ?? []).compactMap {
            if case .message(let event) = $0 { event.text } else { nil }
        }
    }

    private func spoil(_ harness: PipelineHarness, seq: Int) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let queue = try DatabaseQueue(
            path: harness.data + "/history.sqlite",
            configuration: configuration
        )
        let content = try PBContent.with { $0.text = .with { $0.text = "forged" } }
            .serializedData()
        try queue.write {
            try $0.execute(
                sql: "UPDATE events SET content = ? WHERE seq = ?",
                arguments: [content, seq]
            )
        }
        try queue.close()
    }

    /// Files of the tools that should have gone.
    private func leftovers(_ harness: PipelineHarness) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: harness.data).filter {
            $0.hasPrefix("verify") || $0.hasSuffix(".sqlite-wal") && !$0.hasPrefix("history")
        }
    }

    /// Appends marks of many conversations.
    private func fill(_ harness: PipelineHarness, records: Int64) async throws {
        let brokers = harness.brokers
        try await LogReader.onThread {
            var random = SeededRandom(seed: 5)
            let producer = try EventProducer(
                EventLogConfiguration(brokers: brokers, clientID: "fill"),
                logger: Logger(label: "fill") { _ in SwiftLogNoOpLogHandler() }
            )
            defer { producer.close() }
            var batch: [OutgoingRecord] = []
            for number in 1...records {
                let conversation = ConversationID(high: random.next(), low: random.next())
                let message = PBReceipt.with {
                    $0.conversationID = Data(conversation.bytes)
                    $0.accountID = Data(conversation.bytes)
                    $0.serverTimeMs = number
                    $0.marks = .with { $0.deliveredSeq = 1 }
                }
                batch.append(
                    OutgoingRecord(
                        topic: .receipts,
                        key: conversation.bytes,
                        value: try message.serializedBytes()
                    )
                )
                guard batch.count == 5000 || number == records else { continue }
                try producer.appendAndWait(batch)
                batch = []
            }
        }
    }

    /// Starts a replay and sends it a signal when the store has got further than `position`.
    private func interrupted(
        _ harness: PipelineHarness,
        _ path: String,
        _ signal: Int32,
        after position: Int64
    ) async throws -> (exit: ChildProcess.Exit, position: Int64) {
        let child = try ChildProcess(
            executable: PipelineHarness.executableFolder() + "/martlet",
            arguments: [
                "replay", "--into", path, "--data", harness.data, "--brokers", harness.brokers,
            ],
            environment: ProcessInfo.processInfo.environment,
            output: .file(harness.logs + "/replay.log")
        )
        try await wait(for: "the replay to get on", every: .milliseconds(5)) {
            child.exit != nil || (try? self.position(of: path)) ?? 0 > position
        }
        child.send(signal: signal)
        return (await child.waitForExit(), try self.position(of: path))
    }

    /// How many records a store has read.
    private func position(of path: String) throws -> Int64 {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        return try DatabaseQueue(path: path, configuration: configuration).read {
            try Int64.fetchOne($0, sql: "SELECT sum(next_offset) FROM checkpoints") ?? 0
        }
    }

    /// Rows and digest of each table.
    private func tables(_ json: String) throws -> [String: String] {
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        var tables: [String: String] = [:]
        for table in try #require(object?["tables"] as? [[String: Any]]) {
            let name = try #require(table["table"] as? String)
            let rows = try #require(table["rows"] as? Int)
            tables[name] = "\(rows) \(try #require(table["sha256"] as? String))"
        }
        return tables
    }
}

extension Array {
    fileprivate func asyncMap<Value>(
        _ transform: (Element) async throws -> Value
    ) async rethrows
        -> [Value]
    {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
