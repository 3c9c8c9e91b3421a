import LogTail

/// Shows progress on standard error: on a terminal a line that changes in place, else a line now and then.
final class ProgressPrinter {
    private static let terminalInterval: Duration = .milliseconds(100)
    private static let lineInterval: Duration = .seconds(5)

    private let label: String
    private let writer: LineWriter
    private let start = ContinuousClock.now
    private var meter: ProgressMeter?
    private var meterStart = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?
    private var isLineOpen = false

    init(_ label: String, writer: LineWriter = LineWriter(descriptor: 2)) {
        self.label = label
        self.writer = writer
    }

    /// How long ago it was made.
    var elapsed: Duration { start.duration(to: .now) }

    /// Notes how far it is, and shows it if it is time to.
    func show(_ read: Int64, of total: Int64) {
        let now = ContinuousClock.now
        if meter?.total != total {
            meter = ProgressMeter(total: total)
            meterStart = now
            lastShown = writer.isTerminal ? nil : now
        }
        meter?.note(read, at: meterStart.duration(to: now))
        guard let meter else { return }
        let interval = writer.isTerminal ? Self.terminalInterval : Self.lineInterval
        if let lastShown, lastShown.duration(to: now) < interval, read < total { return }
        lastShown = now
        if let columns = writer.columns {
            overwrite(ProgressText.bar(meter, label, columns: columns))
        } else if read < total {
            say(ProgressText.line(meter, label))
        }
    }

    /// Says something in a line of its own.
    func say(_ text: String) {
        end()
        writer.tell([text])
    }

    /// Leaves the changing line as it is and goes on in the next.
    func end() {
        if isLineOpen { writer.tell([""]) }
        isLineOpen = false
    }

    private func overwrite(_ text: String) {
        writer.tell("\r\(text)\u{1B}[K")
        isLineOpen = true
    }
}
