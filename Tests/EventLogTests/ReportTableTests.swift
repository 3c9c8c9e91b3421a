import Events
import Testing

@testable import EventLog

@Suite struct ReportTableTests {
    private func entry(_ bytes: Int, _ waiter: Int) -> ReportTable<Int>.Entry {
        .init(topic: .timeline, bytes: bytes, waiter: waiter)
    }

    @Test func whatWasAdmittedIsTakenOutOnce() {
        var table = ReportTable<Int>(recordsMax: 10, bytesMax: 100)
        let first = table.admit(entry(10, 1))
        let second = table.admit(entry(20, 2))
        #expect(table.take(first)?.waiter == 1)
        #expect(table.take(first) == nil)
        #expect(table.take(-1) == nil)
        #expect(table.take(99) == nil)
        #expect(table.take(second)?.waiter == 2)
        #expect(table.records == 0)
        #expect(table.bytes == 0)
    }

    @Test func slotsAreUsedAgain() {
        var table = ReportTable<Int>(recordsMax: 10, bytesMax: 100)
        var highest = 0
        for round in 0..<1000 {
            let slots = (0..<3).map { table.admit(entry(1, round * 3 + $0)) }
            highest = max(highest, slots.max() ?? 0)
            for slot in slots.shuffled() { #expect(table.take(slot) != nil) }
        }
        #expect(highest < 3)
    }

    @Test func boundsAreThoseOfCountAndBytes() {
        var table = ReportTable<Int>(recordsMax: 2, bytesMax: 100)
        #expect(table.refusal(of: 101) == .larger)
        #expect(table.refusal(of: 100) == nil)
        _ = table.admit(entry(60, 1))
        #expect(table.refusal(of: 41) == .noRoom)
        #expect(table.refusal(of: 40) == nil)
        _ = table.admit(entry(1, 2))
        #expect(table.refusal(of: 0) == .noRoom)
        #expect(table.takeAll().map(\.waiter).sorted() == [1, 2])
        #expect(table.refusal(of: 100) == nil)
    }
}
