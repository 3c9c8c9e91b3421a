import Foundation

/// What the kernel says of this process, under Prometheus's usual names.
enum ProcessMetrics {
    /// Appends the lines; what can't be read is left out.
    static func write(to text: inout String) {
        func add(_ name: String, _ kind: String, _ value: Double?) {
            guard let value else { return }
            text += "# TYPE \(name) \(kind)\n\(name) \(MetricText.number(value))\n"
        }
        add("process_cpu_seconds_total", "counter", cpuSeconds())
        add("process_resident_memory_bytes", "gauge", residentBytes())
        add("process_open_fds", "gauge", openFiles())
        add("process_max_fds", "gauge", FileLimit.current().map(Double.init))
        add("process_start_time_seconds", "gauge", startTime)
    }

    static func cpuSeconds() -> Double? {
        var usage = rusage()
        #if os(Linux)
        let isKnown = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0
        #else
        let isKnown = getrusage(RUSAGE_SELF, &usage) == 0
        #endif
        guard isKnown else { return nil }
        func seconds(_ time: timeval) -> Double {
            Double(time.tv_sec) + Double(time.tv_usec) / 1e6
        }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    static func residentBytes() -> Double? {
        guard let line = firstLine(of: "/proc/self/statm") else { return nil }
        let fields = line.split(separator: " ")
        guard fields.count > 1, let pages = Double(fields[1]) else { return nil }
        return pages * Double(getpagesize())
    }

    static func openFiles() -> Double? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Without `.`, `..` and the directory itself.
        return Double(max(0, count - 3))
    }

    /// When the process started, in seconds since 1970: boot time and the ticks since then.
    static let startTime: Double? = {
        guard let line = firstLine(of: "/proc/self/stat"), let end = line.lastIndex(of: ")"),
            let boot = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8))?
                .split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let bootSeconds = Double(boot.dropFirst("btime ".count))
        else { return nil }
        // Field 22 of the file; field 3 is the first after the name in parentheses.
        let fields = line[line.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
        return bootSeconds + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }()

    private static func firstLine(of path: String) -> String? {
        try? String(contentsOfFile: path, encoding: .utf8)
    }
}
