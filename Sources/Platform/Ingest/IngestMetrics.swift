import CoreMetrics

/// What ingest counts.
struct IngestMetrics: Sendable {
    let accepted = Counter(label: "martlet_ingest_accepted_total")
    let repeated = Counter(label: "martlet_ingest_repeated_total")
    let late = Counter(label: "martlet_ingest_timed_out_total")
    let reports = Timer(label: "martlet_ingest_append_seconds")

    /// Counts a refusal; the codes are a fixed set.
    func refused(_ code: String) {
        Counter(label: "martlet_ingest_refused_total", dimensions: [("code", code)]).increment()
    }
}
