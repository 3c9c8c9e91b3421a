import Metrics

/// What an archiver counts.
struct ArchiverMeters: Sendable {
    let archives = Counter(label: "martlet_archives_written_total")
    let events = Counter(label: "martlet_archives_written_events_total")
    let bytes = Counter(label: "martlet_archives_written_bytes_total")
    let dropped = Counter(label: "martlet_archives_dropped_events_total")
    /// Conversations that can't be archived; their events stay in the hot store.
    let refused = Counter(label: "martlet_archives_refused_conversations_total")

    /// Counts a run that ended early.
    func failed(_ code: String) {
        Counter(label: "martlet_archives_write_failures_total", dimensions: [("code", code)])
            .increment()
    }
}
