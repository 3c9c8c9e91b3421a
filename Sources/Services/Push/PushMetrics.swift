import Metrics

/// What push counts.
struct PushMetrics {
    /// Notifications that the provider took over.
    let notified = Counter(label: "martlet_push_notified_total")
    /// Messages that need not wait any more: they were acknowledged, read or taken back.
    let acknowledged = Counter(label: "martlet_push_acknowledged_total")
    /// Messages too old to be notified, or gone before they were.
    let expired = Counter(label: "martlet_push_expired_total")
    /// Calls that the provider refused.
    let failures = Counter(label: "martlet_push_provider_failures_total")
    /// Times when too many messages waited.
    let relieved = Counter(label: "martlet_push_relieved_total")
    /// What waits, in accounts: a message to a group counts once, and for those who are looked at again.
    let pending = Gauge(label: "martlet_push_pending")
}
