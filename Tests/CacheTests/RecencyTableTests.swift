import Testing

@testable import Cache

@Suite struct RecencyTableTests {
    private let start = ContinuousClock.now

    @Test(arguments: 0..<40)
    func itDoesWhatTheModelDoes(run: Int) {
        let seed = UInt64(run) == 0 ? UInt64.random(in: 1...UInt64.max) : UInt64(run)
        var random = SplitMix(seed: seed)
        let bytesMax = Int.random(in: 100...20_000, using: &random)
        let keys = (0..<Int.random(in: 1...60, using: &random)).map {
            CacheKey("k", .number(Int64($0)))
        }
        var table = RecencyTable(bytesMax: bytesMax)
        var model = RecencyModel(bytesMax: bytesMax)
        var now = start
        for step in 0..<2_000 {
            let key = keys[Int.random(in: 0..<keys.count, using: &random)]
            if Bool.random(using: &random) {
                let count = Int.random(in: 0...(bytesMax / 4), using: &random)
                let value = [UInt8](repeating: UInt8(truncatingIfNeeded: step), count: count)
                let expiry = now + .seconds(Int.random(in: 0...300, using: &random))
                table.insert(key, value, until: expiry)
                model.insert(key, value, until: expiry)
            } else {
                let found = table.find(key, at: now)
                #expect(found == model.find(key, at: now), "seed \(seed), step \(step)")
            }
            if Int.random(in: 0..<10, using: &random) == 0 { now += .seconds(20) }
            guard table.keys == model.keys, table.bytes == model.bytes, table.bytes <= bytesMax,
                table.count == model.keys.count
            else {
                Issue.record("seed \(seed), step \(step): \(table.keys) but \(model.keys)")
                return
            }
        }
    }

    @Test func whatWasUsedLeastRecentlyGoesFirst() {
        let keys = (0..<4).map { CacheKey("k", .number(Int64($0))) }
        let cost = RecencyTable.entryBytes + keys[0].bytes.count + 100
        var table = RecencyTable(bytesMax: 3 * cost)
        let value = [UInt8](repeating: 1, count: 100)
        for key in keys[..<3] { table.insert(key, value, until: start + .seconds(1)) }
        #expect(table.find(keys[0], at: start) == value)
        table.insert(keys[3], value, until: start + .seconds(1))
        #expect(table.keys == [keys[3], keys[0], keys[2]])
        #expect(table.bytes == 3 * cost)
    }

    @Test func whatIsTooLargeForAllOfItDropsNothing() {
        var table = RecencyTable(bytesMax: 1000)
        let small = CacheKey("small")
        table.insert(small, [1], until: start + .seconds(1))
        table.insert(
            CacheKey("large"),
            [UInt8](repeating: 0, count: 1000),
            until: start + .seconds(1)
        )
        #expect(table.keys == [small])
    }

    @Test func smallValuesCountWithWhatTheyReallyTake() {
        var table = RecencyTable(bytesMax: 1 << 20)
        for number in 0..<20_000 {
            table.insert(CacheKey("k", .number(Int64(number))), [], until: start + .seconds(1))
        }
        #expect(table.count < (1 << 20) / RecencyTable.entryBytes)
        #expect(table.bytes <= 1 << 20)
    }
}
