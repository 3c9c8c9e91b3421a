import Foundation

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What a process has used so far, from `/proc`.
struct ProcessUsage: Sendable, Equatable {
    /// Seconds of CPU, in user and kernel mode together.
    var cpuSeconds: Double
    /// The most memory it ever had resident, in bytes.
    var peakResidentBytes: Int
    /// Threads now.
    var threads: Int

    /// Looks at a process; `nil`: it is not there any more.
    init?(pid: Int32) {
        guard let stat = Self.read("/proc/\(pid)/stat"),
            let status = Self.read("/proc/\(pid)/status")
        else { return nil }
        self.init(
            stat: stat,
            status: status,
            ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK)))
        )
    }

    /// Reads the two files' text (proc(5)).
    init?(stat: String, status: String, ticksPerSecond: Double) {
        // The name, in parentheses, may hold anything; after it come fields without spaces, the third first.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 17, let user = Double(fields[11]), let kernel = Double(fields[12]),
            let threads = Int(fields[17])
        else { return nil }
        cpuSeconds = (user + kernel) / ticksPerSecond
        self.threads = threads
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let kilobytes = peak.flatMap { line in
            line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
        }
        peakResidentBytes = (kilobytes ?? 0) * 1024
    }

    /// The seconds of CPU that the threads of a process have used, to the nanosecond; of threads that have ended nothing.
    ///
    /// Finer than `cpuSeconds`, which counts ticks of 10 ms (Documentation/scheduler/sched-stats.rst of Linux).
    static func threadSeconds(pid: Int32) -> Double {
        let path = "/proc/\(pid)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return threads.reduce(0) { sum, thread in
            let text = read("\(path)/\(thread)/schedstat")
            let nanoseconds = text?.split(separator: " ").first.flatMap { Double($0) }
            return sum + (nanoseconds ?? 0) / 1e9
        }
    }

    private static func read(_ path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        return (try? file.readToEnd()).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// The server processes whose usage is measured.
struct MeasuredProcesses: Sendable, Equatable {
    /// Names and process ids, in order.
    var pids: [(name: String, pid: Int32)]

    /// These processes.
    init(pids: [(name: String, pid: Int32)]) {
        self.pids = pids
    }

    static func == (left: Self, right: Self) -> Bool {
        left.pids.map(\.name) == right.pids.map(\.name)
            && left.pids.map(\.pid) == right.pids.map(\.pid)
    }

    /// Reads `name=pid,name=pid`; `nil`: it is not that.
    init?(argument: String) {
        pids = []
        for part in argument.split(separator: ",") {
            let words = part.split(separator: "=")
            guard words.count == 2, let pid = Int32(words[1]), pid > 0 else { return nil }
            pids.append((String(words[0]), pid))
        }
    }

    /// Reads what `martlet up` writes to `DATA/run/pids.json`; `nil`: it is not there.
    init?(dataDirectory: String) {
        guard let data = FileManager.default.contents(atPath: "\(dataDirectory)/run/pids.json"),
            let found = try? JSONDecoder().decode([String: Int32].self, from: data)
        else { return nil }
        pids = found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Those whose names begin so.
    func named(_ start: String) -> MeasuredProcesses {
        MeasuredProcesses(pids: pids.filter { $0.name.hasPrefix(start) })
    }

    /// What they have used so far; processes that are gone are missing.
    func usage() -> [String: ProcessUsage] {
        var usage: [String: ProcessUsage] = [:]
        for (name, pid) in pids {
            usage[name] = ProcessUsage(pid: pid)
        }
        return usage
    }
}

/// The machine that a result was measured on.
struct Machine: Codable, Sendable, Equatable {
    var cpu: String
    var cores: Int
    var memoryBytes: UInt64
    var kernel: String

    /// This machine.
    static func current() -> Machine {
        let info = FileManager.default.contents(atPath: "/proc/cpuinfo")
        let text = String(decoding: info ?? Data(), as: UTF8.self)
        let model = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = model?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
        return Machine(
            cpu: name ?? "unknown",
            cores: ProcessInfo.processInfo.activeProcessorCount,
            memoryBytes: ProcessInfo.processInfo.physicalMemory,
            kernel: ProcessInfo.processInfo.operatingSystemVersionString
        )
    }
}
