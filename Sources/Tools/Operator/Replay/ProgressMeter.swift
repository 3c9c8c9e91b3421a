import Events

/// How far a long run has come, how fast it goes, how long it will take.
struct ProgressMeter: Sendable {
    private struct Mark {
        var time: Duration
        var read: Int64
    }

    /// The rate is that of the last seconds: so long.
    static let window: Duration = .seconds(5)
    private static let markInterval: Duration = .milliseconds(100)

    /// Records to read.
    let total: Int64
    /// Records read.
    private(set) var read: Int64 = 0
    /// How long it has been running.
    private(set) var elapsed: Duration = .zero
    private var marks = [Mark(time: .zero, read: 0)]

    init(total: Int64) {
        self.total = total
    }

    /// Notes how far it is, so long after the start.
    mutating func note(_ read: Int64, at time: Duration) {
        self.read = read
        elapsed = time
        guard let last = marks.last, time - last.time >= Self.markInterval else { return }
        marks.append(Mark(time: time, read: read))
        // One mark beyond the window stays, so that the rate is always over the whole of it.
        while marks.count > 2, time - marks[1].time >= Self.window { marks.removeFirst() }
    }

    /// Which part is done, from 0 to 1.
    var share: Double {
        total <= 0 ? 1 : min(Double(read) / Double(total), 1)
    }

    /// Records a second, of late.
    var rate: Double {
        guard let first = marks.first, elapsed > first.time else { return 0 }
        return Double(read - first.read) / (elapsed - first.time).seconds
    }

    /// How long the rest will take at that rate; `nil`: nobody knows.
    var timeLeft: Duration? {
        let rate = rate
        guard rate >= 1 else { return nil }
        return .seconds(Double(max(total - read, 0)) / rate)
    }
}
