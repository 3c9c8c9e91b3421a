import CoreMetrics
import Synchronization

/// A metric that the registry keeps.
protocol RegistryMetric: AnyObject, Sendable {
    /// The word after `# TYPE name`.
    var kind: String { get }
    /// Appends its lines.
    func write(label: String, dimensions: String, to text: inout String)
}

/// Counts up; overflows by wrapping, as Prometheus's counters may.
final class CounterMetric: RegistryMetric, CounterHandler {
    let kind = "counter"
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        value.store(0, ordering: .relaxed)
    }

    func write(label: String, dimensions: String, to text: inout String) {
        let number = value.load(ordering: .relaxed)
        text += "\(MetricText.series(label, dimensions)) \(number)\n"
    }
}

/// A number that goes up and down; the bits of a `Double` in an atomic.
final class GaugeMetric: RegistryMetric, RecorderHandler, MeterHandler, FloatingPointCounterHandler
{
    let kind: String
    private let bits = Atomic<UInt64>(Double.zero.bitPattern)

    init(kind: String) {
        self.kind = kind
    }

    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func decrement(by amount: Double) { increment(by: -amount) }
    func reset() { set(Double.zero) }

    func increment(by amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (isDone, found) = bits.weakCompareExchange(
                expected: old,
                desired: new,
                ordering: .relaxed
            )
            if isDone { return }
            old = found
        }
    }

    func write(label: String, dimensions: String, to text: inout String) {
        let number = Double(bitPattern: bits.load(ordering: .relaxed))
        text += "\(MetricText.series(label, dimensions)) \(MetricText.number(number))\n"
    }
}

/// Counts values by size, in fixed buckets.
final class HistogramMetric: RegistryMetric, RecorderHandler, TimerHandler {
    /// 50 µs to 10 s.
    static let nanosecondBounds: [Int64] = [
        50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
        50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000,
        5_000_000_000, 10_000_000_000,
    ]
    /// 1 to a million.
    static let valueBounds: [Int64] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000,
        1_000_000,
    ]
    private static let bucketsMax = 18

    let kind = "histogram"
    private let bounds: [Int64]
    private let unitsPerShown: Double
    private let sum = Atomic<Int64>(0)
    /// One cell per bound and one for what is larger.
    private let cells: [Cell]

    private final class Cell: Sendable {
        let count = Atomic<UInt64>(0)
    }

    init(bounds: [Int64], unitsPerShown: Double = 1) {
        precondition(bounds.count < Self.bucketsMax)
        self.bounds = bounds
        self.unitsPerShown = unitsPerShown
        cells = (0...bounds.count).map { _ in Cell() }
    }

    func record(_ value: Double) {
        record(Int64(exactly: value.rounded()) ?? (value > 0 ? .max : 0))
    }

    func recordNanoseconds(_ duration: Int64) { record(duration) }

    func record(_ value: Int64) {
        var place = 0
        while place < bounds.count, value > bounds[place] { place += 1 }
        cells[place].count.wrappingAdd(1, ordering: .relaxed)
        sum.wrappingAdd(value, ordering: .relaxed)
    }

    func write(label: String, dimensions: String, to text: inout String) {
        var total: UInt64 = 0
        let prefix = dimensions.isEmpty ? "" : dimensions + ","
        for (place, cell) in cells.enumerated() {
            total += cell.count.load(ordering: .relaxed)
            let bound =
                place < bounds.count
                ? MetricText.number(Double(bounds[place]) / unitsPerShown) : "+Inf"
            text += "\(label)_bucket{\(prefix)le=\"\(bound)\"} \(total)\n"
        }
        let shown = Double(sum.load(ordering: .relaxed)) / unitsPerShown
        text += "\(MetricText.series(label + "_sum", dimensions)) \(MetricText.number(shown))\n"
        text += "\(MetricText.series(label + "_count", dimensions)) \(total)\n"
    }
}

/// The words of the Prometheus text format.
enum MetricText {
    /// A name of letters, digits, `_` and `:`, not starting with a digit; anything else becomes `_`.
    static func name(_ text: String) -> String {
        var name = ""
        for (place, byte) in text.utf8.prefix(200).enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "_"), UInt8(ascii: ":"):
                name.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "0")...UInt8(ascii: "9") where place > 0:
                name.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                name += "_"
            }
        }
        return name.isEmpty ? "_" : name
    }

    /// A dimension's value, escaped, at most 128 characters.
    static func escaped(_ text: String) -> String {
        var value = ""
        for scalar in text.unicodeScalars.prefix(128) {
            switch scalar {
            case "\\": value += "\\\\"
            case "\"": value += "\\\""
            case "\n": value += "\\n"
            default: value.unicodeScalars.append(scalar)
            }
        }
        return value
    }

    static func series(_ label: String, _ dimensions: String) -> String {
        dimensions.isEmpty ? label : "\(label){\(dimensions)}"
    }

    static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return String(whole) }
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return String(value)
    }
}
