import Testing

@testable import Cache

@Suite struct CacheKeyTests {
    @Test func keysAreEqualOnlyIfAllTheirPartsAre() {
        let keys = [
            CacheKey("page"), CacheKey("page", .text("")), CacheKey("page", .text(""), .text("")),
            CacheKey("page", .text("ab"), .text("c")), CacheKey("page", .text("a"), .text("bc")),
            CacheKey("page", .text("abc")), CacheKey("pageabc"), CacheKey("pag", .text("eabc")),
            CacheKey("page", .number(1)), CacheKey("page", .number(256)),
            CacheKey("page", .number(-1)), CacheKey("page", .bytes([0, 0, 0, 0, 0, 0, 0])),
            CacheKey("page", .bytes([1])), CacheKey(""),
        ]
        #expect(Set(keys).count == keys.count)
        #expect(Set(keys.map(\.bytes)).count == keys.count)
        #expect(
            CacheKey("page", .text("a"), .number(7)) == CacheKey("page", .text("a"), .number(7))
        )
        #expect(
            CacheKey("page", [.text("a"), .number(7)]) == CacheKey("page", .text("a"), .number(7))
        )
    }

    @Test func aKeyHasABound() {
        let longest = CacheKey("k", .bytes(Array(repeating: 7, count: CacheLimits.keyBytesMax - 9)))
        let longer = CacheKey("k", .bytes(Array(repeating: 7, count: CacheLimits.keyBytesMax - 8)))
        #expect(longest.isBounded && longest.bytes.count == CacheLimits.keyBytesMax)
        #expect(!longer.isBounded)
    }
}
