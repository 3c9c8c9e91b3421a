#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The CPU time of this process.
enum ProcessTime {
    /// Seconds in user and kernel mode, of all threads.
    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
