import Foundation
import MartletClient
import TestKit
import Testing

/// The log is gone, and comes back.
@Suite(.serialized) struct LogAwayTests {
    @Test func postingIsRefusedInTimeAndEverythingResumesByItself() async throws {
        var options = PipelineHarness.Options()
        options.restartsByItself = false
        try await PipelineHarness.run(options) { harness in
            let ada = try await Person(harness, phone: "+15551230001")
            let bob = try await Person(harness, phone: "+15551230002")
            try await ada.connect()
            try await bob.connect()
            try await ada.post("before", to: bob)
            try await bob.waitForMessages(1)
            let before = try #require(await memory(of: "gateway", harness))
            await harness.kill("broker")
            let body = #"{"recipient":"\#(bob.account)","message":"\#(harness.needle)"}"#
            let call = Call("POST", "/v1/messages", body, token: ada.credentials.accessToken)
            for _ in 0..<20 {
                let start = ContinuousClock.now
                let answer = try await call.send(to: harness.server)
                #expect(answer.status == 503)
                #expect(answer.problem == "log_unavailable")
                #expect(answer.retryAfter.flatMap { Int($0) } ?? 0 >= 1)
                // The requirement itself is a time.
                #expect(ContinuousClock.now - start < .seconds(2))
            }
            try await flood(call, harness)
            let after = try #require(await memory(of: "gateway", harness))
            #expect(after < before + 64 << 20, "memory grew from \(before) to \(after) bytes")
            for name in await harness.names where name != "broker" {
                #expect(await harness.identifier(of: name) != nil, "\(name) died")
            }
            try await harness.start("broker")
            let id = ada.newID()
            try await wait(for: "the log to take messages again") {
                let message = OutgoingMessage(
                    id: id,
                    to: .account(bob.account),
                    text: ada.mark("after")
                )
                return
                    (try? await harness.http.post(message, token: ada.credentials.accessToken))
                    != nil
            }
            try await wait(for: "the message to arrive") {
                bob.messages.contains { $0.messageID == id }
            }
            #expect(bob.messages.map(\.seq) == Array(1...UInt64(bob.messages.count)))
            #expect(await harness.accidents.isEmpty)
            await ada.session.stop()
            await bob.session.stop()
        }
    }

    /// Many at once: none may wait for room that never comes.
    private func flood(_ call: Call, _ harness: PipelineHarness) async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 {
                group.addTask { try await call.send(to: harness.server).status }
            }
            for try await status in group { #expect(status == 503 || status == 429) }
        }
    }

    private func memory(of name: String, _ harness: PipelineHarness) async -> Int? {
        guard let identifier = await harness.identifier(of: name),
            let text = try? String(contentsOfFile: "/proc/\(identifier)/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return pages * 4096
    }
}
