import Foundation

/// What a run on one conversation found, as it is written to JSON.
struct CrowdReport: BenchReport, Codable, Sendable, Equatable {
    /// What was asked for.
    struct Load: Codable, Sendable, Equatable {
        var server: String
        /// `group` or `channel`.
        var kind: String
        /// Everybody, whoever posts included.
        var members: Int
        var connected: Int
        var perSecond: Double?
        var outstanding: Int?
        var posts: Int?
        var textBytes: Int
        var seconds: Double
        var warmup: Double
        var loops: Int
        var reads: Bool
    }

    /// What became of the posts, those of the warm-up included.
    struct Posts: Codable, Sendable, Equatable {
        var started: Int
        var accepted: Int
        var refused: Int
        var refusals: [String: Int]
        /// Neither accepted nor refused.
        var unanswered: Int
        /// Accepted, and not on a socket that it belongs on: counted once for each socket.
        var missing: Int
        /// On a socket twice, at different positions.
        var doubled: Int
        var outOfOrder: Int
        /// Events sent again, and dropped by position.
        var resends: Int
        var disconnects: Int
    }

    var load: Load
    var machine: Machine
    var startedAt: String
    /// Posts that arrived on sockets, each counted once for each socket.
    var deliveries: Int
    /// From the end of the warm-up to the last of them.
    var deliveriesPerSecond: Double
    /// Deliveries by the CPU time of all servers, in that time.
    var deliveriesPerCoreSecond: Double?
    /// The same by the CPU time of the delivery processes alone.
    var deliveriesPerDeliveryCoreSecond: Double?
    var posts: Posts
    /// `accepted`: until the log had a post; `delivered`: until it was on a socket.
    var latencyMilliseconds: [String: Latency]
    var costs: Costs

    /// Whether every accepted post came to every socket, once and in order.
    var isExact: Bool { posts.missing == 0 && posts.doubled == 0 && posts.outOfOrder == 0 }
}

extension CrowdReport {
    /// The report on a run.
    init(_ outcome: CrowdRun.Outcome, load: Load, startedAt: Date) {
        let costs = outcome.costs
        let perDelivery = costs.serversCPUMicrosecondsEach
        let delivery = costs.servers.filter { $0.key.hasPrefix("delivery") }.values.reduce(0) {
            $0 + $1.cpuMicrosecondsEach
        }
        let posts = outcome.posts
        self.init(
            load: load,
            machine: .current(),
            startedAt: startedAt.formatted(.iso8601),
            deliveries: outcome.tally.measured,
            deliveriesPerSecond: outcome.seconds > 0
                ? (Double(outcome.tally.measured) / outcome.seconds).rounded() : 0,
            deliveriesPerCoreSecond: perDelivery > 0 ? (1e6 / perDelivery).rounded() : nil,
            deliveriesPerDeliveryCoreSecond: delivery > 0 ? (1e6 / delivery).rounded() : nil,
            posts: Posts(
                started: posts.started,
                accepted: posts.accepted,
                refused: posts.refused,
                refusals: posts.refusals,
                unanswered: posts.unanswered,
                missing: posts.missing,
                doubled: outcome.tally.doubled,
                outOfOrder: outcome.tally.outOfOrder,
                resends: outcome.tally.resends,
                disconnects: outcome.tally.disconnects
            ),
            latencyMilliseconds: [
                "accepted": Latency(outcome.tally.accepted),
                "delivered": Latency(outcome.tally.delivered),
            ],
            costs: costs
        )
    }

    func table() -> String { lines().joined(separator: "\n") + "\n" }

    /// The lines of the table.
    func lines() -> [String] {
        let number = ReportText.number
        var pace = load.perSecond.map { "\(number($0, 0)) posts/s asked for" }
        if let outstanding = load.outstanding { pace = "\(outstanding) posts outstanding" }
        var lines = [
            "\(load.kind) of \(load.members), \(load.connected) connected, \(pace ?? ""), "
                + "\(load.textBytes) bytes" + (load.reads ? ", all read" : ""),
            "\(machine.cpu), \(machine.cores) cores", "",
            "\(number(deliveriesPerSecond, 0)) deliveries/s",
        ]
        if let all = deliveriesPerCoreSecond, let alone = deliveriesPerDeliveryCoreSecond {
            lines.append(
                "\(number(all, 0)) deliveries per core-second of all servers, "
                    + "\(number(alone, 0)) of delivery alone"
            )
        }
        lines += [""]
        lines += Latency.lines([
            ("accepted", latencyMilliseconds["accepted"]),
            ("on a socket", latencyMilliseconds["delivered"]),
        ])
        lines += [""] + costs.lines(per: "dlv") + [""]
        return lines + verdict()
    }

    private func verdict() -> [String] {
        [
            "\(posts.started) posts, \(posts.accepted) accepted, \(deliveries) deliveries measured",
            "missing \(posts.missing), doubled \(posts.doubled), out of order "
                + "\(posts.outOfOrder), unanswered \(posts.unanswered), refused \(posts.refused)",
        ]
            + ReportText.asides(
                refusals: posts.refusals,
                disconnects: posts.disconnects,
                resends: posts.resends
            )
    }
}
