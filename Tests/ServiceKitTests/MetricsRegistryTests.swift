import Metrics
import Testing

@testable import ServiceKit

@Suite struct MetricsRegistryTests {
    private let registry = MetricsRegistry()

    private func lines() -> [Substring] {
        registry.exposition().split(separator: "\n").filter { !$0.contains("process_") }
    }

    @Test func metricsAreShownInThePrometheusFormat() {
        Counter(label: "b_total", dimensions: [("code", "a\"b")], factory: registry).increment()
        Gauge(label: "a.size", factory: registry).record(2.5)
        #expect(
            lines() == [
                "# TYPE a_size gauge", "a_size 2.5", "# TYPE b_total counter",
                "b_total{code=\"a\\\"b\"} 1",
            ]
        )
    }

    @Test func theSameNameIsTheSameMetric() {
        for _ in 0..<3 { Counter(label: "c_total", factory: registry).increment(by: 2) }
        #expect(lines().last == "c_total 6")
    }

    @Test func aTimerIsAHistogramOfSeconds() {
        let timer = Timer(label: "t_seconds", factory: registry)
        timer.recordMilliseconds(3)
        timer.recordSeconds(60)
        let text = lines()
        #expect(text.contains("t_seconds_bucket{le=\"0.0025\"} 0"))
        #expect(text.contains("t_seconds_bucket{le=\"0.005\"} 1"))
        #expect(text.contains("t_seconds_bucket{le=\"10\"} 1"))
        #expect(text.contains("t_seconds_bucket{le=\"+Inf\"} 2"))
        #expect(text.contains("t_seconds_sum 60.003"))
        #expect(text.contains("t_seconds_count 2"))
    }

    @Test func aMeterGoesUpAndDown() {
        let meter = Meter(label: "m", factory: registry)
        meter.increment(by: 3)
        meter.decrement()
        #expect(lines().last == "m 2")
    }

    @Test func theNumberOfTimeSeriesIsBounded() {
        for number in 0..<10_000 {
            Counter(label: "x_total", dimensions: [("n", "\(number)")], factory: registry)
                .increment()
        }
        #expect(lines().count <= MetricsRegistry.seriesPerLabelMax + 2)
        #expect(lines().contains { $0.hasPrefix("x_total{overflow=\"true\"} 98") })
        for number in 0..<10_000 {
            Counter(label: "y\(number)_total", factory: registry).increment()
        }
        #expect(lines().count <= 2 * MetricsRegistry.seriesMax)
    }

    @Test func aNameOfTwoKindsDoesNotTrap() {
        Counter(label: "z", factory: registry).increment()
        Timer(label: "z", factory: registry).recordSeconds(1)
        Gauge(label: "z", dimensions: [("a", "b")], factory: registry).record(1)
        #expect(lines() == ["# TYPE z counter", "z 1"])
    }

    @Test func theProcessIsMeasured() {
        let text = registry.exposition()
        for name in [
            "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds",
            "process_start_time_seconds",
        ] {
            let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
            let value = line.flatMap { Double($0.dropFirst(name.count + 1)) }
            #expect((value ?? 0) > 0, "\(name)")
        }
    }
}
