public import CoreMetrics
import Synchronization

/// Keeps the process's metrics and writes them in the Prometheus text format.
///
/// The factory behind swift-metrics: the same label and dimensions give the same metric, so that making one anew is cheap.
/// Recording is an atomic operation or two, without a lock. Bounded: beyond `seriesPerLabelMax` of one label, what is new is
/// counted together under the dimension `overflow="true"`; beyond `seriesMax` it is not shown.
public final class MetricsRegistry: Sendable {
    /// Time series at most.
    public static let seriesMax = 2000
    /// Time series of one label at most.
    public static let seriesPerLabelMax = 200

    /// Names one time series.
    struct Key: Hashable, Comparable {
        let label: String
        /// As in the exposition: `code="4001",kind="x"`; empty without dimensions.
        let dimensions: String

        init(_ label: String, _ dimensions: [(String, String)]) {
            self.label = MetricText.name(label)
            self.dimensions = dimensions.map {
                "\(MetricText.name($0.0))=\"\(MetricText.escaped($0.1))\""
            }.joined(separator: ",")
        }

        static func < (left: Self, right: Self) -> Bool {
            (left.label, left.dimensions) < (right.label, right.dimensions)
        }
    }

    private struct Label {
        let kind: String
        var series = 0
    }

    private struct State {
        var metrics: [Key: any RegistryMetric] = [:]
        var labels: [String: Label] = [:]
    }

    private let state = Mutex(State())

    /// An empty registry.
    public init() {}

    /// The exposition text, format version 0.0.4.
    public func exposition() -> String {
        let metrics = state.withLock { $0.metrics }
        var text = ""
        var label = ""
        for (key, metric) in metrics.sorted(by: { $0.key < $1.key }) {
            if key.label != label {
                label = key.label
                text += "# TYPE \(label) \(metric.kind)\n"
            }
            metric.write(label: key.label, dimensions: key.dimensions, to: &text)
        }
        ProcessMetrics.write(to: &text)
        return text
    }

    /// The metric of this name; one that is not shown if another kind has the name or there are too many.
    private func metric<Metric: RegistryMetric>(
        _ label: String,
        _ dimensions: [(String, String)],
        make: () -> Metric
    ) -> Metric {
        let key = Key(label, dimensions)
        return state.withLock { state in
            if let metric = state.metrics[key] { return metric as? Metric ?? make() }
            let known = state.labels[key.label]
            let isFull = (known?.series ?? 0) >= Self.seriesPerLabelMax
            let place = isFull ? Key(label, [("overflow", "true")]) : key
            if let metric = state.metrics[place] { return metric as? Metric ?? make() }
            let metric = make()
            guard known?.kind ?? metric.kind == metric.kind, state.metrics.count < Self.seriesMax
            else { return metric }
            state.metrics[place] = metric
            state.labels[key.label, default: Label(kind: metric.kind)].series += 1
            return metric
        }
    }
}

extension MetricsRegistry: MetricsFactory {
    /// A counter.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        metric(label, dimensions) { CounterMetric() }
    }

    /// A counter of fractions.
    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        metric(label, dimensions) { GaugeMetric(kind: "counter") }
    }

    /// A gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        metric(label, dimensions) { GaugeMetric(kind: "gauge") }
    }

    /// A histogram if it aggregates, else a gauge.
    public func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return metric(label, dimensions) { GaugeMetric(kind: "gauge") } }
        return metric(label, dimensions) { HistogramMetric(bounds: HistogramMetric.valueBounds) }
    }

    /// A histogram of seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        metric(label, dimensions) {
            HistogramMetric(bounds: HistogramMetric.nanosecondBounds, unitsPerShown: 1e9)
        }
    }

    /// Does nothing: what was counted stays.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// Does nothing: what was counted stays.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// Does nothing: what was measured stays.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// Does nothing: what was recorded stays.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Does nothing: what was recorded stays.
    public func destroyTimer(_ handler: any TimerHandler) {}
}
