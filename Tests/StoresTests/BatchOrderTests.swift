import Conversations
import Events
import Stores
import Testing

/// A batch in the order of its keys makes the same store.
@Suite(.onEveryStore)
struct BatchOrderTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func batch(_ seed: UInt64) throws -> StoreBatch {
        var random = seed
        func next(_ below: UInt64) -> UInt64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (random >> 33) % below
        }
        var script = Script()
        let people = [ada, bob, cleo]
        for step in 1...300 {
            let one = Int(next(3))
            let other = (one + 1 + Int(next(2))) % 3
            if next(3) > 0 {
                script.post("m\(step)", from: people[one], to: people[other])
            } else {
                let kind = next(2) == 0 ? ReceiptMark.Kind.delivered : .read
                let time = Int64(step)
                script.mark(kind, Int64(next(40)), by: people[one], with: people[other], at: time)
            }
        }
        var batch = script.take()
        // A damaged log: places that were taken before.
        for _ in 0..<20 {
            var event = batch.events[Int(next(UInt64(batch.events.count)))]
            event.serverTime = Timestamp(milliseconds: Int64(next(256)))
            batch.events.append(event)
        }
        return batch
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func theSameRowsComeOutOfASortedBatch(seed: UInt64) throws {
        let plain = try folder.store("plain")
        let sorted = try folder.store("sorted", for: .building)
        for round in 0..<3 {
            var batch = try batch(seed &+ 100 &* UInt64(round))
            let first = try plain.apply(batch)
            let marks = batch.receipts.count
            batch.sort()
            #expect(batch.receipts.count < marks)
            #expect(try sorted.apply(batch) == first)
            #expect(try sorted.firstDifference(with: plain) == nil)
            #expect(try sorted.digests() == plain.digests())
        }
        let rows = try sorted.rows(of: .events, after: nil, limit: 10_000)
        #expect(rows.count > 100)
    }
}
