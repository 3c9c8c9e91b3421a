import Accounts
import Cache
import Conversations
import Events
import Foundation
import Logging
import ServerSupport
import Stores
import Synchronization
import TestKit
import Testing

@testable import History

/// Answers that are kept are those that the store would give.
@Suite(.onEveryEngine)
struct KeptAnswerTests {
    /// Counts what is asked of a cache.
    private final class Counted: Cache {
        private let inner = MemoryCache()
        private let state = Mutex((hits: 0, sets: 0, lifetimes: [Duration]()))

        var hits: Int { state.withLock { $0.hits } }
        var sets: Int { state.withLock { $0.sets } }
        var lifetimes: [Duration] { state.withLock { $0.lifetimes } }

        func get(_ key: CacheKey) async -> [UInt8]? {
            let found = inner.get(key)
            if found != nil { state.withLock { $0.hits += 1 } }
            return found
        }

        func set(_ key: CacheKey, _ bytes: [UInt8], for lifetime: Duration) async {
            inner.set(key, bytes, for: lifetime)
            state.withLock { state in
                state.sets += 1
                state.lifetimes.append(lifetime)
            }
        }
    }

    private let cache = Counted()

    private func kept(_ world: HistoryWorld, _ cold: (any ColdSource)? = nil) -> KeptAnswers {
        let desk = StoreDesk(
            stores: StoreHandle(world.location),
            reads: ReadQueue(),
            archives: ArchiveFetcher(cold)
        )
        return KeptAnswers(cache: cache, desk: desk)
    }

    /// The page of a conversation's newest events, as the route answers it.
    private func page(
        _ answers: KeptAnswers,
        _ conversation: ConversationID,
        _ viewer: Viewer
    ) async throws -> [UInt8] {
        let id = "\(conversation)"
        return try await answers.answer(to: ["events", id], for: viewer) { store, viewer in
            try HistoryAPI(store: store, viewer: viewer).events(in: id) { _ in nil }
        }
    }

    @Test func anAnswerIsGivenAgainUntilSomethingIsWritten() async throws {
        var story = Story()
        let first = story.post("one", from: .ada, to: .bob)
        try await HistoryWorld.run(nil as ((inout Story) throws -> Void)?) { world in
            try world.write { try $0.apply(story.take()) }
            let answers = kept(world)
            let viewer = Viewer(Speaker.ada.account, on: Speaker.ada.device, at: world.clock.now())
            let once = try await page(answers, first.conversation, viewer)
            #expect(try await page(answers, first.conversation, viewer) == once)
            #expect(cache.hits == 1)
            // Somebody else's answer is another one.
            let bob = Viewer(Speaker.bob.account, at: world.clock.now())
            _ = try await page(answers, first.conversation, bob)
            #expect(cache.hits == 1)
            let changes: [(inout Story) -> Void] = [
                { $0.post("two", from: .bob, to: .ada) },
                { $0.mark(.read, 1, by: .bob, with: .ada) },
                { $0.set(.star(first.conversation, first.submission, isStarred: true), by: .ada) },
            ]
            var last = once
            for change in changes {
                change(&story)
                try world.write { try $0.apply(story.take()) }
                let next = try await page(answers, first.conversation, viewer)
                #expect(next != last)
                last = next
            }
            #expect(cache.hits == 1)
        }
    }

    @Test func aRemovedDeviceGetsNothingThatIsKept() async throws {
        var story = Story()
        let first = story.post("one", from: .ada, to: .bob)
        try await HistoryWorld.run(nil as ((inout Story) throws -> Void)?) { world in
            try world.write { try $0.apply(story.take()) }
            let answers = kept(world)
            let viewer = Viewer(Speaker.ada.account, on: Speaker.ada.device, at: world.clock.now())
            let tablet = Viewer(
                Speaker.ada.account,
                on: DeviceID(high: 3, low: 3),
                at: world.clock.now()
            )
            _ = try await page(answers, first.conversation, viewer)
            story.set(.deviceRemoved(Speaker.ada.device), by: .ada)
            try world.write { try $0.apply(story.take()) }
            // The other device's answer is kept now, and not for this one.
            _ = try await page(answers, first.conversation, tablet)
            await #expect(throws: StoreError(.deviceRemoved, "")) {
                _ = try await page(answers, first.conversation, viewer)
            }
        }
    }

    @Test func whatDisappearsIsKeptUntilThenAtMost() async throws {
        var made: Group?
        try await HistoryWorld.run { story in
            var group = try Group(.group, of: .ada, with: [.bob], in: &story)
            var change = ConversationSettings.Change()
            change.disappearAfterSeconds = 10
            try group.act(.ada, .setSettings(change), in: &story)
            try group.post("needle", by: .ada, in: &story)
            made = group
        } _: { world in
            let id = try #require(made).id
            let answers = kept(world)
            func viewer() -> Viewer { Viewer(Speaker.bob.account, at: world.clock.now()) }
            let before = try await page(answers, id, viewer())
            #expect(String(decoding: before, as: UTF8.self).contains("needle"))
            #expect(cache.lifetimes.allSatisfy { $0 <= .seconds(12) })
            world.clock.advance(by: .seconds(15))
            let after = try await page(answers, id, viewer())
            #expect(!String(decoding: after, as: UTF8.self).contains("needle"))
            #expect(cache.lifetimes.allSatisfy { $0 <= KeptAnswers.lifetimeMax })
        }
    }

    @Test func anAnswerThatLacksSomethingIsNotKept() async throws {
        let library = ColdLibrary()
        var made: Group?
        try await HistoryWorld.run { story in
            var group = try Group(.group, of: .ada, with: [.bob], in: &story)
            for number in 1...9 { try group.post("\(number)", by: .ada, in: &story) }
            made = group
        } _: { world in
            let id = try #require(made).id
            try world.archive([id], in: library, by: 4)
            let answers = kept(world, library)
            let viewer = Viewer(Speaker.bob.account, at: world.clock.now())
            library.damage(library.archives[0], .unavailable)
            let damaged = try await page(answers, id, viewer)
            #expect(cache.sets == 0)
            library.damage(library.archives[0], nil)
            let whole = try await page(answers, id, viewer)
            #expect(whole != damaged)
            library.forgetFetches()
            #expect(try await page(answers, id, viewer) == whole)
            #expect(library.fetches.isEmpty, "archives are not read again")
        }
    }

    @Test func aRedisThatComesAndGoesChangesNothingThatIsSaid() async throws {
        let redis = try await RedisServer.start()
        let path = "/v1/conversations/\(Speaker.ada.conversation(with: .bob))/events"
        let settings = ["cache.url": redis.url]
        try await HistoryWorld.run(settings: settings) { story in
            for number in 1...40 { story.post("\(number)", from: .ada, to: .bob) }
        } _: { world in
            let first = try await world.get(path, as: .ada)
            #expect(first.seqs == (11...40).reversed())
            for _ in 1...5 { #expect(try await world.get(path, as: .ada).body == first.body) }
            await redis.kill()
            for _ in 1...5 { #expect(try await world.get(path, as: .ada).body == first.body) }
            try await redis.start()
            for _ in 1...5 { #expect(try await world.get(path, as: .ada).body == first.body) }
        }
        await redis.stop()
    }
}
