import Foundation

/// Makes memory scarce, so that what allocates by an attacker's measure ends the process.
enum MemoryLimit {
    private struct Unknown: Error {}

    /// Whether a sanitizer is at work: it keeps freed memory, and has shadows of the rest.
    static let isMeaningless: Bool = {
        let marks: [String] = ["__asan_init", "__tsan_init"]
        return marks.contains { dlsym(nil, $0) != nil }
    }()

    /// Allows this process so many bytes more than it has (`RLIMIT_DATA`; it counts what is reserved, touched or not).
    static func set(spareBytes: Int) throws {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmData:") }
        guard let number = line?.split(whereSeparator: { !$0.isNumber }).first,
            let kilobytes = Int(number)
        else { throw Unknown() }
        let bytes = rlim_t(kilobytes * 1024 + spareBytes)
        var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
        guard setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0 else {
            throw Unknown()
        }
    }
}
