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
        for run in runs.reversed() where run.lowerBound <= mark {
            return min(mark, run.upperBound)
        }
        return nil
    }

    /// Forgets seqs at or below a mark.
    mutating func remove(upTo mark: UInt64) {
        let kept = runs.firstIndex { $0.upperBound > mark } ?? runs.count
        runs.removeFirst(kept)
        guard let first = runs.first, first.lowerBound <= mark else { return }
        runs[0] = mark + 1...first.upperBound
    }
}
