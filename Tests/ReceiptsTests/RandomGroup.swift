import EventLog
import Events
import Testing

@testable import Receipts

/// A group in which anything may happen, read by an aggregator that may be killed at any time.
final class RandomGroup {
    private let size: Int
    private let seed: UInt64
    private var chance: Chance
    private var topics = GroupTopics()
    private var model = GroupModel()
    private var members: [Int] = []
    private let aggregator: Aggregator
    private var timelineNext = 0
    private var receiptsNext = 0
    /// How often what was told was compared with the model, and how many members had ticks then.
    private(set) var comparisons = 0
    private(set) var tickedMembers = 0
    /// How many members had read something in private that others had not been told of.
    private(set) var privateMembers = 0

    init(size: Int, seed: UInt64, bounds: ReceiptsPartition.Bounds) throws {
        self.size = size
        self.seed = seed
        chance = Chance(seed: seed)
        aggregator = try Aggregator()
        aggregator.bounds = bounds
    }

    /// Does so many things, and compares after every kill and at the end.
    func run(operations: Int) throws {
        try start()
        for _ in 0..<operations {
            try happen()
            if chance.happens(30) { try read() }
            if chance.happens(1) { try kill() }
        }
        try kill()
        // And once more without a kill in between.
        for _ in 0..<50 { try happen() }
        try readAll()
        compare()
    }

    // MARK: What happens

    private func happen() throws {
        switch chance.pick(0...99) {
        case 0..<4: come()
        case 4..<7: go()
        case 7..<10: topics.act(by: somebody)
        case 10..<35: post()
        case 35..<37 where size <= 100: try sweep(sparing: 0)
        case 35: try sweep(sparing: chance.pick(0...2))
        default: try mark()
        }
    }

    /// A number of somebody who may be a member.
    private var somebody: Int { chance.pick(0...(size + size / 4)) }

    private func come() {
        let missing = members.isEmpty || members.count < size / 2 ? size - members.count : 1
        let coming = (0..<max(1, missing)).map { _ in somebody }.filter {
            model.members[$0] == nil
        }
        let all = Array(Set(coming)).sorted()
        topics.join(all)
        for number in all { model.join(number, at: topics.lastSeq) }
        members += all
    }

    private func go() {
        guard !members.isEmpty else { return }
        let number = members.remove(at: chance.pick(0...members.count - 1))
        topics.leave(number)
        model.leave(number)
    }

    private func post() {
        guard !members.isEmpty else { return come() }
        // Of many some write more than others.
        let place = chance.happens(80) ? chance.pick(0...20) : chance.pick(0...members.count)
        let number = members[place % members.count]
        topics.post(by: number)
        model.post(by: number, at: topics.lastSeq)
    }

    /// A device's mark: a new one, one from before, or one for what has not come to be.
    private func mark() throws {
        let last = Int(topics.lastSeq)
        var seq = chance.happens(70) ? last : chance.pick(0...last)
        if chance.happens(2) { seq += chance.pick(1...5) }
        let read = chance.happens(50) ? seq : chance.pick(0...seq)
        try mark(somebody, delivered: UInt64(seq), read: UInt64(read))
        if chance.happens(10) { try mark(somebody, delivered: 0, read: UInt64(read)) }
    }

    /// All members but a few get and read what there is.
    private func sweep(sparing: Int) throws {
        let spared = members.shuffled(using: &chance).prefix(sparing)
        let last = topics.lastSeq
        for number in members where !spared.contains(number) {
            try mark(number, delivered: last, read: chance.happens(99) ? last : 0)
        }
    }

    private func mark(_ number: Int, delivered: UInt64, read: UInt64) throws {
        // Some never let others know, the others now and then not.
        let isPrivate = number % 4 == 1 || chance.happens(5)
        try topics.mark(number, delivered: delivered, read: read, isPrivate: isPrivate)
        model.mark(number, delivered: delivered, read: read, isPrivate: isPrivate)
    }

    // MARK: The aggregator

    private func start() throws {
        let interval: Duration = chance.happens(50) ? .zero : .seconds(3600)
        (timelineNext, receiptsNext) = try aggregator.start(topics.ends, interval: interval)
    }

    /// Reads a batch of both topics, in any interleaving.
    private func read(upTo countMax: Int = 400) throws {
        let share = chance.pick(0...100)
        var batch: [LogRecord] = []
        let count = chance.pick(1...countMax)
        while batch.count < count {
            let isTimeline = chance.happens(share)
            if isTimeline, timelineNext < topics.timeline.count {
                batch.append(topics.timeline[timelineNext])
                timelineNext += 1
            } else if !isTimeline, receiptsNext < topics.receipts.count {
                batch.append(topics.receipts[receiptsNext])
                receiptsNext += 1
            } else if timelineNext >= topics.timeline.count
                || receiptsNext >= topics.receipts.count
            {
                break
            }
        }
        aggregator.now += .milliseconds(chance.pick(0...100))
        try aggregator.process(batch)
    }

    /// Ends the process in one of several ways, reads on with another one, and compares.
    private func kill() throws {
        switch chance.pick(0...3) {
        case 0: try aggregator.stop()
        case 1:
            aggregator.log.isCut = true
            #expect(throws: (any Error).self) { try self.readUntilSomethingIsPutOut() }
            aggregator.log.isCut = false
        default: break
        }
        try start()
        // It may not live long either.
        if chance.happens(30) {
            try read()
            try start()
        }
        try readAll()
        compare()
    }

    private func readUntilSomethingIsPutOut() throws {
        try readAll()
        // Nothing was left to tell: a failure all the same.
        throw CancellationError()
    }

    private func readAll() throws {
        while timelineNext < topics.timeline.count || receiptsNext < topics.receipts.count {
            try read(upTo: 2000)
        }
        try aggregator.pass()
        try aggregator.pass()
    }

    private func compare() {
        comparisons += 1
        // All that wrote, and some that did not.
        for number in members where number % (1 + members.count / 500) == 0 || hasTicks(number) {
            let expected = model.ticks(of: number)
            let told = aggregator.told[GroupTopics.account(number)] ?? Told()
            #expect(told == expected, "seed \(seed), size \(size), member \(number)")
            if expected.delivered > 0 { tickedMembers += 1 }
        }
        for number in members {
            let expected = model.ownRead(of: number, lastSeq: topics.lastSeq)
            let told = aggregator.readTold[GroupTopics.account(number)] ?? 0
            #expect(told == expected, "seed \(seed), size \(size), reader \(number)")
            if expected > model.publicRead(of: number) { privateMembers += 1 }
        }
    }

    private func hasTicks(_ number: Int) -> Bool {
        aggregator.told[GroupTopics.account(number)] != nil || model.hasSent(number)
    }
}
