import Testing

@testable import Cache

@Suite struct MemoryCacheTests {
    @Test func aValueLivesAsLongAsItWasTold() {
        let clock = StoppedClock()
        let cache = MemoryCache(now: { clock.now })
        let key = CacheKey("k")
        cache.set(key, [1, 2, 3], for: .seconds(10))
        clock.advance(by: .milliseconds(9_999))
        #expect(cache.get(key) == [1, 2, 3])
        clock.advance(by: .milliseconds(1))
        #expect(cache.get(key) == nil)
    }

    @Test func hitsAndMissesAreCounted() {
        let tally = Tally()
        let cache = MemoryCache(
            bytesMax: 1 << 20,
            valueBytesMax: 10,
            now: { .now },
            meters: CacheMeters("memory", factory: tally)
        )
        cache.set(CacheKey("k"), [1], for: .seconds(60))
        _ = cache.get(CacheKey("k"))
        _ = cache.get(CacheKey("k"))
        _ = cache.get(CacheKey("other"))
        #expect(tally.count("hits") == 2 && tally.count("misses") == 1 && tally.errors == 0)
    }
}
