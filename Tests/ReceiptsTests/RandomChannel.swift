import Conversations
import EventLog
import Events
import Testing

@testable import Receipts

/// A channel that is read in any way, and an aggregator that may be killed at any time.
final class RandomChannel {
    private let readersMax: Int
    private let seed: UInt64
    private var chance: Chance
    private var topics = GroupTopics(.channel)
    /// The highest mark of each.
    private var marks: [Int: UInt64] = [:]
    private let aggregator: Aggregator
    private var timelineNext = 0
    private var receiptsNext = 0
    /// How often what was told was compared with the marks, and how many had read something then.
    private(set) var comparisons = 0
    private(set) var readers = 0

    init(readers: Int, seed: UInt64, bounds: ReceiptsPartition.Bounds) throws {
        readersMax = readers
        self.seed = seed
        chance = Chance(seed: seed)
        aggregator = try Aggregator()
        aggregator.bounds = bounds
    }

    /// Does so many things, and compares after every kill and at the end.
    func run(operations: Int) throws {
        // Before anybody knows that it is a channel.
        for _ in 0..<10 { try mark() }
        try start()
        for _ in 0..<operations {
            if chance.happens(20) { topics.post(by: 0) } else { try mark() }
            if chance.happens(20) { try read() }
            if chance.happens(1) { try kill() }
            // Most of what may go wrong a new process would put right.
            if chance.happens(2) { try compareNow() }
        }
        try compareNow()
    }

    private func mark() throws {
        let last = Int(topics.lastSeq)
        var seq = chance.happens(70) ? last : chance.pick(0...last)
        // Some are ahead of the timeline, and sometimes one is by far.
        if chance.happens(10) { seq += chance.pick(1...5) }
        let number = chance.pick(0...readersMax)
        let isMadeUp = seed % 3 == 0 && number == 7 && chance.happens(50)
        let mark = isMadeUp ? UInt64.max : UInt64(seq)
        marks[number] = max(marks[number] ?? 0, mark)
        try topics.mark(number, delivered: mark, read: mark, isPrivate: chance.happens(50))
    }

    private func start() throws {
        let interval: Duration = chance.happens(50) ? .zero : .seconds(3600)
        (timelineNext, receiptsNext) = try aggregator.start(topics.ends, interval: interval)
    }

    /// Reads on in both topics, as far in each as it may happen.
    private func read() throws {
        var batch: [LogRecord] = []
        if chance.happens(70) {
            let end = min(timelineNext + chance.pick(1...40), topics.timeline.count)
            batch += topics.timeline[timelineNext..<end]
            timelineNext = end
        }
        if chance.happens(70) {
            let end = min(receiptsNext + chance.pick(1...200), topics.receipts.count)
            batch += topics.receipts[receiptsNext..<end]
            receiptsNext = end
        }
        try aggregator.process(batch)
    }

    /// Ends the process in one of several ways, reads on with another one, and compares.
    private func kill() throws {
        switch chance.pick(0...2) {
        case 0: try aggregator.stop()
        case 1:
            aggregator.log.isCut = true
            _ = try? readAll()
            aggregator.log.isCut = false
        default: break
        }
        try start()
        try compareNow()
    }

    private func readAll() throws {
        while timelineNext < topics.timeline.count || receiptsNext < topics.receipts.count {
            try read()
        }
        // Those who were waiting are found few at a time.
        for _ in 0..<readersMax { try aggregator.pass() }
    }

    private func compareNow() throws {
        try readAll()
        compare()
    }

    private func compare() {
        comparisons += 1
        #expect(aggregator.toldCount == 0)
        for number in 0...readersMax {
            let expected = min(marks[number] ?? 0, topics.lastSeq)
            let told = aggregator.readTold[GroupTopics.account(number)] ?? 0
            #expect(told == expected, "seed \(seed), reader \(number)")
            if expected > 0 { readers += 1 }
        }
    }
}
