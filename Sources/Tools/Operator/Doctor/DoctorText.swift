import Events

/// Sizes and spans of time in words.
enum DoctorText {
    /// `1.5 GB`, in powers of 1,000.
    static func bytes(_ count: Int64) -> String {
        var number = Double(count)
        for unit in ["bytes", "kB", "MB", "GB", "TB"] {
            if number < 1000 || unit == "TB" {
                return unit == "bytes" ? "\(count) bytes" : "\(tenths(number)) \(unit)"
            }
            number /= 1000
        }
        return "\(count) bytes"
    }

    /// `3.2 ms`, `12.0 s`, `5 minutes`, `3 hours`, `12 days`; rounded down from a minute on.
    static func span(_ duration: Duration) -> String {
        let seconds = max(duration.seconds, 0)
        switch seconds {
        case ..<1: return "\(tenths(seconds * 1000)) ms"
        case ..<120: return "\(tenths(seconds)) s"
        case ..<7200: return "\(Int(seconds / 60)) minutes"
        case ..<172_800: return "\(Int(seconds / 3600)) hours"
        default: return "\(Int(min(seconds / 86_400, 1_000_000))) days"
        }
    }

    /// `1 record`, `2 records`.
    static func count(_ number: Int64, _ word: String) -> String {
        "\(ProgressText.grouped(number)) \(word)\(number == 1 ? "" : "s")"
    }

    private static func tenths(_ number: Double) -> String {
        let tenths = Int64((number * 10).rounded(.down))
        return "\(tenths / 10).\(tenths % 10)"
    }
}
