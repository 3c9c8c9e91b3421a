import Events
import TestKit
import Testing

@testable import Web

@Suite struct TokenCacheTests {
    private let now = Timestamp(milliseconds: 1_000_000)

    private func entry(_ number: UInt64, expires: Timestamp? = nil) -> TokenCache.Entry {
        TokenCache.Entry(
            identity: Identity(
                account: AccountID(high: 1, low: number),
                device: DeviceID(high: 2, low: number)
            ),
            expires: expires ?? now + .seconds(60)
        )
    }

    @Test func itNeverHoldsMoreThanItsBound() {
        var cache = TokenCache(entriesMax: 10)
        for number in 0..<1000 {
            cache.insert("token \(number)", entry(UInt64(number)))
            #expect(cache.count <= 10)
        }
    }

    @Test func theLatestHalfIsAlwaysThere() {
        var cache = TokenCache(entriesMax: 10)
        for number in 0..<100 {
            cache.insert("token \(number)", entry(UInt64(number)))
            for earlier in max(0, number - 4)...number {
                #expect(cache.find("token \(earlier)", at: now) != nil, "\(earlier) of \(number)")
            }
        }
    }

    @Test func whatIsUsedStays() {
        var cache = TokenCache(entriesMax: 10)
        cache.insert("used", entry(7))
        for number in 0..<1000 {
            cache.insert("token \(number)", entry(UInt64(number)))
            if number.isMultiple(of: 3) {
                #expect(cache.find("used", at: now)?.account.low == 7, "\(number)")
            }
        }
    }

    @Test func anExpiredTokenIsNotFoundInEitherGeneration() {
        var cache = TokenCache(entriesMax: 4)
        cache.insert("old", entry(1, expires: now))
        #expect(cache.find("old", at: now) == nil)
        cache.insert("a", entry(2))
        cache.insert("b", entry(3))
        cache.insert("c", entry(4))
        #expect(cache.find("old", at: now) == nil)
        #expect(cache.find("c", at: now)?.account.low == 4)
    }

    @Test func itNeverFindsAnotherTokensIdentity() {
        let seed = Samples.seed
        var random = SeededRandom(seed: seed)
        var cache = TokenCache(entriesMax: 8)
        for step in 0..<5000 {
            let number = UInt64.random(in: 0..<20, using: &random)
            if Bool.random(using: &random) {
                cache.insert("token \(number)", entry(number))
            } else if let found = cache.find("token \(number)", at: now) {
                #expect(found.account.low == number, "seed \(seed), step \(step)")
            }
            #expect(cache.count <= 8, "seed \(seed), step \(step)")
        }
    }
}
