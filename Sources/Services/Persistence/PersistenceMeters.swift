import Metrics

/// What persistence counts.
struct PersistenceMeters: Sendable {
    let events = Counter(label: "martlet_persistence_events_total")
    let receipts = Counter(label: "martlet_persistence_receipts_total")
    let repetitions = Counter(label: "martlet_persistence_repetitions_total")
    let conflicts = Counter(label: "martlet_persistence_conflicts_total")
    let disappeared = Counter(label: "martlet_persistence_disappeared_total")
    /// Events that were looked at for search.
    let indexed = Counter(label: "martlet_persistence_indexed_total")
    /// How often the store was asked again because it was away.
    let storeRetries = Counter(label: "martlet_persistence_store_retries_total")
}
