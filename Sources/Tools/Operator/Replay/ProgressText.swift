import Events
import LogTail

/// Progress in words and bars.
enum ProgressText {
    /// The narrowest bar worth drawing.
    private static let barMin = 8
    private static let barMax = 40

    /// A line for a terminal of so many columns, the last of which stays empty.
    static func bar(_ meter: ProgressMeter, _ label: String, columns: Int) -> String {
        let head = label + " " + TopicTable.right(percent(meter), 4) + " "
        let tail = " \(amount(meter))  \(speed(meter))"
        let room = columns - 1 - head.count - tail.count
        let bar = room >= barMin ? drawn(meter.share, columns: min(room, barMax)) : ""
        return TerminalText.truncated(head + bar + tail, toWidth: max(columns - 1, 1))
    }

    /// A line for a file.
    static func line(_ meter: ProgressMeter, _ label: String) -> String {
        "\(label) \(percent(meter)): \(amount(meter)), \(speed(meter))"
    }

    private static func percent(_ meter: ProgressMeter) -> String {
        // Never 100 before the end.
        "\(Int((meter.share * 100).rounded(.down)))%"
    }

    private static func amount(_ meter: ProgressMeter) -> String {
        "\(grouped(meter.read)) of \(grouped(meter.total)) records"
    }

    private static func speed(_ meter: ProgressMeter) -> String {
        let rate = "\(grouped(Int64(meter.rate.rounded())))/s"
        guard let left = meter.timeLeft else { return rate }
        return "\(rate), \(clock(left)) left"
    }

    private static func drawn(_ share: Double, columns: Int) -> String {
        let full = Int((share * Double(columns)).rounded(.down))
        return String(repeating: "█", count: full)
            + String(repeating: "░", count: columns - full)
    }

    /// `0:07`, `12:34`, `1:02:03`; rounded up, so that 0:00 is the end.
    static func clock(_ duration: Duration) -> String {
        let seconds = Int64(max(duration.seconds, 0).rounded(.up))
        func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
        guard seconds >= 3600 else { return "\(seconds / 60):\(two(seconds % 60))" }
        return "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }

    /// `1,234,567`.
    static func grouped(_ number: Int64) -> String {
        var text = ""
        for (place, digit) in String(number.magnitude).reversed().enumerated() {
            if place > 0, place % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + String(text.reversed())
    }

    /// `12.3 s`.
    static func seconds(_ duration: Duration) -> String {
        let tenths = Int64((max(duration.seconds, 0) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
