import Foundation
import Histogram

/// What a load of reading found, as it is written to JSON.
struct HistoryReport: BenchReport, Codable, Sendable, Equatable {
    /// What was asked for.
    struct Load: Codable, Sendable, Equatable {
        var server: String
        /// `page`, `list`, `archived`, `search` or `mixed`.
        var kind: String
        var perSecond: Double
        var seconds: Double
        var warmup: Double
        var connections: Int
        /// Messages that were filled in.
        var messages: Int
        var conversations: Int
    }

    /// What became of the requests, those of the warm-up included.
    struct Requests: Codable, Sendable, Equatable {
        var started: Int
        var answered: Int
        var unanswered: Int
        /// Not as they must be, by kind and what is wrong.
        var wrong: Int
        var faults: [String: Int]
        /// Searches of an index that had not caught up.
        var incomplete: Int
        var disconnects: Int
    }

    var load: Load
    var machine: Machine
    var startedAt: String
    var requests: Requests
    /// Answers that are measured, and bytes of them on average.
    var measured: Int
    var bytesPerAnswer: Int
    /// By kind of question; `all`: of all kinds together.
    var latencyMilliseconds: [String: Latency]
    var costs: Costs

    /// Whether every request was answered, and rightly.
    var isExact: Bool { requests.wrong == 0 && requests.unanswered == 0 && requests.started > 0 }

    /// The report on a run.
    init(_ tally: HistoryTally, load: Load, startedAt: Date, costs: Costs) {
        self.load = load
        self.costs = costs
        machine = .current()
        self.startedAt = startedAt.formatted(.iso8601)
        requests = Requests(
            started: tally.started,
            answered: tally.answered,
            unanswered: tally.unanswered,
            wrong: tally.wrong,
            faults: tally.faults,
            incomplete: tally.incomplete,
            disconnects: tally.disconnects
        )
        measured = Int(tally.all.totalCount)
        bytesPerAnswer = tally.bytes / max(1, measured)
        latencyMilliseconds = ["all": Latency(tally.all)]
        for kind in HistoryQuestion.Kind.allCases {
            latencyMilliseconds[kind.rawValue] = tally.latency(kind)
        }
    }

    func table() -> String {
        let number = ReportText.number
        let kinds = HistoryQuestion.Kind.allCases.map { ($0.title, $0.rawValue) } + [("all", "all")]
        var lines = [
            "\(load.kind): \(number(load.perSecond, 0)) requests/s on \(load.connections) connections, "
                + "\(load.messages) messages in \(load.conversations) conversations",
            "\(machine.cpu), \(machine.cores) cores", "",
        ]
        lines += Latency.lines(kinds.map { ($0.0, latencyMilliseconds[$0.1]) })
        lines += [""] + costs.lines(per: "req") + [""]
        lines += [
            "\(requests.started) requests, \(requests.answered) answered, \(measured) measured, "
                + "\(bytesPerAnswer) bytes an answer",
            "wrong \(requests.wrong), unanswered \(requests.unanswered), incomplete "
                + "\(requests.incomplete), disconnects \(requests.disconnects)",
        ]
        if !requests.faults.isEmpty {
            let parts = requests.faults.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines.append("faults: \(parts.joined(separator: ", "))")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
