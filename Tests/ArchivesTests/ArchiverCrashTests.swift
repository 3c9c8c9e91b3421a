import Events
import Stores
import Testing

@testable import Archives

/// A process that archives may die between any two steps.
@Suite struct ArchiverCrashTests {
    private let now = ArchiverWorld.moment(day: 9)

    private func world(_ seed: UInt64, days: Int64 = 2) throws -> ArchiverWorld {
        var random = SeededRandom(state: seed)
        var world = try ArchiverWorld()
        try world.write(conversations: 3, days: 0..<days, &random)
        return world
    }

    @Test func whereverItDiesTheNextOneGoesOn() async throws {
        let seed: UInt64 = 3
        var steps = 1
        while true {
            let world = try world(seed)
            let fuse = Fuse(after: steps)
            let (store, blobs) = fuse.wire(world)
            _ = try? await world.archiver(store, blobs).runOnce(now: now)
            // Nothing is lost, doubled or unreadable meanwhile.
            try await world.expectIntact("died at step \(steps)")
            try await world.archiver().runOnce(now: now)
            try await world.expectIntact("went on after step \(steps)")
            let expected = try self.world(seed)
            try await expected.archiver().runOnce(now: now)
            #expect(try world.archives() == expected.archives(), "step \(steps)")
            #expect(
                try world.store.digest(of: .events) == expected.store.digest(of: .events),
                "step \(steps)"
            )
            guard fuse.isBurnt else { break }
            steps += 1
        }
        #expect(steps > 20)
    }

    @Test(arguments: UInt64(1)...4)
    func howOftenItDiesDoesNotShow(seed: UInt64) async throws {
        var random = SeededRandom(state: seed &* 7)
        let world = try world(seed, days: 4)
        while true {
            let fuse = Fuse(after: Int.random(in: 1...25, using: &random))
            let (store, blobs) = fuse.wire(world)
            _ = try? await world.archiver(store, blobs).runOnce(now: now)
            guard fuse.isBurnt else { break }
        }
        try await world.expectIntact("seed \(seed)")
        let expected = try self.world(seed, days: 4)
        try await expected.archiver().runOnce(now: now)
        #expect(try world.archives() == expected.archives(), "seed \(seed)")
        #expect(try world.store.digest(of: .events) == expected.store.digest(of: .events))
    }
}
