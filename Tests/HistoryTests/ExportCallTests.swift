import Accounts
import Conversations
import Events
import Foundation
import ServerSupport
import Stores
import Synchronization
import TestKit
import Testing
import Web

@testable import History

/// The answers of `GET /v1/export`.
@Suite(.onEveryEngine)
struct ExportCallTests {
    /// Python's own zip reader looks at an export: the texts of its files by their names.
    private func files(of answer: HistoryWorld.Answer) async throws -> [String: String] {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("martlet-export-\(UUID().uuidString).zip").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try answer.body.write(to: URL(fileURLWithPath: path))
        let script = """
            import json, sys, zipfile
            with zipfile.ZipFile(sys.argv[1]) as archive:
                assert archive.testzip() is None
                assert len(set(archive.namelist())) == len(archive.namelist())
                print(json.dumps({name: archive.read(name).decode("utf-8") for name in archive.namelist()}))
            """
        let output = try await TestServer.run("/usr/bin/env", ["python3", "-c", script, path])
        return try JSONDecoder().decode([String: String].self, from: Data(output.utf8))
    }

    private func object(_ text: String?) throws -> [String: Any] {
        let json = try JSONSerialization.jsonObject(with: Data(try #require(text).utf8))
        return try #require(json as? [String: Any])
    }

    private func lines(_ text: String?) throws -> [[String: Any]] {
        try #require(text).split(separator: "\n").map { try object(String($0)) }
    }

    private func tell(_ story: inout Story) throws -> Group {
        story.register(.ada, name: "Ada")
        story.register(.bob, name: "Bob")
        var group = try Group(.group, of: .ada, with: [.bob, .cleo], in: &story)
        let first = try group.post("message 0", by: .ada, in: &story)
        for number in 1...120 { try group.post("message \(number)", by: .bob, in: &story) }
        try group.act(.ada, .react(first.submission, emoji: "🐦"), in: &story)
        try group.act(.cleo, .leave, in: &story)
        try group.post("after cleo", by: .ada, in: &story)
        story.post("direct", from: .ada, to: .bob)
        story.post("needle", from: .bob, to: .dan)
        story.set(.star(group.id, first.submission, isStarred: true), by: .ada)
        story.set(.contact(Speaker.bob.account, isContact: true), by: .ada)
        story.set(.deviceAdded(Speaker.ada.device, name: "phone"), by: .ada)
        return group
    }

    @Test func everythingThatTheAccountMaySeeIsInIt() async throws {
        var made: Group?
        try await HistoryWorld.run {
            made = try tell(&$0)
        } _: { world in
            let group = try #require(made).id
            let answer = try await world.get("/v1/export", as: .ada)
            #expect(answer.status == 200)
            #expect(answer.header("Content-Type") == "application/zip")
            #expect(answer.header("Connection") == "close")
            #expect(answer.header("Content-Length") == "\(answer.body.count)")
            #expect(answer.header("Content-Disposition")?.contains("martlet-export.zip") == true)
            let files = try await files(of: answer)
            let direct = Speaker.ada.conversation(with: .bob)
            let names =
                ["README.txt", "account.json", "manifest.json"]
                + [group, direct].flatMap {
                    ["conversations/\($0).json", "conversations/\($0).jsonl"]
                }
            #expect(Set(files.keys) == Set(names))
            let account = try object(files["account.json"])
            #expect(account["name"] as? String == "Ada")
            #expect((account["contacts"] as? [[String: Any]])?.first?["name"] as? String == "Bob")
            #expect((account["devices"] as? [[String: Any]])?.first?["name"] as? String == "phone")
            #expect((account["starred"] as? [Any])?.count == 1)
            #expect((account["privacy"] as? [String: Any])?["read_receipts"] as? Bool == true)
            var expected: [[String: Any]] = []
            for seq in [0, 100] {
                let path = "/v1/conversations/\(group)/events?limit=100&after_seq=\(seq)"
                expected += try await world.get(path, as: .ada).list("events")
            }
            let events = try lines(files["conversations/\(group).jsonl"])
            #expect(events as NSArray == expected as NSArray)
            let about = try object(files["conversations/\(group).json"])
            #expect((about["members"] as? [Any])?.count == 2)
            #expect((about["summary"] as? [String: Any])?["unread_count"] != nil)
            let manifest = try object(files["manifest.json"])
            #expect(manifest["events"] as? Int == events.count + 1)
            #expect(manifest["complete"] as? Bool == true)
            #expect(!files.values.contains { $0.contains("needle") })
            // Nothing is left behind.
            let folder = "\(world.folder)/history-1/exports"
            try await wait(for: "the file to go") {
                try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty
            }
        }
    }

    @Test func whoHasLeftGetsWhatWasSeenAndWhoHasNothingGetsThat() async throws {
        var made: Group?
        try await HistoryWorld.run {
            made = try tell(&$0)
        } _: { world in
            let group = try #require(made).id
            let cleo = try await files(of: try await world.get("/v1/export", as: .cleo))
            #expect(cleo["conversations/\(group).jsonl"]?.contains("message 120") == true)
            #expect(!cleo.values.contains { $0.contains("after cleo") })
            let about = try object(cleo["conversations/\(group).json"])
            #expect(about["members"] is NSNull, "who is in it now is not for who has left")
            let nobody = Speaker(0xE)
            let files = try await files(of: try await world.get("/v1/export", as: nobody))
            #expect(Set(files.keys) == ["README.txt", "account.json", "manifest.json"])
        }
    }

    @Test func whatLiesInArchivesIsInItAndWhatCantBeReadIsSaid() async throws {
        let library = ColdLibrary()
        var made: Group?
        try await HistoryWorld.run(cold: library) {
            made = try tell(&$0)
        } _: { world in
            let group = try #require(made).id
            let name = "conversations/\(group).jsonl"
            let before = try await files(of: try await world.get("/v1/export", as: .ada))
            try world.archive([group], in: library, by: 50)
            let after = try await files(of: try await world.get("/v1/export", as: .ada))
            #expect(after[name] == before[name])
            library.damage("archives/\(group)/50", .corrupt)
            let damaged = try await files(of: try await world.get("/v1/export", as: .ada))
            let seqs = try lines(damaged[name]).map { $0["seq"] as? Int }
            let all = try lines(before[name]).map { $0["seq"] as? Int }
            #expect(seqs == all.filter { !(51...100).contains($0 ?? 0) })
            let manifest = try object(damaged["manifest.json"])
            #expect(manifest["complete"] as? Bool == false)
            let parts = manifest["conversations"] as? [[String: Any]] ?? []
            let part = parts.first { $0["conversation_id"] as? String == "\(group)" }
            let missing = (part?["missing"] as? [[String: Any]] ?? []).map { gap in
                "\(gap["from_seq"] ?? "")-\(gap["to_seq"] ?? "") \(gap["reason"] ?? "")"
            }
            #expect(missing == ["51-100 archive_corrupt"])
        }
    }

    /// A source that gives nothing until its task is cancelled or it is let go.
    private final class Held: ColdSource {
        private let waiting = Mutex(0)

        var count: Int { waiting.withLock { $0 } }

        func fetch(_ parts: [ArchivedPart], bytesMax: Int) async -> ArchivedParts {
            waiting.withLock { $0 += 1 }
            try? await Task.sleep(for: .seconds(3600))
            waiting.withLock { $0 -= 1 }
            return ArchivedParts()
        }
    }

    @Test func anAccountHasOneAtATimeAndAllTogetherHaveTwo() async throws {
        let held = Held()
        var made: Group?
        try await HistoryWorld.run(cold: held) {
            made = try tell(&$0)
        } _: { world in
            let group = try #require(made).id
            try world.archive([group], in: ColdLibrary(), by: 50)
            // Each waits for archives, until its client is gone.
            let first = Task { try await world.get("/v1/export", as: .ada) }
            try await wait(for: "the first") { held.count == 1 }
            let again = try await world.get("/v1/export", as: .ada)
            #expect(again.status == 429 && again.problem == "too_many_requests")
            #expect(again.header("Retry-After") == "60")
            let second = Task { try await world.get("/v1/export", as: .bob) }
            try await wait(for: "the second") { held.count == 2 }
            let third = try await world.get("/v1/export", as: .dan)
            #expect(third.status == 429)
            first.cancel()
            try await wait(for: "the first to stop") { held.count == 1 }
            try await wait(for: "a place") {
                try await world.get("/v1/export", as: .dan).status == 200
            }
            second.cancel()
            try await wait(for: "the second to stop") { held.count == 0 }
            _ = (await first.result, await second.result)
        }
    }

    @Test func withoutRoomThereIsNoneAndNothingIsLeft() async throws {
        try await HistoryWorld.run {
            _ = try tell(&$0)
        } _: { world in
            let logger = LogCapture().logger
            let desk = StoreDesk(
                stores: StoreHandle(world.location),
                reads: ReadQueue(),
                archives: ArchiveFetcher(nil)
            )
            let folder = world.folder + "/full"
            let viewer = Viewer(Speaker.ada.account, at: HistoryWorld.start)
            for roomAtFirst in [0, 1] {
                let asked = Mutex(0)
                let exports = Exports(
                    desk,
                    folder: folder,
                    free: { _ in
                        let isFirst = asked.withLock { count in
                            count += 1
                            return count <= roomAtFirst
                        }
                        return isFirst ? .max : ExportFile.reserveBytes - 1
                    },
                    logger: logger
                )
                for _ in 1...3 {
                    await #expect(throws: Problem.noRoom) { try await exports.make(for: viewer) }
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
            }
            // A folder that can't be made is no room either.
            let file = world.folder + "/file"
            try Data().write(to: URL(fileURLWithPath: file))
            let exports = Exports(desk, folder: file + "/below", logger: logger)
            await #expect(throws: Problem.noRoom) { try await exports.make(for: viewer) }
        }
    }

    @Test func aRemovedDeviceGetsNone() async throws {
        try await HistoryWorld.run {
            _ = try tell(&$0)
            $0.set(.deviceRemoved(Speaker.ada.device), by: .ada)
        } _: { world in
            let answer = try await world.get("/v1/export", as: .ada)
            #expect(answer.status == 401 && answer.problem == "device_removed")
        }
    }
}
