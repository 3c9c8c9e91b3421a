import Metrics

/// What a projection shows of itself on `/metrics`.
struct ProjectionMetrics {
    let records: Counter
    let batches: Counter
    let outputs: Counter
    let deadLetters: Counter
    let skipped: Counter
    let checkpoints: Timer
    let lag: Gauge

    init(projection: String) {
        let dimensions = [("projection", projection)]
        records = Counter(label: "projection_records_total", dimensions: dimensions)
        batches = Counter(label: "projection_batches_total", dimensions: dimensions)
        outputs = Counter(label: "projection_outputs_total", dimensions: dimensions)
        deadLetters = Counter(label: "projection_dead_letters_total", dimensions: dimensions)
        skipped = Counter(label: "projection_skipped_total", dimensions: dimensions)
        checkpoints = Timer(label: "projection_checkpoint_seconds", dimensions: dimensions)
        lag = Gauge(label: "projection_lag_seconds", dimensions: dimensions)
    }
}
