/// What a run found, as it is written to JSON.
struct DirectReport: BenchReport, Codable, Sendable, Equatable {
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
    /// Of the whole time from the end of the warm-up to the last straggler.
    var costs: Costs

    /// Whether everything that was accepted came where it belongs, once and in order.
    var isExact: Bool {
        messages.lost == 0 && messages.doubled == 0 && messages.outOfOrder == 0
            && messages.ticksBackwards == 0 && messages.missingDelivered == 0
            && messages.missingRead == 0
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
        lines += Latency.lines(Self.titles.map { ($0.1, latencyMilliseconds[$0.0.rawValue]) })
        lines += [""] + costs.lines(per: "msg") + [""]
        lines += verdict()
        return lines.joined(separator: "\n") + "\n"
    }

    private static let titles: [(DirectTally.Stage, String)] = [
        (.accepted, "accepted"), (.received, "recipient's socket"), (.delivered, "two ticks"),
        (.read, "blue ticks"),
    ]

    private func verdict() -> [String] {
        [
            "started \(messages.started), accepted \(messages.accepted), received "
                + "\(messages.received), two ticks \(messages.delivered), blue \(messages.read)",
            "lost \(messages.lost), doubled \(messages.doubled), out of order "
                + "\(messages.outOfOrder), unanswered \(messages.unanswered), refused "
                + "\(messages.refused), without two ticks \(messages.missingDelivered), "
                + "without blue \(messages.missingRead)",
        ]
            + ReportText.asides(
                refusals: messages.refusals,
                disconnects: messages.disconnects,
                resends: messages.resends
            )
    }
}
