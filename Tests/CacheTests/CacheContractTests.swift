import Testing

@testable import Cache

/// What holds for every cache.
@Suite struct CacheContractTests {
    private let day = Duration.seconds(86_400)

    @Test(arguments: CacheKind.allCases)
    func whatWasSetIsThereAndNothingElse(kind: CacheKind) async throws {
        let cache = try await kind.make()
        let key = CacheKey("page", .text("a"), .number(1))
        #expect(await cache.get(key) == nil)
        await cache.set(key, [1, 2, 3], for: day)
        #expect(await cache.get(key) == [1, 2, 3])
        #expect(await cache.get(CacheKey("page", .text("a"), .number(2))) == nil)
        #expect(await cache.get(CacheKey("page", .text("a"))) == nil)
        await cache.set(key, [4], for: day)
        #expect(await cache.get(key) == [4])
    }

    @Test(arguments: CacheKind.allCases)
    func everyByteIsKeptInKeysAndValues(kind: CacheKind) async throws {
        let cache = try await kind.make()
        let all = (0...255).map { UInt8($0) }
        let values: [[UInt8]] = [[], [0], all, all.reversed(), Array("$5\r\nhello\r\n".utf8)]
        for (number, value) in values.enumerated() {
            let key = CacheKey("bytes", .bytes(all), .number(Int64(number)))
            await cache.set(key, value, for: day)
            #expect(await cache.get(key) == value)
        }
    }

    @Test(arguments: CacheKind.allCases)
    func aValueIsKeptUpToTheBoundAndNotBeyond(kind: CacheKind) async throws {
        let cache = try await kind.make()
        let largest = [UInt8](repeating: 7, count: CacheLimits.valueBytesMax)
        await cache.set(CacheKey("largest"), largest, for: day)
        await cache.set(CacheKey("larger"), largest + [7], for: day)
        #expect(await cache.get(CacheKey("largest")) == largest)
        #expect(await cache.get(CacheKey("larger")) == nil)
    }

    @Test(arguments: CacheKind.allCases)
    func aKeyIsTakenUpToTheBoundAndNotBeyond(kind: CacheKind) async throws {
        let cache = try await kind.make()
        let filler = [UInt8](repeating: 7, count: CacheLimits.keyBytesMax - 9)
        let longest = CacheKey("k", .bytes(filler))
        let longer = CacheKey("k", .bytes(filler + [7]))
        await cache.set(longest, [1], for: day)
        await cache.set(longer, [2], for: day)
        #expect(await cache.get(longest) == [1])
        #expect(await cache.get(longer) == nil)
    }

    @Test(arguments: CacheKind.allCases)
    func whatHasExpiredIsGone(kind: CacheKind) async throws {
        let cache = try await kind.make()
        await cache.set(CacheKey("short"), [1], for: .milliseconds(30))
        await cache.set(CacheKey("shortest"), [1], for: .nanoseconds(1))
        await cache.set(CacheKey("long"), [2], for: day)
        try await eventually("what was short has expired") {
            await cache.get(CacheKey("short")) == nil
        }
        try await eventually("what was shortest has expired") {
            await cache.get(CacheKey("shortest")) == nil
        }
        #expect(await cache.get(CacheKey("long")) == [2])
    }

    @Test(arguments: CacheKind.allCases)
    func whatHasNoTimeToLiveIsNotKeptAndCenturiesAreNoTrouble(kind: CacheKind) async throws {
        let cache = try await kind.make()
        await cache.set(CacheKey("none"), [1], for: .zero)
        await cache.set(CacheKey("less"), [1], for: .seconds(-1))
        await cache.set(CacheKey("ever"), [2], for: .seconds(Int64.max))
        #expect(await cache.get(CacheKey("none")) == nil)
        #expect(await cache.get(CacheKey("less")) == nil)
        #expect(await cache.get(CacheKey("ever")) == [2])
    }

    @Test(arguments: CacheKind.allCases)
    func manyAtOnceGetOnlyWhatBelongsToTheirKey(kind: CacheKind) async throws {
        let cache = try await kind.make()
        let seed = UInt64.random(in: 1...UInt64.max)
        let hits = await withTaskGroup(of: Int.self) { group in
            for task in 0..<32 {
                group.addTask { await Self.hammer(cache, seed: seed &+ UInt64(task)) }
            }
            return await group.reduce(0, +)
        }
        #expect(hits > 1_000, "seed \(seed)")
    }

    /// Gets and sets at random; gives how often there was something.
    private static func hammer(_ cache: any Cache, seed: UInt64) async -> Int {
        var random = SplitMix(seed: seed)
        var hits = 0
        for _ in 0..<300 {
            let number = Int64.random(in: 0..<50, using: &random)
            let key = CacheKey("hammer", .number(number))
            let value = [UInt8](repeating: UInt8(number), count: Int(number) * 400)
            if Int.random(in: 0..<3, using: &random) == 0 {
                await cache.set(key, value, for: .seconds(3600))
            } else if let found = await cache.get(key) {
                hits += 1
                #expect(found == value, "seed \(seed), key \(number)")
            }
        }
        return hits
    }
}
