import Foundation

/// What a load cost: CPU and memory of each server, and of the load generator itself.
struct Costs: Codable, Sendable, Equatable {
    /// What a process used.
    struct Process: Codable, Sendable, Equatable {
        var cpuSeconds = 0.0
        /// For each of what the load counts: a message, a delivery, a request.
        var cpuMicrosecondsEach = 0.0
        var peakResidentBytes = 0
    }

    /// By name; of those that were there all the time.
    var servers: [String: Process] = [:]
    var serversCPUMicrosecondsEach = 0.0
    var loadGenerator = Process()
    /// Processes that were not there at the end.
    var vanished: [String] = []

    /// What processes had used by a moment.
    struct Reading: Sendable {
        fileprivate let names: [String]
        fileprivate let servers: [String: ProcessUsage]
        fileprivate let own = ProcessUsage(pid: getpid())

        init(_ processes: MeasuredProcesses) {
            names = processes.pids.map(\.name)
            servers = processes.usage()
        }
    }

    /// Nothing.
    init() {}

    /// What was used between two moments for so many of what the load counts.
    init(from before: Reading, to after: Reading, count: Int) {
        for (name, usage) in after.servers {
            servers[name] = before.servers[name].map { Process($0, usage, count: count) }
        }
        let each = servers.values.reduce(0) { $0 + $1.cpuMicrosecondsEach }
        serversCPUMicrosecondsEach = (each * 100).rounded() / 100
        if let own = before.own, let ownNow = after.own {
            loadGenerator = Process(own, ownNow, count: count)
        }
        vanished = after.names.filter { after.servers[$0] == nil }
    }

    /// The lines of a table; `unit`: what a load counts, in short.
    func lines(per unit: String) -> [String] {
        var lines = [ReportText.row("process", ["CPU µs/\(unit)", "CPU s", "peak MiB"])]
        for (name, process) in servers.sorted(by: { $0.key < $1.key }) {
            lines.append(process.row(name))
        }
        lines.append(
            ReportText.row("all servers", [ReportText.number(serversCPUMicrosecondsEach, 2)])
        )
        lines.append(loadGenerator.row("(load generator)"))
        if !vanished.isEmpty {
            lines.append("not there at the end: \(vanished.joined(separator: ", "))")
        }
        return lines
    }
}

extension Costs.Process {
    fileprivate init(_ before: ProcessUsage, _ after: ProcessUsage, count: Int) {
        let seconds = after.cpuSeconds - before.cpuSeconds
        cpuSeconds = (seconds * 1000).rounded() / 1000
        cpuMicrosecondsEach = (seconds * 1e8 / Double(max(1, count))).rounded() / 100
        peakResidentBytes = after.peakResidentBytes
    }

    fileprivate func row(_ name: String) -> String {
        ReportText.row(
            name,
            [
                ReportText.number(cpuMicrosecondsEach, 2),
                ReportText.number(cpuSeconds, 2),
                ReportText.number(Double(peakResidentBytes) / 1_048_576, 1),
            ]
        )
    }
}
