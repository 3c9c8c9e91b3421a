import Events
import Foundation
import Push
import Testing

struct FilePushProviderTests {
    private let path = FileManager.default.temporaryDirectory
        .appendingPathComponent("martlet-push-\(UUID().uuidString).jsonl").path

    private func notification(_ number: UInt64) -> PushNotification {
        PushNotification(
            kind: number == 2 ? .added : .message,
            time: Timestamp(milliseconds: 5),
            account: bob,
            devices: [DeviceID(high: 1, low: number)],
            conversation: ConversationID(directBetween: ada, and: bob),
            messageID: SubmissionID(high: 2, low: number),
            origin: Origin(
                topicNumber: Topic.submissions.number,
                partition: Partition(3),
                offset: Offset(Int64(number)),
                index: 1
            )
        )
    }

    private func lines() throws -> [[String: Any]] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    @Test func eachNotificationIsALineOfJSON() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let provider = FilePushProvider(path: path)
        try provider.deliver([])
        #expect(!FileManager.default.fileExists(atPath: path))
        try provider.deliver([notification(1), notification(2)])
        try provider.deliver([notification(3)])
        let lines = try lines()
        #expect(lines.count == 3)
        #expect(
            lines.map { $0["message_id"] as? String }
                == (1...3).map { SubmissionID(high: 2, low: $0).description }
        )
        #expect(lines[0]["account"] as? String == bob.description)
        #expect(lines[0]["collapse_id"] as? String == notification(1).collapseID)
        #expect(lines[0]["time"] as? Int == 5)
        #expect(lines.map { $0["kind"] as? String } == ["message", "added", "message"])
        let origin = try #require(lines[0]["origin"] as? [String: Any])
        #expect(origin["topic"] as? String == "submissions")
        #expect(origin["offset"] as? Int == 1)
    }

    @Test func aLineThatWasCutShortSpoilsNoOther() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let provider = FilePushProvider(path: path)
        try provider.deliver([notification(1)])
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"time\":1,\"acc".utf8))
        try handle.close()
        try provider.deliver([notification(2)])
        #expect(try lines().count == 2)
    }

    @Test func aFileThatCannotBeWrittenIsAnError() {
        let provider = FilePushProvider(path: "/nonexistent/push.jsonl")
        #expect(throws: PushError(.unavailable, "")) {
            try provider.deliver([notification(1)])
        }
    }
}
