import Metrics
import Web

/// What delivery counts.
struct DeliveryMetrics: Sendable {
    let sockets = Gauge(label: "martlet_delivery_sockets")
    let sessions = Gauge(label: "martlet_delivery_sessions")
    let eventsSent = Counter(label: "martlet_delivery_events_sent_total")
    let eventsSentAgain = Counter(label: "martlet_delivery_events_sent_again_total")
    let entries = Counter(label: "martlet_delivery_inbox_entries_total")
    let repetitions = Counter(label: "martlet_delivery_inbox_repetitions_total")
    let indexReads = Counter(label: "martlet_delivery_index_reads_total")
    let indexReadsFailed = Counter(label: "martlet_delivery_index_reads_failed_total")
    let gaps = Counter(label: "martlet_delivery_gaps_total")
    let marks = Counter(label: "martlet_delivery_marks_total")
    let appendsFailed = Counter(label: "martlet_delivery_appends_failed_total")
    let recordsDropped = Counter(label: "martlet_delivery_records_dropped_total")
    let signalsSent = Counter(label: "martlet_delivery_signals_sent_total")
    let signalsReceived = Counter(label: "martlet_delivery_signals_received_total")
    let signalsDropped = Counter(label: "martlet_delivery_signals_dropped_total")
    let acknowledgement = Timer(label: "martlet_delivery_acknowledgement_seconds")

    /// Counts a connection that ended with a close code; 0: it broke.
    func closed(_ code: UInt16) {
        let label = 1000..<5000 ~= code || code == 0 ? String(code) : "other"
        Counter(label: "martlet_delivery_closes_total", dimensions: [("code", label)]).increment()
    }
}
