import CoreMetrics
import Synchronization

/// Counts what a cache counts, apart from the process's metrics.
final class Tally: MetricsFactory {
    private final class Count: CounterHandler {
        let value = Atomic<Int64>(0)

        func increment(by amount: Int64) { value.add(amount, ordering: .relaxed) }

        func reset() { value.store(0, ordering: .relaxed) }
    }

    private let counts = Mutex<[String: Count]>([:])

    /// How often something was counted: `hits`, `misses`, or a reason of errors such as `errors timeout`.
    func count(_ name: String) -> Int64 {
        counts.withLock { $0[name]?.value.load(ordering: .relaxed) ?? 0 }
    }

    /// All errors together.
    var errors: Int64 {
        counts.withLock { counts in
            counts.filter { $0.key.hasPrefix("errors ") }.values
                .reduce(0) { $0 + $1.value.load(ordering: .relaxed) }
        }
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let what = label.dropFirst("martlet_cache_".count).prefix { $0 != "_" }
        let reason = dimensions.first { $0.0 == "reason" }.map { " \($0.1)" } ?? ""
        let count = Count()
        counts.withLock { $0["\(what)\(reason)"] = count }
        return count
    }

    func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        NOOPMetricsHandler.instance
    }

    func destroyCounter(_ handler: any CounterHandler) {}

    func destroyRecorder(_ handler: any RecorderHandler) {}

    func destroyTimer(_ handler: any TimerHandler) {}
}
