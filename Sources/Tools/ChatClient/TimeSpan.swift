/// Spans of time as people write them: `1h`, `7d`.
enum TimeSpan {
    private static let units: [(letter: Character, seconds: Int64, word: String)] = [
        ("w", 7 * 24 * 60 * 60, "week"), ("d", 24 * 60 * 60, "day"), ("h", 60 * 60, "hour"),
        ("m", 60, "minute"), ("s", 1, "second"),
    ]

    /// Reads `off`, or a number with its unit; `nil`: it is neither.
    static func parse(_ text: String) -> Duration? {
        let text = text.lowercased()
        if text == "off" {
            return .zero
        }
        guard let last = text.last, let unit = units.first(where: { $0.letter == last }),
            let number = Int64(text.dropLast()), (1...1_000_000).contains(number)
        else { return nil }
        return .seconds(number * unit.seconds)
    }

    /// `1 day`, `36 hours`.
    static func words(_ span: Duration) -> String {
        let seconds = span.components.seconds
        let unit = units.dropFirst().first { seconds % $0.seconds == 0 && seconds >= $0.seconds }
        let count = seconds / (unit?.seconds ?? 1)
        return "\(count) \(unit?.word ?? "second")\(count == 1 ? "" : "s")"
    }
}
