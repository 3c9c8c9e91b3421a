import Metrics

/// What the broker counts.
struct BrokerMeters: Sendable {
    let requests = Counter(label: "broker_requests_total")
    let appendedBatches = Counter(label: "broker_appended_batches_total")
    let appendedRecords = Counter(label: "broker_appended_records_total")
    let appendedBytes = Counter(label: "broker_appended_bytes_total")
    let failedAppends = Counter(label: "broker_failed_appends_total")
    let fetches = Counter(label: "broker_fetches_total")
    let fetchedBytes = Counter(label: "broker_fetched_bytes_total")
    let connections = Gauge(label: "broker_connections")
    let groups = Gauge(label: "broker_groups")
    let rebalances = Counter(label: "broker_group_rebalances_total")
}
