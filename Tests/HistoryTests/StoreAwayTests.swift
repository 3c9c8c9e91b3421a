import Events
import Foundation
import ServerSupport
import ServiceKit
import Stores
import TestKit
import Testing

/// The store is not there, comes, goes, and is replaced.
@Suite struct StoreAwayTests {
    private let path = "/v1/conversations"

    private func isUnavailable(_ answer: HistoryWorld.Answer) -> Bool {
        answer.status == 503 && answer.problem == "store_unavailable"
            && answer.header("Retry-After") == "1"
    }

    private func texts(_ world: HistoryWorld) async throws -> [String] {
        let conversation = Speaker.ada.conversation(with: .bob)
        let answer = try await world.get("\(path)/\(conversation)/events", as: .ada)
        return answer.list("events").compactMap {
            ($0["content"] as? [String: String])?["text"]
        }
    }

    private func store(at path: String, _ text: String) throws -> SQLiteHotStore {
        var story = Story()
        story.post(text, from: .ada, to: .bob)
        let store = try SQLiteHotStore(path: path)
        try store.apply(story.take())
        return store
    }

    @Test func historyWaitsForItsStoreAndServesWhenItIsThere() async throws {
        try await HistoryWorld.run { world in
            #expect(isUnavailable(try await world.get(path, as: .ada)))
            try await wait(for: "readiness to say so") {
                world.health.conditions["store"]?.detail == "store_missing"
            }
            #expect(!world.health.isReady)
            let store = try store(at: world.storePath, "hello")
            try await wait(for: "the store to be found") {
                try await world.get(path, as: .ada).status == 200
            }
            #expect(try await texts(world) == ["hello"])
            try await wait(for: "readiness") { world.health.isReady }
            // Whoever writes goes on writing, and is seen at once.
            var story = Story()
            story.post("hello", from: .ada, to: .bob)
            _ = story.take()
            story.post("again", from: .bob, to: .ada)
            try store.apply(story.take())
            #expect(try await texts(world) == ["again", "hello"])
        }
    }

    @Test func aStoreThatWasReplacedIsOpenedAnew() async throws {
        try await HistoryWorld.run {
            $0.post("old", from: .ada, to: .bob)
        } _: { world in
            #expect(try await texts(world) == ["old"])
            let draft = world.folder + "/draft.sqlite"
            try store(at: draft, "new").close()
            let lock = try StoreLock(path: world.storePath)
            try SQLiteHotStore.replace(world.storePath, with: draft, holding: lock)
            try await wait(for: "the new store") { try await texts(world) == ["new"] }
        }
    }

    @Test func aStoreThatIsTakenAwayIs503UntilItIsBack() async throws {
        try await HistoryWorld.run {
            $0.post("hello", from: .ada, to: .bob)
        } _: { world in
            #expect(try await texts(world) == ["hello"])
            let aside = world.folder + "/aside.sqlite"
            try FileManager.default.moveItem(atPath: world.storePath, toPath: aside)
            try await wait(for: "the loss to be noticed") {
                isUnavailable(try await world.get(path, as: .ada))
            }
            try await wait(for: "readiness to say so") { !world.health.isReady }
            try FileManager.default.moveItem(atPath: aside, toPath: world.storePath)
            try await wait(for: "the store to be found again") {
                try await texts(world) == ["hello"]
            }
        }
    }

    @Test func whatIsNoStoreIs503() async throws {
        let garbage = [
            Data(), Data("needle".utf8), Data(repeating: 0x55, count: 100_000),
            Data("SQLite format 3\u{0}".utf8) + Data(repeating: 0xFF, count: 8192),
        ]
        for data in garbage {
            try await HistoryWorld.run { world in
                try data.write(to: URL(fileURLWithPath: world.storePath))
                for path in [path, "/v1/messages/\(SubmissionID(high: 1, low: 1))/receipts"] {
                    #expect(isUnavailable(try await world.get(path, as: .ada)), "\(data.count)")
                }
                try await wait(for: "readiness to say so") {
                    let store = world.health.conditions["store"]
                    return store?.isMet == false && store?.detail != "not looked for yet"
                }
                #expect(!world.capture.text.contains("needle"))
            }
        }
    }

    @Test func aDatabaseThatGoesAwayIsSaidByReadinessUntilItIsBack() async throws {
        let server = try await PostgresServer.start()
        try await StoreEngine.$current.withValue(.postgres(url: server.url)) {
            try await HistoryWorld.run {
                $0.post("hello", from: .ada, to: .bob)
            } _: { world in
                try await wait(for: "readiness") { world.health.isReady }
                await server.stop()
                try await wait(for: "readiness to say so") { !world.health.isReady }
                #expect(isUnavailable(try await world.get(path, as: .ada)))
                try await server.start()
                try await wait(for: "readiness again") { world.health.isReady }
                #expect(try await texts(world) == ["hello"])
            }
        }
        await server.stop()
    }
}
