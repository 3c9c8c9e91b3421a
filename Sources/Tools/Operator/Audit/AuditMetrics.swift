import Events
import Metrics
import ServiceKit

/// What a continuous audit shows on `/metrics` and `/readyz`.
struct AuditMetrics: Sendable {
    private let registry: MetricsRegistry
    private let health: HealthRegistry
    private let passes: Counter
    private let lastPass: Gauge
    private let pending: Gauge
    private let suspicions: Gauge

    init(_ registry: MetricsRegistry, health: HealthRegistry) {
        self.registry = registry
        self.health = health
        passes = Counter(label: "audit_passes_total", factory: registry)
        lastPass = Gauge(label: "audit_last_pass_seconds", factory: registry)
        pending = Gauge(label: "audit_pending_records", factory: registry)
        suspicions = Gauge(label: "audit_awaited_ticks", factory: registry)
        health.set("log", isMet: false, detail: "nothing has been read yet")
        // What is not counted yet is 0, and not unknown.
        for kind in AuditFinding.Kind.allCases { counter(kind).increment(by: 0) }
    }

    private func counter(_ kind: AuditFinding.Kind) -> Counter {
        Counter(
            label: "audit_findings_total",
            dimensions: [("kind", kind.name)],
            factory: registry
        )
    }

    /// So many records of a topic were read.
    func read(_ topic: Topic, _ count: Int) {
        let records = Counter(
            label: "audit_records_total",
            dimensions: [("topic", topic.name)],
            factory: registry
        )
        records.increment(by: count)
    }

    /// So many records of a topic are to be read.
    func lag(_ topic: Topic, _ count: Int64) {
        Gauge(
            label: "audit_lag_records",
            dimensions: [("topic", topic.name)],
            factory: registry
        ).record(count)
    }

    /// Something is not as it should be.
    func found(_ finding: AuditFinding) { counter(finding.kind).increment() }

    /// A pass has ended.
    func note(_ outcome: AuditOutcome, at time: Timestamp) {
        passes.increment()
        lastPass.record(Double(time.milliseconds) / 1000)
        pending.record(outcome.pending)
        suspicions.record(outcome.suspicions)
        health.set("log", isMet: true)
    }

    /// The log does not answer.
    func away() { health.set("log", isMet: false, detail: "the log is away") }
}
