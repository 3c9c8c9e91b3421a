import ArgumentParser
import EventLog
import Events
import LogTail
import ServiceKit

/// One run of `martlet audit`, from the first pass to the exit code; blocks.
final class AuditRun {
    /// What was asked for.
    struct Options: Sendable {
        var configuration: EventLogConfiguration
        var findingsShown: Int
        var isJSON: Bool
        var interval: Duration
    }

    /// How long after a pass that left ticks in doubt the next comes.
    private static let recheckInterval: Duration = .seconds(1)
    /// So many passes without any progress end the wait for ticks that are in doubt.
    private static let recheckPassesMax = 5

    private let options: Options
    private let writer: LineWriter
    private let clock: any WallClock
    private let metrics: AuditMetrics?

    init(
        _ options: Options,
        writer: LineWriter,
        clock: any WallClock = SystemClock(),
        metrics: AuditMetrics? = nil
    ) {
        self.options = options
        self.writer = writer
        self.clock = clock
        self.metrics = metrics
    }

    // MARK: Once

    /// Looks at everything there is, and again at ticks that were not told yet, until that is settled.
    ///
    /// - Throws: `ExitCode.failure` if something is wrong.
    func once() throws {
        let auditor = try LogAuditor(options.configuration)
        defer { auditor.close() }
        try auditor.pass()
        auditor.closeSuspicions()
        var idle = 0
        while auditor.outcome.suspicions > 0, idle < Self.recheckPassesMax {
            let before = auditor.outcome
            try auditor.readOn(until: .now + Self.recheckInterval)
            try auditor.pass()
            let after = auditor.outcome
            idle = after.suspicions == before.suspicions ? idle + 1 : 0
        }
        try end(auditor.outcome)
        // Nothing is wrong so far as could be found out, which is not all.
        if auditor.outcome.suspicions > 0 { throw ExitCode(2) }
    }

    private func report(_ outcome: AuditOutcome) -> AuditReport {
        AuditReport(
            outcome: outcome,
            findingsShown: options.findingsShown,
            palette: Palette(isColoured: writer.isColoured)
        )
    }

    private func end(_ outcome: AuditOutcome) throws {
        let report = report(outcome)
        for line in options.isJSON ? [report.object.text] : report.lines {
            try writer.write(line)
        }
        try writer.flush()
        guard outcome.isClean else { throw ExitCode.failure }
    }

    // MARK: Following

    /// Goes on until it is asked to end.
    ///
    /// A log that is away is waited for.
    ///
    /// - Throws: `ExitCode.failure` if something is wrong.
    func follow(_ interruption: Interruption) throws {
        let auditor = try LogAuditor(options.configuration)
        defer { auditor.close() }
        auditor.isStopped = { interruption.isRequested }
        auditor.onRead = { [metrics] topic, count in metrics?.read(topic, count) }
        auditor.onLag = { [metrics] topic, count in metrics?.lag(topic, count) }
        auditor.onFinding = { [metrics] finding in
            metrics?.found(finding)
            try self.tell(finding)
        }
        do {
            while !interruption.isRequested {
                let next = ContinuousClock.now + options.interval
                try pass(auditor)
                try auditor.readOn(until: next)
            }
        } catch is LogAuditor.Stopped {}
        try end(auditor.outcome)
    }

    private func pass(_ auditor: LogAuditor) throws {
        do {
            try auditor.pass()
            metrics?.note(auditor.outcome, at: clock.now())
            try tell(auditor.outcome)
        } catch let error as EventLogError where error.isRetriable {
            metrics?.away()
            try say("the log is away: \(error)", "away", "\(error)")
        }
    }

    private func tell(_ finding: AuditFinding) throws {
        if options.isJSON {
            try writer.write(AuditReport.object(of: finding).text)
        } else {
            let text = report(AuditOutcome()).line(of: finding)
            try writer.write("\(time)  \(text)")
        }
        try writer.flush()
    }

    private func tell(_ outcome: AuditOutcome) throws {
        let report = report(outcome)
        if options.isJSON {
            try writer.write(report.statusObject.text)
        } else {
            try writer.write("\(time)  \(report.status)")
        }
        try writer.flush()
    }

    private func say(_ text: String, _ name: String, _ detail: String) throws {
        var object = JSONObject()
        object.add(name, detail)
        try writer.write(options.isJSON ? object.text : "\(time)  \(text)")
        try writer.flush()
    }

    private var time: String {
        String(LocalTime().timeOfDay(clock.now()).prefix(8))
    }
}
