import CoreMetrics

/// Keeps the process's metrics and writes them in the Prometheus text format.
public final class MetricsRegistry: Sendable {
    /// An empty registry.
    public init() {}

    /// The exposition text, format version 0.0.4.
    public func exposition() -> String {
        fatalError("ServiceKit")
    }
}
