import Foundation
import Histogram

/// What a run found, as it is written to JSON.
struct DirectReport: Codable, Sendable, Equatable {
    /// What was asked for.
    struct Load: Codable, Sendable, Equatable {
        var server: String
        var perSecond: Double?
        var outstanding: Int?
        var accounts: Int
        var textBytes: Int
        var seconds: Double
        var warmup: Double
        var httpShare: Double
        var loops: Int
    }

    /// What became of the messages, those of the warm-up included.
    struct Messages: Codable, Sendable, Equatable {
        var started: Int
        var accepted: Int
        var received: Int
        var delivered: Int
        var read: Int
        /// In the log, not on the recipient's socket.
        var lost: Int
        /// Neither accepted nor refused.
        var unanswered: Int
        var refused: Int
        var refusals: [String: Int]
        /// Received, and the sender has no two ticks.
        var missingDelivered: Int
        /// Received, and the sender has no blue ticks.
        var missingRead: Int
        /// On a device twice, at different positions.
        var doubled: Int
        var outOfOrder: Int
        var ticksBackwards: Int
        /// Events sent again, and dropped by position.
        var resends: Int
        var disconnects: Int
    }

    /// Latencies of a stage, from when a message was due, in milliseconds.
    struct Latency: Codable, Sendable, Equatable {
        var count: UInt64
        var mean: Double
        var p50: Double
        var p90: Double
        var p99: Double
        var p999: Double
        var max: Double

        init(_ histogram: Histogram<UInt64>) {
            func milliseconds(_ microseconds: UInt64) -> Double { Double(microseconds) / 1000 }
            count = histogram.totalCount
            let isEmpty = count == 0
            mean = isEmpty ? 0 : (histogram.mean / 1000 * 1000).rounded() / 1000
            p50 = isEmpty ? 0 : milliseconds(histogram.valueAtPercentile(50))
            p90 = isEmpty ? 0 : milliseconds(histogram.valueAtPercentile(90))
            p99 = isEmpty ? 0 : milliseconds(histogram.valueAtPercentile(99))
            p999 = isEmpty ? 0 : milliseconds(histogram.valueAtPercentile(99.9))
            max = isEmpty ? 0 : milliseconds(histogram.max)
        }
    }

    /// What a process used.
    struct Process: Codable, Sendable, Equatable {
        var cpuSeconds: Double
        var cpuMicrosecondsPerMessage: Double
        var peakResidentBytes: Int
    }

    var load: Load
    var machine: Machine
    var startedAt: String
    /// Messages a second that arrived on recipients' sockets while it was measured.
    var receivedPerSecond: Double
    /// Messages a second that were accepted while it was measured.
    var acceptedPerSecond: Double
    var messages: Messages
    /// By stage: accepted, received, delivered, read.
    var latencyMilliseconds: [String: Latency]
    /// By process; of the whole time from the end of the warm-up to the last straggler.
    var servers: [String: Process]
    var serversCPUMicrosecondsPerMessage: Double
    var loadGenerator: Process
    /// Processes that were not there at the end.
    var vanished: [String]

    /// Whether everything that was accepted came where it belongs, once and in order.
    var isExact: Bool {
        messages.lost == 0 && messages.doubled == 0 && messages.outOfOrder == 0
            && messages.ticksBackwards == 0 && messages.missingDelivered == 0
            && messages.missingRead == 0
    }

    /// The report as JSON, with keys in a stable order.
    func json() throws -> Data {
        try ReportText.json(self)
    }
}

extension DirectReport.Messages {
    init(_ tally: DirectTally) {
        self.init(
            started: tally.started,
            accepted: tally.count(.accepted),
            received: tally.count(.received),
            delivered: tally.count(.delivered),
            read: tally.count(.read),
            lost: tally.lost,
            unanswered: tally.unanswered,
            refused: tally.refused,
            refusals: tally.refusals,
            missingDelivered: tally.missing(.delivered),
            missingRead: tally.missing(.read),
            doubled: tally.doubled,
            outOfOrder: tally.outOfOrder,
            ticksBackwards: tally.ticksBackwards,
            resends: tally.resends,
            disconnects: tally.disconnects
        )
    }
}

extension DirectReport {
    /// The report as a person reads it.
    func table() -> String {
        var lines: [String] = []
        let pace = load.perSecond.map { "\(ReportText.number($0, 0)) messages/s asked for" }
        lines.append(
            "\(pace ?? "\(load.outstanding ?? 0) messages outstanding"), \(load.accounts) accounts, "
                + "\(load.textBytes) bytes, \(ReportText.number(load.seconds, 0)) s, "
                + "\(ReportText.number(load.httpShare * 100, 0)) % by HTTP"
        )
        lines.append("\(machine.cpu), \(machine.cores) cores")
        lines.append("")
        lines.append(
            "accepted \(ReportText.number(acceptedPerSecond, 0))/s, received \(ReportText.number(receivedPerSecond, 0))/s"
        )
        lines.append("")
        lines.append(ReportText.row("from due, ms", ["p50", "p90", "p99", "p99.9", "max"]))
        for (stage, title) in Self.titles {
            guard let latency = latencyMilliseconds[stage.rawValue] else { continue }
            let values = [latency.p50, latency.p90, latency.p99, latency.p999, latency.max]
            lines.append(ReportText.row(title, values.map { ReportText.number($0, 2) }))
        }
        lines.append("")
        lines.append(ReportText.row("process", ["CPU µs/msg", "CPU s", "peak MiB"]))
        for (name, process) in servers.sorted(by: { $0.key < $1.key }) {
            lines.append(Self.row(name, process))
        }
        lines.append(
            ReportText.row("all servers", [ReportText.number(serversCPUMicrosecondsPerMessage, 1)])
        )
        lines.append(Self.row("(load generator)", loadGenerator))
        lines.append("")
        lines += verdict()
        return lines.joined(separator: "\n") + "\n"
    }

    private static let titles: [(DirectTally.Stage, String)] = [
        (.accepted, "accepted"), (.received, "recipient's socket"), (.delivered, "two ticks"),
        (.read, "blue ticks"),
    ]

    private func verdict() -> [String] {
        var lines = [
            "started \(messages.started), accepted \(messages.accepted), received "
                + "\(messages.received), two ticks \(messages.delivered), blue \(messages.read)",
            "lost \(messages.lost), doubled \(messages.doubled), out of order "
                + "\(messages.outOfOrder), unanswered \(messages.unanswered), refused "
                + "\(messages.refused), without two ticks \(messages.missingDelivered), "
                + "without blue \(messages.missingRead)",
        ]
        if !messages.refusals.isEmpty {
            let parts = messages.refusals.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines.append("refusals: \(parts.joined(separator: ", "))")
        }
        if messages.disconnects > 0 || messages.resends > 0 {
            lines.append("disconnects \(messages.disconnects), resends \(messages.resends)")
        }
        if !vanished.isEmpty {
            lines.append("not there at the end: \(vanished.joined(separator: ", "))")
        }
        return lines
    }

    private static func row(_ name: String, _ process: Process) -> String {
        ReportText.row(
            name,
            [
                ReportText.number(process.cpuMicrosecondsPerMessage, 1),
                ReportText.number(process.cpuSeconds, 2),
                ReportText.number(Double(process.peakResidentBytes) / 1_048_576, 1),
            ]
        )
    }
}
