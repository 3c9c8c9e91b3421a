import Foundation

/// What a run on one conversation found, as it is written to JSON.
struct CrowdReport: Codable, Sendable, Equatable {
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

    /// What a process used.
    struct Process: Codable, Sendable, Equatable {
        var cpuSeconds: Double
        var cpuMicrosecondsPerDelivery: Double
        var peakResidentBytes: Int
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
    var latencyMilliseconds: [String: DirectReport.Latency]
    var servers: [String: Process]
    var serversCPUMicrosecondsPerDelivery: Double
    var loadGenerator: Process
    /// Processes that were not there at the end.
    var vanished: [String]

    /// Whether every accepted post came to every socket, once and in order.
    var isExact: Bool { posts.missing == 0 && posts.doubled == 0 && posts.outOfOrder == 0 }
}

extension CrowdReport.Process {
    init(_ before: ProcessUsage, _ after: ProcessUsage, deliveries: Int) {
        let seconds = after.cpuSeconds - before.cpuSeconds
        self.init(
            cpuSeconds: (seconds * 1000).rounded() / 1000,
            cpuMicrosecondsPerDelivery: (seconds * 1e8 / Double(max(1, deliveries))).rounded()
                / 100,
            peakResidentBytes: after.peakResidentBytes
        )
    }
}

extension CrowdReport {
    /// The report on a run.
    init(_ outcome: CrowdRun.Outcome, load: Load, startedAt: Date) {
        let zero = Process(cpuSeconds: 0, cpuMicrosecondsPerDelivery: 0, peakResidentBytes: 0)
        let perDelivery = outcome.servers.values.reduce(0) { $0 + $1.cpuMicrosecondsPerDelivery }
        let delivery = outcome.servers.filter { $0.key.hasPrefix("delivery") }.values.reduce(0) {
            $0 + $1.cpuMicrosecondsPerDelivery
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
                "accepted": DirectReport.Latency(outcome.tally.accepted),
                "delivered": DirectReport.Latency(outcome.tally.delivered),
            ],
            servers: outcome.servers,
            serversCPUMicrosecondsPerDelivery: (perDelivery * 100).rounded() / 100,
            loadGenerator: outcome.loadGenerator ?? zero,
            vanished: outcome.vanished
        )
    }

    /// The report as JSON, with keys in a stable order.
    func json() throws -> Data { try ReportText.json(self) }

    /// The report as a person reads it.
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
        lines += ["", ReportText.row("from due, ms", ["p50", "p90", "p99", "p99.9", "max"])]
        for (name, title) in [("accepted", "accepted"), ("delivered", "on a socket")] {
            guard let latency = latencyMilliseconds[name] else { continue }
            let values = [latency.p50, latency.p90, latency.p99, latency.p999, latency.max]
            lines.append(ReportText.row(title, values.map { number($0, 2) }))
        }
        lines += ["", ReportText.row("process", ["CPU µs/dlv", "CPU s", "peak MiB"])]
        for (name, process) in servers.sorted(by: { $0.key < $1.key }) {
            lines.append(Self.row(name, process))
        }
        lines.append(
            ReportText.row("all servers", [number(serversCPUMicrosecondsPerDelivery, 2)])
        )
        lines += [Self.row("(load generator)", loadGenerator), ""]
        return lines + verdict()
    }

    private func verdict() -> [String] {
        var lines = [
            "\(posts.started) posts, \(posts.accepted) accepted, \(deliveries) deliveries measured",
            "missing \(posts.missing), doubled \(posts.doubled), out of order "
                + "\(posts.outOfOrder), unanswered \(posts.unanswered), refused \(posts.refused)",
        ]
        if !posts.refusals.isEmpty {
            let parts = posts.refusals.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines.append("refusals: \(parts.joined(separator: ", "))")
        }
        if posts.disconnects > 0 || posts.resends > 0 {
            lines.append("disconnects \(posts.disconnects), resends \(posts.resends)")
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
                ReportText.number(process.cpuMicrosecondsPerDelivery, 2),
                ReportText.number(process.cpuSeconds, 2),
                ReportText.number(Double(process.peakResidentBytes) / 1_048_576, 1),
            ]
        )
    }
}
