import Foundation

/// What the kernel says of a process, in `/proc`; `nil` where there is none, or it is somebody else's.
enum ProcessFiles {
    private static let bytesMax = 1 << 20
    #if os(Linux)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
    private static let resource = RLIMIT_NOFILE
    #endif

    /// The words of its command line.
    static func arguments(of identifier: Int32) -> [String]? {
        text("\(identifier)/cmdline")?.split(separator: "\0").map(String.init)
    }

    /// How many files and sockets it has open.
    static func openFiles(of identifier: Int32) -> Int? {
        try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/fd").count
    }

    /// How many it may have open.
    static func openFilesMax(of identifier: Int32) -> Int? {
        text("\(identifier)/limits").flatMap(openFilesMax)
    }

    /// How long ago it was started.
    static func age(of identifier: Int32) -> Duration? {
        guard let stat = text("\(identifier)/stat"), let uptime = text("uptime") else {
            return nil
        }
        return age(stat: stat, uptime: uptime, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The soft limit in the text of `limits` (proc(5)).
    static func openFilesMax(_ limits: String) -> Int? {
        let title = "Max open files"
        guard let line = limits.split(separator: "\n").first(where: { $0.hasPrefix(title) }) else {
            return nil
        }
        return line.dropFirst(title.count).split(separator: " ").first.flatMap { Int($0) }
    }

    /// The age from field 22 of `stat`, in ticks since the machine's start, and the first of `uptime`, in seconds (proc(5)).
    static func age(stat: String, uptime: String, ticksPerSecond: Int) -> Duration? {
        guard let end = stat.lastIndex(of: ")"), ticksPerSecond > 0 else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]),
            let up = uptime.split(separator: " ").first.flatMap({ Double($0) })
        else { return nil }
        return .seconds(max(up - ticks / Double(ticksPerSecond), 0))
    }

    private static func text(_ name: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: "/proc/\(name)") else { return nil }
        defer { try? file.close() }
        return (try? file.read(upToCount: bytesMax)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The most files that a process started here may open after it has raised its limit; as `ServiceKit` does.
    static func hardFilesMax() -> Int? {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return nil }
        return Int(clamping: UInt64(limit.rlim_max))
    }
}
