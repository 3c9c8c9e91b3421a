import Histogram

/// How long something took, in milliseconds.
struct Latency: Codable, Sendable, Equatable {
    /// The longest that is told apart.
    static let microsecondsMax: UInt64 = 3_600_000_000

    var count: UInt64
    var mean: Double
    var p50: Double
    var p90: Double
    var p99: Double
    var p999: Double
    var max: Double

    /// What a histogram of microseconds says.
    init(_ histogram: Histogram<UInt64>) {
        func milliseconds(_ microseconds: UInt64) -> Double { Double(microseconds) / 1000 }
        count = histogram.totalCount
        let isEmpty = count == 0
        mean = isEmpty ? 0 : (histogram.mean / 1000 * 1000).rounded() / 1000
        p50 = isEmpty ? 0 : milliseconds(histogram.valueAtPercentile(50))
        p90 = isEmpty ? 0 : milliseconds(histogram.valueAtPercentile(90))
        p99 = isEmpty ? 0 : milliseconds(histogram.valueAtPercentile(99))
        p999 = isEmpty ? 0 : milliseconds(histogram.valueAtPercentile(99.9))
        max = isEmpty ? 0 : milliseconds(histogram.max)
    }

    /// A histogram of microseconds.
    static func histogram() -> Histogram<UInt64> {
        Histogram<UInt64>(
            highestTrackableValue: microsecondsMax,
            numberOfSignificantValueDigits: .three
        )
    }

    /// The microseconds between two times in nanoseconds, as a histogram takes them.
    static func microseconds(from due: UInt64, to now: UInt64) -> UInt64 {
        min(now > due ? (now - due) / 1000 : 0, microsecondsMax)
    }

    /// The lines of a table of latencies, with what is missing left out.
    static func lines(_ rows: [(title: String, latency: Latency?)]) -> [String] {
        let head = ReportText.row("from due, ms", ["p50", "p90", "p99", "p99.9", "max"])
        return [head]
            + rows.compactMap { title, latency in
                guard let latency else { return nil }
                let values = [latency.p50, latency.p90, latency.p99, latency.p999, latency.max]
                return ReportText.row(title, values.map { ReportText.number($0, 2) })
            }
    }
}
