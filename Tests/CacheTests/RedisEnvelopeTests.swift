import Testing

@testable import Cache

@Suite struct RedisEnvelopeTests {
    private let key = Array("martlet:key".utf8)

    @Test func whatWasSealedOpensUnderItsKeyAlone() {
        for value: [UInt8] in [[], [0], [UInt8](repeating: 9, count: 70_000)] {
            let sealed = RedisEnvelope.seal(value, under: key)
            #expect(RedisEnvelope.open(sealed, under: key) == value)
            #expect(RedisEnvelope.open(sealed, under: Array("martlet:kex".utf8)) == nil)
            #expect(RedisEnvelope.open(sealed, under: Array(key.dropLast())) == nil)
            #expect(RedisEnvelope.open(sealed, under: []) == nil)
            let bound = RedisEnvelope.bytesMax(keyBytesMax: key.count, valueBytesMax: value.count)
            #expect(sealed.count == bound)
        }
    }

    @Test func whatIsCutOrLongerOrOfAnotherVersionDoesNotOpen() {
        let sealed = RedisEnvelope.seal([1, 2, 3], under: key)
        for count in 0..<sealed.count {
            #expect(RedisEnvelope.open(Array(sealed.prefix(count)), under: key) == nil)
        }
        #expect(RedisEnvelope.open(sealed + [0], under: key) == nil)
        #expect(RedisEnvelope.open([2] + sealed.dropFirst(), under: key) == nil)
    }

    @Test func whateverComesIsNeverTakenForAValueByChance() {
        let seed = UInt64.random(in: 1...UInt64.max)
        var random = SplitMix(seed: seed)
        let sealed = RedisEnvelope.seal([1, 2, 3], under: key)
        for _ in 0..<20_000 {
            var bytes = sealed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<(bytes.count - 3), using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            let opened = RedisEnvelope.open(bytes, under: key)
            #expect(opened == nil || bytes == sealed, "seed \(seed)")
        }
    }
}
