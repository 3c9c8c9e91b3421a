/// The seqs of what one account sent to somebody and not all have read, as runs.
///
/// Bounded: of too many runs the two oldest become one, of which only the first seq is sure.
struct OwnSeqs: Equatable {
    /// Runs at most.
    static let runsMax = 256

    /// Rising, with gaps between them.
    private var runs: [ClosedRange<UInt64>] = []
    private var isFirstBlurred = false

    /// The highest.
    var last: UInt64? { runs.last?.upperBound }

    /// Adds a seq that is higher than all before.
    mutating func append(_ seq: UInt64) {
        guard let last = runs.last else {
            runs = [seq...seq]
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
            isFirstBlurred = true
        }
    }

    /// The highest that is surely at or below a mark; `nil`: there may be none.
    func highest(atMost mark: UInt64) -> UInt64? {
        guard let place = runs.lastIndex(where: { $0.lowerBound <= mark }) else { return nil }
        let run = runs[place]
        if place == 0, isFirstBlurred, mark < run.upperBound { return run.lowerBound }
        return min(mark, run.upperBound)
    }

    /// Forgets what is below a seq, which all have read and the sender was told of.
    mutating func forget(below seq: UInt64) {
        let count = runs.prefix { $0.upperBound < seq }.count
        if count > 0 {
            runs.removeFirst(count)
            isFirstBlurred = false
        }
        guard !isFirstBlurred, let first = runs.first, first.lowerBound < seq else { return }
        runs[0] = seq...first.upperBound
    }
}
