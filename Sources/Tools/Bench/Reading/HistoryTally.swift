import Histogram

/// What became of the requests of a load: counts, and the latencies of those that are measured.
struct HistoryTally: Sendable {
    private static let kinds = HistoryQuestion.Kind.allCases

    /// Nanoseconds of the loop's clock: requests due from here on are measured.
    var measuredFrom: UInt64 = .max
    private(set) var histograms = Self.kinds.map { _ in Latency.histogram() }
    private(set) var all = Latency.histogram()
    private(set) var started = 0
    private(set) var answered = 0
    /// Answers by what is wrong with them.
    private(set) var faults: [String: Int] = [:]
    /// Answers of an index that has not caught up.
    private(set) var incomplete = 0
    /// Bytes of the answers that are measured.
    private(set) var bytes = 0
    var disconnects = 0

    /// Requests that have neither been answered nor lost their connection.
    var unanswered: Int { started - answered - (faults["disconnected"] ?? 0) }

    /// Answers that are not as they must be, and requests that lost their connection.
    var wrong: Int { faults.values.reduce(0, +) }

    /// The latencies of a kind of question; `nil`: none was asked.
    func latency(_ kind: HistoryQuestion.Kind) -> Latency? {
        guard let place = Self.kinds.firstIndex(of: kind), histograms[place].totalCount > 0 else {
            return nil
        }
        return Latency(histograms[place])
    }

    mutating func start() { started += 1 }

    /// Notes that a request lost its connection.
    mutating func lose() { faults["disconnected", default: 0] += 1 }

    /// Notes an answer.
    mutating func answer(
        _ kind: HistoryQuestion.Kind,
        due: UInt64,
        at now: UInt64,
        bytes count: Int,
        _ verdict: HistoryCheck.Verdict
    ) {
        answered += 1
        switch verdict {
        case .right: break
        case .incomplete: incomplete += 1
        case .wrong(let word): faults["\(kind.rawValue) \(word)", default: 0] += 1
        }
        guard due >= measuredFrom, let place = Self.kinds.firstIndex(of: kind) else { return }
        bytes += count
        let elapsed = Latency.microseconds(from: due, to: now)
        histograms[place].record(elapsed)
        all.record(elapsed)
    }
}
