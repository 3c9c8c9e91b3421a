import Testing

@testable import ChatClient
@testable import MartletClient

@Suite struct LoadedHistoryTests {
    /// Numbers that follow from a seed (SplitMix64).
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    /// A conversation of so many events, and which of them have come here.
    private struct Truth {
        var last: UInt64 = 60
        var here: Set<UInt64> = []

        /// What a server would answer, 10 events at most.
        func page(_ request: HistoryRequest) -> (page: EventPage, top: UInt64, seqs: [UInt64]) {
            let seqs: [UInt64]
            switch request {
            case .newest: seqs = Array((1...last).suffix(10))
            case .before(let seq): seqs = Array((1..<max(seq, 1)).suffix(10))
            case .after(let seq): seqs = seq < last ? Array((seq + 1...last).prefix(10)) : []
            case .around(let seq):
                seqs = Array((max(seq, 6) - 5...min(seq + 5, last)))
            }
            var page = EventPage(events: [])
            if case .after = request {
            } else {
                page.nextBeforeSeq = seqs.first.flatMap { $0 > 1 ? $0 : nil }
            }
            switch request {
            case .after, .around: page.nextAfterSeq = seqs.last.flatMap { $0 < last ? $0 : nil }
            default: break
            }
            return (page, seqs.last ?? 0, seqs)
        }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func whateverComesInWhateverOrderItIsKnownWhatIsHere(seed: UInt64) {
        var numbers = Numbers(state: seed)
        var truth = Truth()
        var history = LoadedHistory()
        for step in 0..<200 {
            let seq = UInt64.random(in: 1...truth.last, using: &numbers)
            switch Int.random(in: 0..<10, using: &numbers) {
            case 0..<3:
                let marks = history.marks
                let goingUp = Bool.random(using: &numbers)
                let request = marks.compactMap { $0.request(goingUp: goingUp) }.randomElement(
                    using: &numbers
                )
                take(request ?? .newest, &history, &truth)
            case 3: take(.around(seq), &history, &truth)
            case 4: take(.newest, &history, &truth)
            case 5: history.leaveEnd()
            case 6: history.returnToEnd()
            case 7 where step % 4 == 0:
                history.forget(below: seq)
                truth.here = truth.here.filter { $0 >= seq }
            case 8 where step % 4 == 0:
                history.forget(above: seq)
                truth.here = truth.here.filter { $0 <= seq }
            default:
                truth.last += 1
                if history.take(live: truth.last) { truth.here.insert(truth.last) }
            }
            let known = Set((1...truth.last).filter { history.contains($0) })
            #expect(known == truth.here, "seed \(seed), step \(step)")
            let apart = zip(history.ranges, history.ranges.dropFirst())
            #expect(apart.allSatisfy { $0.upperBound + 1 < $1.lowerBound }, "seed \(seed)")
            if history.end == .live {
                // Then nothing is missing behind what is here.
                #expect(history.ranges.last?.upperBound == truth.last, "seed \(seed)")
            }
        }
        // Who goes on comes to both ends, and everything is here.
        history.returnToEnd()
        take(.newest, &history, &truth)
        while let request = history.marks.compactMap({ $0.request(goingUp: true) }).first {
            take(request, &history, &truth)
        }
        #expect(history.ranges == [0...truth.last])
        #expect(history.marks.map(\.kind) == [.beginning])
    }

    private func take(
        _ request: HistoryRequest,
        _ history: inout LoadedHistory,
        _ truth: inout Truth
    ) {
        let (page, top, seqs) = truth.page(request)
        #expect(history.begin(request, since: 0, emptyBefore: 0) == true)
        #expect(history.take(page, top: top, for: request) != nil)
        truth.here.formUnion(seqs)
    }

    @Test func aPageIsAskedForOnceAndTakenOnce() {
        var history = LoadedHistory()
        #expect(history.begin(.newest, since: 7, emptyBefore: 0) == true)
        #expect(history.begin(.newest, since: 9, emptyBefore: 0) == false)
        #expect(history.marks.map(\.text) == ["loading messages…"])
        let page = EventPage(events: [], nextBeforeSeq: 40)
        #expect(history.take(page, top: 49, for: .before(40)) == nil)
        #expect(history.take(page, top: 49, for: .newest)?.since == 7)
        #expect(history.take(page, top: 49, for: .newest) == nil)
        #expect(history.marks.map(\.text) == ["… older messages: PageUp"])
        #expect(history.begin(.before(40), since: 0, emptyBefore: 0) == true)
        #expect(history.marks.map(\.text) == ["loading older messages…"])
        #expect(history.marks.compactMap { $0.request(goingUp: true) }.isEmpty)
        history.fail(.before(40), "the server does not answer")
        #expect(
            history.marks.map(\.text) == [
                "no older messages: the server does not answer; PageUp tries again"
            ]
        )
        #expect(history.begin(.before(40), since: 0, emptyBefore: 0) == true)
        _ = history.take(EventPage(events: []), top: 39, for: .before(40))
        #expect(history.marks.map(\.text) == ["the beginning of the conversation"])
    }

    @Test func whatCannotBeReadIsOneRangeUntilItCanBe() {
        var history = LoadedHistory()
        func take(_ page: EventPage, _ top: UInt64, _ request: HistoryRequest) {
            _ = history.begin(request, since: 0, emptyBefore: 0)
            _ = history.take(page, top: top, for: request)
        }
        let gone = { MissingRange(fromSeq: $0, toSeq: $1, reason: .archiveUnavailable) }
        // An archive may have more than the page was to have.
        take(EventPage(events: [], nextBeforeSeq: 31, missing: [gone(1, 40)]), 60, .newest)
        #expect(!history.contains(35) && history.contains(45))
        #expect(
            history.marks.map(\.text) == [
                "… older messages: PageUp",
                "messages 31 to 40 can't be read at the moment (archive out of reach); "
                    + "PageUp tries again",
            ]
        )
        take(EventPage(events: [], missing: [gone(1, 30)]), 0, .before(31))
        #expect(history.missing == [gone(1, 40)])
        #expect(history.marks.last?.request(goingUp: true) == .before(41))
        take(EventPage(events: [], nextBeforeSeq: 11), 40, .before(41))
        #expect(history.missing == [gone(1, 10)])
        #expect(history.contains(11))
        let broken = MissingRange(fromSeq: 1, toSeq: 1, reason: .archiveCorrupt)
        take(EventPage(events: [], missing: [broken]), 10, .before(11))
        #expect(
            history.marks.map(\.text) == [
                "the beginning of the conversation",
                "message 1 can't be read at the moment (archive damaged)",
            ]
        )
        #expect(history.marks.compactMap { $0.request(goingUp: true) }.isEmpty)
    }

    @Test func aNewestPageThatWasReadBeforeAGapDoesNotCloseIt() {
        var history = LoadedHistory()
        _ = history.begin(.newest, since: 0, emptyBefore: 0)
        history.interrupt()
        let fetch = history.take(EventPage(events: []), top: 5, for: .newest)
        #expect(fetch?.isStale == true)
        #expect(history.end == .interrupted)
        // What comes next does not follow for certain.
        _ = history.take(live: 9)
        #expect(history.ranges == [0...5, 9...9])
    }

    @Test func aServerThatGoesNowhereIsNotFollowedBackwards() {
        var history = LoadedHistory()
        _ = history.begin(.before(5), since: 0, emptyBefore: 0)
        _ = history.take(EventPage(events: [], nextBeforeSeq: 500), top: 0, for: .before(5))
        #expect(history.ranges == [4...4])
        _ = history.begin(.before(0), since: 0, emptyBefore: 0)
        _ = history.take(EventPage(events: []), top: 0, for: .before(0))
        #expect(history.ranges == [0...0, 4...4])
    }
}
