/// The seqs that one account sent in a conversation and that are not read by all yet, as runs.
///
/// Whoever writes to somebody who is away sends one seq after the other: one run, however many. Runs
/// are bounded: the two oldest become one when there are too many, which may make a tick name a seq that another
/// account sent; what it says, everything up to there, stays true.
struct SentRuns: Equatable {
    /// Runs at most.
    static let runsMax = 256

    /// Rising, without overlap and with gaps between them.
    private(set) var runs: [ClosedRange<UInt64>] = []

    /// The lowest seq.
    var first: UInt64? { runs.first?.lowerBound }

    /// Adds a seq that is higher than all before; any other is there already.
    mutating func append(_ seq: UInt64) {
        guard let last = runs.last else {
            runs.append(seq...seq)
            return
        }
        guard seq > last.upperBound else { return }
        if seq == last.upperBound + 1 {
            runs[runs.count - 1] = last.lowerBound...seq
            return
        }
        runs.append(seq...seq)
        if runs.count > Self.runsMax {
            runs[1] = runs[0].lowerBound...runs[1].upperBound
            runs.removeFirst()
        }
    }

    /// The highest seq at or below a mark.
    func highest(atMost mark: UInt64) -> UInt64? {
        let index = firstRun(above: mark)
        if index < runs.count, runs[index].lowerBound <= mark { return mark }
        return index > 0 ? runs[index - 1].upperBound : nil
    }

    /// The lowest seq above another.
    func next(after seq: UInt64) -> UInt64? {
        let index = firstRun(above: seq)
        return index < runs.count ? max(runs[index].lowerBound, seq + 1) : nil
    }

    /// Forgets seqs at or below a mark.
    mutating func remove(upTo mark: UInt64) {
        runs.removeFirst(firstRun(above: mark))
        guard let first = runs.first, first.lowerBound <= mark else { return }
        runs[0] = mark + 1...first.upperBound
    }

    /// The first run that does not end at or below a mark.
    private func firstRun(above mark: UInt64) -> Int {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].upperBound > mark { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
