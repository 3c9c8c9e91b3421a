import Metrics

/// What a cold reader counts.
struct ColdReaderMeters: Sendable {
    /// Parts that were asked for.
    let parts = Counter(label: "martlet_archives_parts_total")
    /// Of them those that were at hand.
    let hits = Counter(label: "martlet_archives_parts_kept_total")
    let ranges = Counter(label: "martlet_archives_ranges_total")
    let bytes = Counter(label: "martlet_archives_range_bytes_total")

    /// Counts a part that can't be read.
    func failed(_ code: String) {
        Counter(label: "martlet_archives_read_failures_total", dimensions: [("code", code)])
            .increment()
    }
}
